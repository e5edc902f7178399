import subprocess

from flask import Flask, request
from transformers import AutoModelForCausalLM

app = Flask(__name__)
model = AutoModelForCausalLM.from_pretrained("someone/small-model", trust_remote_code=True)


@app.route("/feature")
def feature():
    return str(eval(request.args["expression"]))


def convert(path):
    subprocess.run(f"convert {path} out.png", shell=True, check=True)
