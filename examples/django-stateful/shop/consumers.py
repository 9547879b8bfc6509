from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.urls import path


class OrderConsumer(AsyncJsonWebsocketConsumer):
    """Tells a customer what happens to an order."""

    async def connect(self) -> None:
        self.group = f"order-{self.scope['url_route']['kwargs']['order_id']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def order_status(self, event: dict[str, Any]) -> None:
        await self.send_json({"number": event["number"], "status": event["status"]})


class StockConsumer(AsyncJsonWebsocketConsumer):
    """Tells everybody what is left."""

    watchers: set["StockConsumer"] = set()

    async def connect(self) -> None:
        await self.accept()
        self.watchers.add(self)

    async def disconnect(self, code: int) -> None:
        self.watchers.discard(self)

    @classmethod
    async def announce(cls, product: str, stock: int) -> None:
        for watcher in list(cls.watchers):
            await watcher.send_json({"product": product, "stock": stock})


websocket_urlpatterns = [
    path("ws/orders/<int:order_id>", OrderConsumer.as_asgi()),
    path("ws/stock", StockConsumer.as_asgi()),
]
