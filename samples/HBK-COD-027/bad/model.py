from transformers import AutoModelForSequenceClassification

model = AutoModelForSequenceClassification.from_pretrained("some-team/toxicity-small")
