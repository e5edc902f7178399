import ast
import shlex
import subprocess

from flask import Flask, request
from flask_login import login_required
from transformers import AutoModelForCausalLM

app = Flask(__name__)
model = AutoModelForCausalLM.from_pretrained(
    "someone/small-model", revision="9f1c0de5a7b3428d6e5f4c3b2a1908f7e6d5c4b3", trust_remote_code=False
)
RECIPES = {"ratio": lambda row: row["amount"] / row["income"]}


@app.route("/feature")
@login_required
def feature():
    return {"value": RECIPES[request.args["recipe"]](ast.literal_eval(request.args["row"]))}


def convert(path):
    subprocess.run(["convert", path, "out.png"], check=True)


def listing(path):
    return subprocess.run(f"ls -l {shlex.quote(path)} | head", shell=True, check=True)
