import hashlib
import hmac


def signature(model, secret):
    return hmac.new(secret, model, hashlib.sha256).hexdigest()


def cache_key(text):
    return hashlib.md5(text, usedforsecurity=False).hexdigest()
