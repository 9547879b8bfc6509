import threading
from collections import defaultdict

_locks = defaultdict(threading.Lock)


def lock_for(item_id: int) -> threading.Lock:
    return _locks[item_id]
