import httpx

PROMPT = {"role": "system", "content": "You answer questions of customers of a corner shop in two sentences."}


class Assistant:
    """The support chat; remembers what was said in each conversation."""

    def __init__(self, url: str) -> None:
        self.client = httpx.AsyncClient(timeout=30)
        self.url = url
        self.conversations: dict[str, list[dict[str, str]]] = {}

    async def ask(self, conversation_id: str, text: str) -> str:
        messages = self.conversations.setdefault(conversation_id, [PROMPT])
        messages.append({"role": "user", "content": text})
        response = await self.client.post(self.url, json={"model": "shop", "messages": messages})
        answer = response.raise_for_status().json()["choices"][0]["message"]
        messages.append(answer)
        return answer["content"]

    async def close(self) -> None:
        await self.client.aclose()
