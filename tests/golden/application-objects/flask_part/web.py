from flask import Flask, current_app, jsonify, request

app = Flask(__name__)
app.config["PRESENCE"] = {}
app.config["PAGE_SIZE"] = 20


def init_votes(app):
    app.extensions["votes"] = {}


init_votes(app)


@app.post("/presence")
def arrive():
    current_app.config["PRESENCE"][request.form["user"]] = request.form["page"]
    return "", 204


@app.get("/presence")
def present():
    return jsonify(current_app.config["PRESENCE"])


@app.post("/votes/<choice>")
def vote(choice):
    votes = current_app.extensions["votes"]
    votes[choice] = votes.get(choice, 0) + 1
    return jsonify(votes)


@app.get("/healthz")
def healthz():
    return "ok"
