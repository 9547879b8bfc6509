import os

from flask import Flask, request, session

from shop.store import STORE

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]


@app.get("/healthz")
def healthz():
    return "ok"


@app.post("/baskets")
def put():
    session["user"] = request.form["user"]
    STORE[request.form["user"]] = request.form["product"]
    return "ok"


@app.get("/baskets")
def get():
    return STORE[session["user"]]
