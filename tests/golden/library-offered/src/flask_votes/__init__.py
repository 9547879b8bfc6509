from flask_votes.views import votes

__all__ = ["votes"]
