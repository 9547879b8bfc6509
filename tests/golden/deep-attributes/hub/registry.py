from collections import defaultdict, deque


def _recent() -> deque[float]:
    return deque(maxlen=100)


class Registry:
    def __init__(self) -> None:
        self._readings = defaultdict(_recent)

    def record(self, device_id: str, value: float) -> None:
        readings = self._readings
        readings[device_id].append(value)

    def last(self, device_id: str) -> float:
        return self._readings[device_id][-1]
