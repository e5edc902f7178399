# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-014
import tornado.web, html
class H(tornado.web.RequestHandler):
    def get(self):
        self.write("<b>" + self.get_argument("q"))
