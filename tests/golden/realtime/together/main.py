import asyncio
import os

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket

app = FastAPI()
client = redis.from_url(os.environ["REDIS_URL"])
sockets: set[WebSocket] = set()


async def listen() -> None:
    pubsub = client.pubsub()
    await pubsub.subscribe("room")
    async for message in pubsub.listen():
        for socket in sockets:
            await socket.send_text(message["data"])


@app.on_event("startup")
async def start() -> None:
    app.state.listener = asyncio.create_task(listen())


@app.websocket("/ws")
async def room(websocket: WebSocket):
    await websocket.accept()
    sockets.add(websocket)
    try:
        while True:
            await client.publish("room", await websocket.receive_text())
    finally:
        sockets.discard(websocket)


@app.get("/health")
async def health():
    return {"status": "ok"}
