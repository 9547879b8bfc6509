import json

import httpx

from .shared import redis

PROMPT = {"role": "system", "content": "You answer questions of customers of a corner shop in two sentences."}
KEEP_SECONDS = 24 * 3600


class Assistant:
    """The support chat; what was said in a conversation is a list in Redis."""

    def __init__(self, url: str) -> None:
        self.client = httpx.AsyncClient(timeout=30)
        self.url = url

    async def ask(self, conversation_id: str, text: str) -> str:
        key = f"conversation:{conversation_id}"
        question = {"role": "user", "content": text}
        said = [json.loads(message) for message in await redis.lrange(key, 0, -1)]
        response = await self.client.post(self.url, json={"model": "shop", "messages": [PROMPT, *said, question]})
        answer = response.raise_for_status().json()["choices"][0]["message"]
        await redis.rpush(key, json.dumps(question), json.dumps(answer))
        await redis.expire(key, KEEP_SECONDS)
        return answer["content"]

    async def close(self) -> None:
        await self.client.aclose()
