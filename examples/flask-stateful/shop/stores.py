import queue
from collections import defaultdict
from collections.abc import Iterator


class Reservations:
    """Stock that lies in somebody's cart and is not for sale to others."""

    def __init__(self) -> None:
        self._held: defaultdict[int, int] = defaultdict(int)

    def hold(self, product_id: int, quantity: int) -> None:
        self._held[product_id] += quantity

    def release(self, product_id: int, quantity: int) -> None:
        self._held[product_id] = max(0, self._held[product_id] - quantity)

    def held(self, product_id: int) -> int:
        return self._held.get(product_id, 0)


class OrderFeed:
    """Hands order updates to every open event stream."""

    def __init__(self) -> None:
        self._listeners: list[queue.Queue[str]] = []

    def listen(self) -> Iterator[str]:
        updates: queue.Queue[str] = queue.Queue(maxsize=20)
        self._listeners.append(updates)
        try:
            while True:
                yield f"data: {updates.get()}\n\n"
        finally:
            self._listeners.remove(updates)

    def publish(self, message: str) -> None:
        for listener in list(self._listeners):
            try:
                listener.put_nowait(message)
            except queue.Full:
                self._listeners.remove(listener)
