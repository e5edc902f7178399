from flask import Flask, request
from lxml import etree

app = Flask(__name__)
tree = etree.parse("labels.xml")


@app.get("/label")
def label():
    return {"found": len(tree.xpath("//image[@name='" + request.args["name"] + "']"))}
