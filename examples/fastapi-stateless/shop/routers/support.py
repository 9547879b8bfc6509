from fastapi import APIRouter, Request

from ..schemas import Question

router = APIRouter(prefix="/support", tags=["support"])


@router.post("/chat")
async def chat(question: Question, request: Request) -> dict[str, str]:
    return {"answer": await request.app.state.assistant.ask(question.conversation_id, question.text)}
