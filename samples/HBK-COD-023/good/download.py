import requests


def weights():
    return requests.get("https://models.example.org/resnet.safetensors", verify="/etc/ssl/our.pem", timeout=30).content
