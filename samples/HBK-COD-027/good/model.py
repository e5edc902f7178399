from transformers import AutoModelForSequenceClassification

model = AutoModelForSequenceClassification.from_pretrained(
    "some-team/toxicity-small", revision="3f2b8b6a0d9c4f1e7a5d2c9b8e7f6a5d4c3b2a10"
)
local = AutoModelForSequenceClassification.from_pretrained("./models/toxicity")
