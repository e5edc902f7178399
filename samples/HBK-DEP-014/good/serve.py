import hmac
import os

import litserve as ls
import torch
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer


class Scorer(ls.LitAPI):
    def setup(self, device):
        self.model = torch.jit.load("model.pt").to(device)

    def predict(self, x):
        return self.model(x)

    def authorize(self, auth: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
        if not hmac.compare_digest(auth.credentials, os.environ["SCORER_KEY"]):
            raise HTTPException(status_code=401)


if __name__ == "__main__":
    ls.LitServer(Scorer(), accelerator="auto").run(port=8000)
