from flask import Flask, jsonify, request

from tracker import notes
from tracker.single import Order, Shared, Visits, Wishes, get_basket

app = Flask(__name__)
notes.init_notes()


@app.post("/basket")
def basket():
    get_basket().add(request.form["user"], request.form["line"])
    return "", 204


@app.post("/wishes")
def wish():
    Wishes().wish(request.form["user"], request.form["thing"])
    return "", 204


@app.before_request
def count_visit():
    Visits().visit(request.path)


@app.post("/marks")
def mark():
    Shared().mark(request.form["user"], request.form["mark"])
    return jsonify(Shared().marks)


@app.post("/orders")
def order():
    return jsonify(number=Order.next_number())


@app.post("/notes")
def note():
    notes.notes.write(request.form["user"], request.form["text"])
    return "", 204


@app.get("/healthz")
def healthz():
    return "ok"
