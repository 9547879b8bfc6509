import secrets

_sessions = {}


def begin(user):
    token = secrets.token_urlsafe()
    _sessions[token] = user
    return token


def who(token):
    return _sessions.get(token)
