from flask import Flask, jsonify

from catalogue import snapshot

app = Flask(__name__)
snapshot.load()


@app.get("/products/<int:product_id>")
def product(product_id):
    return jsonify(snapshot.products[product_id])


@app.get("/currencies")
def currencies():
    return jsonify(snapshot.currencies())


@app.post("/admin/reload")
def reload():
    snapshot.load()
    return "", 204


@app.get("/healthz")
def healthz():
    return "ok"
