# SPDX-License-Identifier: Apache-2.0
"""Secrets by form, checksum and randomness; every secret here is made when the test runs."""

import base64
import json
import random
import string
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.analysis.secrets import search

RANDOM = random.Random(20)
LETTERS = string.ascii_letters
WORD = LETTERS + string.digits
HEX = "0123456789abcdef"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def some(alphabet, length):
    return "".join(RANDOM.choice(alphabet) for _ in range(length))


def checked(prefix):
    body = some(WORD, 30)
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return prefix + body + digits


def jwt(header, claims):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, some(WORD, 43)])


def pem(kind="RSA "):
    body = base64.b64encode(RANDOM.randbytes(300)).decode()
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----\n"


FOUND = {
    "AWS access key id": "AKIA" + some(string.ascii_uppercase + "234567", 16),
    "GitHub token": checked("ghp_"),
    "GitHub fine-grained token": "github_pat_" + some(WORD, 22) + "_" + some(WORD, 59),
    "GitLab token": "glpat-" + some(WORD, 20),
    "Hugging Face token": "hf_" + some(LETTERS, 34),
    "OpenAI key": "sk-proj-" + some(WORD, 58) + "T3BlbkFJ" + some(WORD, 58),
    "Anthropic key": "sk-ant-api03-" + some(WORD, 93) + "AA",
    "Slack token": "xoxb-" + some(string.digits, 12) + "-" + some(string.digits, 12) + "-" + some(WORD, 24),
    "Slack webhook": "hooks.slack.com/services/T"
    + some(WORD.upper(), 9)
    + "/B"
    + some(WORD.upper(), 9)
    + "/"
    + some(WORD, 24),
    "Google API key": "AIza" + some(WORD, 35),
    "Stripe live key": "sk_live_" + some(WORD, 24),
    "Azure storage key": "AccountKey=" + base64.b64encode(RANDOM.randbytes(64)).decode(),
    "npm token": checked("npm_"),
    "PyPI token": "pypi-AgEIcHlwaS5vcmc" + some(WORD, 120),
    "Databricks token": "dapi" + some(HEX, 32),
    "SendGrid key": "SG." + some(WORD, 22) + "." + some(WORD, 43),
    "Telegram bot token": some(string.digits, 10).replace("0", "1") + ":AA" + some(WORD, 33),
    "Replicate token": "r8_" + some(WORD, 37),
    "Groq key": "gsk_" + some(WORD, 52),
    "LangSmith key": "lsv2_pt_" + some(HEX, 32) + "_" + some(HEX, 10),
    "HashiCorp Vault token": "hvs." + some(WORD, 90),
    "signed JWT": jwt({"alg": "HS256", "typ": "JWT"}, {"sub": "u-81", "iss": "auth"}),
    "private key": pem(),
    "password in a URL": "postgresql://scorer:" + some(WORD, 14) + "@db.internal:5432/credit",
}

PASSWORD = some(WORD, 9) + "!7q"
ASSIGNED = [
    ("DB_PASSWORD=" + PASSWORD, True),
    ("db_password: '" + PASSWORD + "'", False),
    ("spark.conf.set('fs.azure.account.secret', '" + some(WORD, 40) + "')", False),
    ('api_key = "' + some(WORD, 32) + '9a"', False),
    ("db_password = '" + "k9[Tq]2x-" + "Z{7(q?r'", False),
    ("WANDB_API_KEY=" + some(HEX, 39) + "7", True),
    ('"client_secret": "' + some(WORD, 40) + '"', False),
    ("aws_secret_access_key = " + some(WORD + "+/", 39) + "1", True),
]

