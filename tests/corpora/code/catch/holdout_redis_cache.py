# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import pickle
import redis

class Cache:
    def __init__(self, url):
        self.db = redis.from_url(url)

    def get(self, key):
        value = self.db.get(key)
        return None if value is None else pickle.loads(value)
