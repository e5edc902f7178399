import bentoml
import litserve as ls
import torch
from ray import serve


class Scorer(ls.LitAPI):
    def setup(self, device):
        self.model = torch.jit.load("model.pt").to(device)

    def predict(self, x):
        return self.model(x)


@bentoml.service(resources={"cpu": "2"})
class Summary:
    @bentoml.api
    def summarize(self, text: str) -> str:
        return text[:100]


@serve.deployment
class Ranker:
    async def __call__(self, request):
        return await request.json()


if __name__ == "__main__":
    ls.LitServer(Scorer(), accelerator="auto").run(port=8000)
