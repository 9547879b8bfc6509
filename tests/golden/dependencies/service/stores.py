class Uploads:
    """Kept by the module: `get_uploads` hands out the same one."""

    def __init__(self) -> None:
        self.parts: dict[str, list[bytes]] = {}

    def append(self, upload_id: str, part: bytes) -> None:
        self.parts.setdefault(upload_id, []).append(part)


class Basket:
    """Made anew in each request: what it collects is gone with the answer."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}

    def add(self, line: str) -> None:
        self.lines[line] = self.lines.get(line, 0) + 1


class SeenOnce:
    """An instance is the dependency."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, idempotency_key: str) -> bool:
        known = idempotency_key in self.seen
        self.seen.add(idempotency_key)
        return known


_uploads = Uploads()
seen_once = SeenOnce()


def get_uploads() -> Uploads:
    return _uploads
