import pickle
import subprocess

import yaml

PASSWORD = "kaninchen-Tr41"


def load(request):
    yaml.load(request.body)
    subprocess.call(request.args["x"], shell=True)
    return pickle.loads(request.body)
