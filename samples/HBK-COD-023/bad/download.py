import requests


def weights():
    return requests.get("https://models.example.org/resnet.safetensors", verify=False, timeout=30).content
