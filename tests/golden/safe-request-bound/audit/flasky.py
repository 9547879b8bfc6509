from flask import Flask, g, jsonify, request, session

from audit.context import begin, note

app = Flask(__name__)
running = set()


@app.before_request
def before():
    g.lines = {}
    begin(request.headers.get("X-User"))


@app.post("/orders")
def order():
    basket = {}
    for line in request.get_json():
        basket.setdefault(line["product"], []).append(line["count"])
        g.lines[line["product"]] = line
        note(line["product"])
    session["last"] = list(basket)
    return jsonify(basket)


@app.post("/reports/<report_id>")
def report(report_id):
    running.add(report_id)
    try:
        return jsonify(lines=list(g.lines))
    finally:
        running.discard(report_id)


@app.get("/healthz")
def healthz():
    return "ok"
