# SPDX-License-Identifier: Apache-2.0
import tornado.web, html
class H(tornado.web.RequestHandler):
    def get(self):
        self.write({"q": self.get_argument("q")})
    def post(self, name):
        self.write(html.escape(name))
    def put(self):
        self.set_header("Content-Type", "text/plain")
        self.write(self.get_argument("q"))
class F:
    def get(self, name):
        self.write(name)
