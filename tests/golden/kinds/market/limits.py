import time

_attempts = {}


def allowed(address):
    now = time.time()
    recent = [at for at in _attempts.get(address, ()) if at > now - 60]
    _attempts[address] = [*recent, now]
    return len(recent) < 100
