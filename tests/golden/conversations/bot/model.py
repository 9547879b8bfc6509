from openai import AsyncOpenAI

client = AsyncOpenAI()


async def answer(history: list[dict]) -> str:
    completion = await client.chat.completions.create(model="gpt-4o-mini", messages=history)
    return completion.choices[0].message.content
