import os

from common.prices import price_of, set_price
from flask import Flask, request, session

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]


@app.get("/healthz")
def healthz():
    return "ok"


@app.post("/prices")
def change():
    session["changed"] = request.form["name"]
    set_price(request.form["name"], int(request.form["price"]))
    return "ok"


@app.get("/prices/<name>")
def price(name):
    return str(price_of(name))
