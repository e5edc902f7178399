# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
from flask import Flask, request
import pickle
app = Flask(__name__)

@app.route("/predict", methods=["POST"])
def predict():
    blob = request.files["model"].read()
    model = pickle.loads(blob)
    return str(model.predict([[1]]))
