from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.post("/preview")
def preview():
    prompt = request.form["prompt"]
    return render_template_string("<h1>Prompt</h1>" + prompt)
