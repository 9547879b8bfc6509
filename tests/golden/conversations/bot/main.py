from fastapi import FastAPI
from pydantic import BaseModel

from bot.memory import history_of, sessions
from bot.model import answer

app = FastAPI()


class Message(BaseModel):
    session_id: str
    text: str


@app.post("/chat")
async def chat(message: Message):
    history = history_of(message.session_id)
    history.append({"role": "user", "content": message.text})
    reply = await answer(history)
    history.append({"role": "assistant", "content": reply})
    return {"reply": reply}


@app.post("/summary/{session_id}")
async def summary(session_id: str):
    return {"summary": sessions.summarise(session_id)}


@app.get("/health")
async def health():
    return {"status": "ok"}
