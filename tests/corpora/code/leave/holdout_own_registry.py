# SPDX-License-Identifier: Apache-2.0
class Registry:
    def __init__(self):
        self.items = {}
    def load(self, name):
        return self.items[name]
    def loads(self, text):
        return text.split()
registry = Registry()
registry.load("a")
registry.loads("a b")
