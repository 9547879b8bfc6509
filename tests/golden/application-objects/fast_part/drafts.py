class Drafts:
    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}

    def save(self, draft_id: str, text: bytes) -> None:
        self.texts[draft_id] = text

    def load(self, draft_id: str) -> bytes | None:
        return self.texts.get(draft_id)
