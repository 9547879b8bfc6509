from flask import Flask, jsonify

from notes.store import all_notes

app = Flask(__name__)


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/notes")
def notes():
    return jsonify(all_notes())
