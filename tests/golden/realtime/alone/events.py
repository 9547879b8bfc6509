import asyncio


class Bus:
    def __init__(self) -> None:
        self.subscribers: list[asyncio.Queue] = []

    async def publish(self, text: str) -> None:
        for queue in self.subscribers:
            await queue.put(text)


bus = Bus()
