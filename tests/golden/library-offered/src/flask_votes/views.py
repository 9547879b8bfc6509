from flask import Blueprint, request, session

from flask_votes.store import COUNTS, put, taken

votes = Blueprint("votes", __name__)


@votes.post("/votes/<topic>")
def vote(topic):
    session["topic"] = topic
    COUNTS[topic] = COUNTS.get(topic, 0) + 1
    put(request.form["user"], topic)
    return str(COUNTS[topic])


@votes.get("/votes/<user>")
def mine(user):
    return taken(user)
