# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-010
from django.db.models.expressions import RawSQL
from app.models import User

def v(request):
    return User.objects.annotate(x=RawSQL(f"select {request.GET['n']}", []))
