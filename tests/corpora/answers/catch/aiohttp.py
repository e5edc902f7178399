# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-014
from aiohttp import web
async def v(request):
    return web.Response(text="<b>" + request.query["q"], content_type="text/html")
