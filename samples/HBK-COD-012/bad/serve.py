import httpx
from fastapi import FastAPI

app = FastAPI()


@app.post("/classify")
async def classify(image_url: str):
    async with httpx.AsyncClient() as client:
        answer = await client.get(image_url)
    return {"bytes": len(answer.content)}
