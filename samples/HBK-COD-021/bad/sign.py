import hashlib


def signature(model, secret):
    return hashlib.md5(secret + model).hexdigest()
