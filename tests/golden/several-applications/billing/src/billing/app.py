from flask import Flask, request

from billing.store import STORE

app = Flask(__name__)


@app.post("/invoices")
def invoice():
    STORE[request.form["number"]] = request.form["amount"]
    return "", 204


@app.get("/healthz")
def healthz():
    return "ok"