SILENT = {
    "aws's own example": "AKIAIOSFODNN7EXAMPLE",
    "masked": "hf_" + "x" * 34,
    "stars": "GITHUB_TOKEN=" + "*" * 36,
    "repeated": "AKIA" + "A" * 16,
    "variable": "DB_PASSWORD=${DB_PASSWORD}",
    "shell variable": "password=$PASSWORD_9",
    "template": "password: {{ .Values.password9 }}",
    "angle": "token = '<your-token-1>'",
    "environment": "token = os.environ['HF_TOKEN_1']",
    "call": "password = getpass1('x')",
    "words": "password = 'correct-horse-battery'",
    "special token": "pad_token = '<|endoftext|>'",
    "token type": "token_type = 'bearer_v2'",
    "path": "private_key = '/etc/ssl/private/server1.key'",
    "file": "private_key = 'server12.pem'",
    "url": "token_url = 'https://login.example.org/oauth2/v2.0/token'",
    "uuid": "secret_id = '123e4567-e89b-12d3-a456-426614174000'",
    "hash": "sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
    "jwt.io": jwt({"alg": "HS256"}, {"sub": "1234567890", "name": "John Doe"}),
    "unsigned jwt": jwt({"alg": "none"}, {"sub": "x"}),
    "public key": "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----",
    "PEM header alone": "if line == '-----BEGIN PRIVATE KEY-----': pass",
    "usual URL password": "postgresql://postgres:postgres@localhost:5432/x",
    "URL with the word for it": "clone https://user:" + "token@host/path, then",
    "number of an answer": '"id": "' + "chatcmpl-" + some(WORD, 29) + '"',
    "JSON without a key": 'DEFAULT_TOKEN = "'
    + base64.b64encode(b'{"session_id": "default", "part": 1}').decode()
    + '"',
    "URL variable": "postgresql://user:${PASSWORD1}@db/x",
    "format in a URL": "postgresql://{user}:{password}@db/x",
    "type annotation": "password: Optional[str] = None",
    "argument": "def f(password: str = 'x'): pass",
    "word sk": "task-risk-ask-sk-learn",
    "pattern with a class and a count": 'token = "da2-[a-z0-9]{26}"',
    "pattern of classes": 'token = "[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz]"',
    "pattern with a group": 'token = "gl(?:pat|rtr|oas12)-x9Q"',
    "tokeniser": "tokenizer_file = 'bert-base-uncased-vocab-v2.txt'",
}


@pytest.mark.parametrize("kind", FOUND)
def test_a_secret_is_found_by_its_form(kind):
    text = f"# config\nvalue = '{FOUND[kind]}'\n"
    assert [(s.kind, s.line) for s in search(text.encode())] == [(kind, 2)]


@pytest.mark.parametrize(("text", "bare"), ASSIGNED, ids=range(len(ASSIGNED)))
def test_a_random_value_under_a_secret_name_is_found(text, bare):
    assert [s.line for s in search(f"\n{text}\n".encode())] == [2]
    assert bool(list(search(f"\n{text}\n".encode(), bare=False))) is not bare


@pytest.mark.parametrize("name", SILENT)
def test_placeholders_and_plain_values_are_left_alone(name):
    assert list(search(f"{SILENT[name]}\n".encode())) == []


def test_a_wrong_checksum_makes_a_token_doubtful():
    token = checked("ghp_")
    (secret,) = search((token[:-1] + ("a" if token[-1] != "a" else "b")).encode())
    assert secret.confidence.value == "low"


def test_a_service_account_holds_a_private_key():
    text = json.dumps({"type": "service_account", "private_key": pem(""), "client_email": "a@b.iam"})
    assert [s.kind for s in search(text.encode())] == ["private key"]


@pytest.mark.parametrize("kind", FOUND)
def test_what_is_told_of_a_secret_does_not_hold_it(kind):
    (secret,) = search(FOUND[kind].encode())
    assert FOUND[kind][8:] not in repr(secret)
    assert 0 < secret.length <= len(FOUND[kind])


@given(st.binary(max_size=500))
def test_any_bytes_can_be_searched(data):
    for secret in search(data):
        assert secret.line >= 1
        assert secret.column >= 1


def test_a_megabyte_takes_less_than_a_second():
    line = b"x_token = tokenizer.decode(a, password=None)  # key: value, https://example.org/a:b@c\n"
    data = line * (1_000_000 // len(line))
    started = time.process_time()
    assert list(search(data)) == []
    assert time.process_time() - started < 2
