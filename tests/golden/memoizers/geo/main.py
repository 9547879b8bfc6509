from flask import Flask, jsonify

from geo.maths import describe, distance, factorial, get_settings

app = Flask(__name__)


@app.get("/distance/<int:a>/<int:b>")
def show_distance(a, b):
    return jsonify(distance=round(distance(a, b), get_settings().precision), ways=factorial(abs(a - b)))


@app.get("/countries/<code>")
def show_country(code):
    return jsonify(text=describe(code))


@app.get("/healthz")
def healthz():
    return "ok"
