import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from alone.events import bus
from alone.rooms import ConnectionManager

app = FastAPI()
manager = ConnectionManager()


@app.websocket("/ws/{room}")
async def room(websocket: WebSocket, room: str):
    await manager.connect(room, websocket)
    try:
        while True:
            await manager.broadcast(room, await websocket.receive_text())
    except WebSocketDisconnect:
        manager.disconnect(room, websocket)


@app.get("/events")
async def events():
    queue: asyncio.Queue = asyncio.Queue()
    bus.subscribers.append(queue)

    async def stream():
        try:
            while True:
                yield f"data: {await queue.get()}\n\n"
        finally:
            bus.subscribers.remove(queue)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.post("/events")
async def publish(text: str):
    await bus.publish(text)


@app.get("/health")
async def health():
    return {"status": "ok"}
