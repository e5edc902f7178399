# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-014
import tornado.web, html
class H(tornado.web.RequestHandler):
    async def get(self, name):
        self.finish(f"<b>{name}")
