from flask import Flask, jsonify, request

from poll.ballots import Ballots


def create_app(settings=None):
    app = Flask(__name__)
    ballots = Ballots()
    questions = ["tea", "coffee"]
    answers = {}
    asked = 0

    @app.post("/answers")
    def answer():
        nonlocal asked
        asked += 1
        answers[request.form["user"]] = request.form["answer"]
        return jsonify(asked=asked)

    @app.get("/answers")
    def result():
        seen = {}
        for value in answers.values():
            seen[value] = seen.get(value, 0) + 1
        return jsonify(seen)

    @app.post("/ballots")
    def cast():
        ballots.cast(request.form["user"], questions.index(request.form["answer"]))
        return "", 204

    @app.get("/healthz")
    def healthz():
        return "ok"

    return app
