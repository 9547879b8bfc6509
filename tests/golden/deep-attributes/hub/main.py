from fastapi import FastAPI

from hub.services import Services

app = FastAPI()
services = Services()


@app.post("/devices/{device_id}/readings")
async def reading(device_id: str, value: float):
    services.devices.registry.record(device_id, value)
    return {"last": services.devices.registry.last(device_id)}


@app.get("/health")
async def health():
    return {"status": "ok"}
