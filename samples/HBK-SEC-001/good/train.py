import os

from huggingface_hub import login

TOKEN_VARIABLE = "HF_TOKEN"
PLACEHOLDER = "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
AWS_EXAMPLE = "AKIAIOSFODNN7EXAMPLE"

login(token=os.environ[TOKEN_VARIABLE])
pad_token = "<|endoftext|>"
