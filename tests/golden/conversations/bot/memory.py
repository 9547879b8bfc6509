from langchain_community.chat_message_histories import ChatMessageHistory

_histories: dict[str, list[dict]] = {}


def history_of(session_id: str) -> list[dict]:
    if session_id not in _histories:
        _histories[session_id] = []
    return _histories[session_id]


class Sessions:
    def __init__(self) -> None:
        self.store: dict[str, ChatMessageHistory] = {}

    def summarise(self, session_id: str) -> str:
        if session_id not in self.store:
            self.store[session_id] = ChatMessageHistory()
        return str(len(self.store[session_id].messages))


sessions = Sessions()
