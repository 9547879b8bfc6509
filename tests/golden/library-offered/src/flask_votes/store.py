COUNTS = {}
_TAKEN = {}


def put(user, topic):
    _TAKEN[user] = topic


def taken(user):
    return _TAKEN[user]
