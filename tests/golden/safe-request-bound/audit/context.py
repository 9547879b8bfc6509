import threading
from contextvars import ContextVar

current_user = ContextVar("current_user", default=None)
trail = ContextVar("trail")
_local = threading.local()


def begin(user):
    current_user.set(user)
    trail.set([])
    _local.depth = 0


def note(text):
    trail.get().append(text)
    _local.depth += 1
