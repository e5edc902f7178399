from flask import Flask, make_response

app = Flask(__name__)


def welcome(token):
    answer = make_response("")
    answer.set_cookie("session", token)
    return answer
