from flask import Flask, abort, jsonify, request

from market import limits, metrics, prices, sequence, sessions, switches

app = Flask(__name__)


@app.before_request
def guard():
    metrics.count(request.path)
    if not limits.allowed(request.remote_addr):
        abort(429)


@app.post("/login")
def login():
    return jsonify(token=sessions.begin(request.form["user"]))


@app.get("/me")
def me():
    return jsonify(user=sessions.who(request.headers["X-Token"]))


@app.get("/prices/<product>")
def price(product):
    if switches.maintenance:
        return "", 503
    return jsonify(price=prices.price_of(product))


@app.post("/invoices")
def invoice():
    return jsonify(number=sequence.next_number())


@app.post("/admin/maintenance")
def maintenance():
    switches.set_maintenance(request.form["on"] == "yes")
    return "", 204


@app.get("/stats")
def stats():
    return jsonify(metrics.HITS)


@app.get("/healthz")
def healthz():
    return "ok"
