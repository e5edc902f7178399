from cryptography.hazmat.primitives.asymmetric import mlkem, x25519


def new_keys():
    return x25519.X25519PrivateKey.generate(), mlkem.MLKEM768PrivateKey.generate()
