from flask import Flask, jsonify, request

from ids import next_id
from tags import collect

app = Flask(__name__)


@app.post("/tickets")
def ticket():
    return jsonify(id=next_id(), tags=collect(request.form["tag"]), seen=remember(request.form["tag"]))


def remember(tag, seen=[]):
    seen.append(tag)
    return seen


@app.get("/healthz")
def healthz():
    return "ok"
