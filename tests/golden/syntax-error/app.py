from flask import Flask, request

from broken import price

app = Flask(__name__)
baskets = {}


@app.post("/basket")
def basket():
    baskets[request.form["user"]] = price(request.form["product"])
    return "", 204


@app.get("/healthz")
def healthz():
    return "ok"
