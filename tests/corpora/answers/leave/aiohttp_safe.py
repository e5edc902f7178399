# SPDX-License-Identifier: Apache-2.0
from aiohttp import web
import html
async def v(request):
    return web.Response(text="<b>" + request.query["q"], content_type="text/plain")
async def w(request):
    return web.Response(text="<b>" + request.query["q"])
async def x(request):
    return web.Response(text="<b>" + html.escape(request.query["q"]), content_type="text/html")
