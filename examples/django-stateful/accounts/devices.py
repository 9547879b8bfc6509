import secrets


class RememberedDevices:
    """Devices on which somebody ticked "stay logged in"."""

    def __init__(self) -> None:
        self._users: dict[str, int] = {}

    def remember(self, user_id: int) -> str:
        token = secrets.token_urlsafe(32)
        self._users[token] = user_id
        return token

    def user_id(self, token: str) -> int | None:
        return self._users.get(token)

    def forget(self, token: str) -> None:
        self._users.pop(token, None)


devices = RememberedDevices()
