# SPDX-License-Identifier: Apache-2.0
from django.db.models.expressions import RawSQL
from app.models import User

def v(request):
    a = User.objects.extra(where=["name = %s"], params=[request.GET["n"]])
    b = User.objects.annotate(x=RawSQL("select %s", [request.GET["n"]]))
    c = User.objects.raw("select %s", [request.GET["n"]])
    d = User.objects.find(request.GET["n"])
    return a, b, c
