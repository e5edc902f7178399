import tarfile


def unpack(path):
    with tarfile.open(path) as archive:
        archive.extractall("data", filter="data")
