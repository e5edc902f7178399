import joblib
from fastapi import FastAPI, UploadFile

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/model")
async def replace_model(upload: UploadFile):
    global model
    model = joblib.load(upload.file)
    return {"replaced": upload.filename}
