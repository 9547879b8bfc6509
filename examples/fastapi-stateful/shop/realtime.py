from broadcaster import Broadcast
from fastapi import WebSocket

broadcast = Broadcast("memory://")


class ConnectionManager:
    """Everybody who looks at the stock ticker."""

    def __init__(self) -> None:
        self.active_connections: list[WebSocket] = []

    async def connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.active_connections.append(websocket)

    def disconnect(self, websocket: WebSocket) -> None:
        self.active_connections.remove(websocket)

    async def send_to_all(self, message: dict[str, object]) -> None:
        for connection in list(self.active_connections):
            await connection.send_json(message)


manager = ConnectionManager()
