from acme_web import BasketExtension
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

app = Flask(__name__)
baskets = BasketExtension(app)


@app.get("/healthz")
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@app.post("/basket")
def add_to_basket() -> ResponseReturnValue:
    baskets.current().add(request.get_json()["product"])
    return jsonify(baskets.current().as_dict()), 201
