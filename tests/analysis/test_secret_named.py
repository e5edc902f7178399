# SPDX-License-Identifier: Apache-2.0
"""Credentials by the name that they are assigned to and by the place where only one stands; values are drawn here."""

import base64
import json
import random
import string
import urllib.parse
import uuid

import pytest

from hauberk.analysis.secret_places import by_re2
from hauberk.analysis.secret_sure import is_reference, mixing
from hauberk.analysis.secrets import judge, search

WORD = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
SIGNS = WORD + "!#%&*+-./:?@^_~$"
DRAWS = 60
AT = "@"


def some(rng, alphabet, length):
    return "".join(rng.choice(alphabet) for _ in range(length))


def uid(rng):
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4))


def b64(rng, size):
    return base64.b64encode(rng.randbytes(size)).decode()


def word(rng):
    """A password of twelve characters with a digit among them and one that is neither."""
    return some(rng, WORD, 10) + rng.choice("!*+?") + rng.choice(string.digits)


def basic(rng):
    return base64.b64encode(f"scorer:{word(rng)}".encode()).decode()


def neptune(rng):
    body = {"api_address": "https://app.neptune.dev", "api_url": "https://app.neptune.dev", "api_key": uid(rng)}
    return base64.b64encode(json.dumps(body).encode()).decode()


def signature(rng):
    return urllib.parse.quote(b64(rng, 32), safe="")


def teams(rng):
    return f"firm.webhook.office.com/webhookb2/{uid(rng)}@{uid(rng)}/IncomingWebhook/{some(rng, HEX, 32)}/{uid(rng)}"


MUST_FIND = {
    "aws in a file": lambda r: "aws_secret_access_key = " + some(r, WORD + "+/", 40),
    "aws in code": lambda r: 'boto3.client("s3", aws_secret_access_key="' + some(r, WORD + "+/", 40) + '")',
    "aws in the environment": lambda r: "export AWS_SECRET_ACCESS_KEY=" + some(r, WORD + "+/", 40),
    "aws in yaml": lambda r: "aws:\n  secret_access_key: " + some(r, WORD + "+/", 40),
    "azure search": lambda r: "AZURE_SEARCH_KEY=" + some(r, WORD, 52),
    "azure openai": lambda r: "AZURE_OPENAI_KEY=" + some(r, HEX, 32),
    "azure openai in code": lambda r: 'os.environ["AZURE_OPENAI_KEY"] = "' + some(r, HEX, 32) + '"',
    "azure credential": lambda r: 'AzureKeyCredential("' + some(r, WORD, 52) + '")',
    "cosmos": lambda r: "COSMOS_KEY=" + b64(r, 64),
    "a pinecone uuid": lambda r: "PINECONE_API_KEY=" + uid(r),
    "a uuid in code": lambda r: 'pinecone.init(api_key="' + uid(r) + '", environment="us-east1-gcp")',
    "a client secret": lambda r: '"client_secret": "' + uid(r) + '"',
    "hex": lambda r: "COHERE_API_KEY=" + some(r, HEX, 32),
    "hex in code": lambda r: 'api_key = "' + some(r, HEX, 32) + '"',
    "longer hex": lambda r: 'SECRET_KEY = "' + some(r, HEX, 64) + '"',
    "redis without a user": lambda r: "redis://:" + some(r, WORD, 16) + AT + "cache.internal:6379/0",
    "url with signs in percents": lambda r: "amqp://u:%40" + some(r, WORD, 12) + AT + "mq.internal",
    "sas": lambda r: f"https://a.blob.core.windows.net/c/m.pt?sv=2024-11-04&sp=r&se=2026-01-01&{'sig'}=" + signature(r),
    "wandb": lambda r: 'wandb.login(key="' + some(r, HEX, 40) + '")',
    "wandb over lines": lambda r: 'wandb.login(\n    key="' + some(r, HEX, 40) + '",\n)',
    "wandb in a shell": lambda r: "wandb login " + some(r, HEX, 40),
    "netrc": lambda r: "machine api.wandb.ai login user password " + some(r, HEX, 40),
    "netrc over lines": lambda r: "machine git.internal\n  login ci\n  password " + word(r),
    "pgpass": lambda r: "db.internal:5432:credit:scorer:" + word(r),
    "dsn of words": lambda r: 'connect("host=db.internal dbname=credit user=scorer password=' + word(r) + '")',
    "dsn, password first": lambda r: 'connect("password=' + word(r) + ' host=db.internal")',
    "jdbc": lambda r: "url: jdbc:postgresql://db:5432/credit?user=scorer&password=" + some(r, WORD, 14) + "&ssl=true",
    "ado": lambda r: '"Server=db.internal;Database=credit;User Id=sa;Password=' + word(r) + ';Encrypt=yes"',
    "odbc": lambda r: '"DRIVER={ODBC Driver 18};SERVER=db.internal;UID=sa;PWD=' + word(r) + '"',
    "odbc before more": lambda r: "DRIVER={PostgreSQL};SERVER=db;UID=sa;PWD=" + word(r) + ";PORT=5432",
    "cookie": lambda r: "Cookie: theme=dark; sessionid=" + some(r, LOWER, 32),
    "cookie in curl": lambda r: "curl -H 'Cookie: session=" + some(r, WORD + "_-", 43) + "' https://app.internal/",
    "cookie in code": lambda r: 'headers = {"Cookie": "JSESSIONID=' + some(r, HEX.upper(), 32) + '"}',
    "cookies in code": lambda r: 'requests.get(url, cookies={"sessionid": "' + some(r, LOWER, 32) + '"})',
    "cookies later": lambda r: 'cookies = {\n  "theme": "dark",\n  "auth_token": "' + some(r, WORD, 40) + '",\n}',
    "basic": lambda r: "Authorization: Basic " + basic(r),
    "basic in code": lambda r: 'headers={"Authorization": "Basic ' + basic(r) + '"}',
    "bearer": lambda r: 'headers={"Authorization": "Bearer ' + some(r, WORD, 40) + '"}',
    "bearer in curl": lambda r: 'curl -H "Authorization: Bearer ' + some(r, WORD + "-_", 43) + '" https://x.dev',
    "bearer hex": lambda r: "Authorization: Bearer " + some(r, HEX, 32),
    "bearer uuid": lambda r: "Authorization: Bearer " + uid(r),
    "kaggle.json": lambda r: '{"username":"scorer","key":"' + some(r, HEX, 32) + '"}',
    "kaggle in the environment": lambda r: "KAGGLE_KEY=" + some(r, HEX, 32),
    "neptune": lambda r: 'run = neptune.init_run(api_token="' + neptune(r) + '")',
    "neptune alone": lambda r: "NEPTUNE=" + neptune(r),
    "teams": lambda r: 'post("https://' + teams(r) + '", json=card)',
    "password with a dollar": lambda r: "DB_PASSWORD=$" + some(r, WORD, 9) + "!7",
    "password with signs": lambda r: 'password = "' + some(r, SIGNS, 14) + "k" + '7"',
    "password with a slash": lambda r: "password: 'k7/" + some(r, WORD, 14) + "'",
}
MUST_NOT_FIND = {
    "variable": "DB_PASSWORD=$DB_PASSWORD_1",
    "variable in small letters": 'password = "$db_password_1"',
    "variable of PowerShell": "$password = $env:DB_PASSWORD_1",
    "percent variable": "password=%DB_PASSWORD1%",
    "tag": "password: !vault_secret_9a",
    "file": "curl_password = '@/run/secrets/db_1'",
    "path": "secret_key = '/run/secrets/Model7bV2/key9'",
    "path of a home": "api_token: ~/.config/service/token-V1a2",
    "repository": "tokenizer_key = 'meta-llama/Llama-2-7b-chat-hf'",
    "endpoint": "auth_token = 'api/v2/oauth/token7/refresh2'",
    "crypt": "password = '$2b$12$" + "KIXQ9r4z7v8w3b1n5m6j0e" + "Pq7Zl2x9Yc4Vb8Nn3Mm1Kk6Jj5Hh0'",
    "crypt of Linux": "password: $6$" + "saltsalt9$" + "Zk3x9LmQ8rT2vB7nY5wC1dF4gH6jK0pS",
    "documented uuid": "API_KEY=" + "123e4567-e89b-12d3-a456-426614174000",
    "nil uuid": "API_KEY=" + "00000000-0000-0000-0000-000000000000",
    "uuid of a request": 'idempotency_key = "' + "6f1c0a7e-93b2-4d5e-8a41-0c7d2e9f5b36" + '"',
    "uuid of a row": 'primary_key: "' + "6f1c0a7e-93b2-4d5e-8a41-0c7d2e9f5b36" + '"',
    "digest in a key": 'cache_key = "' + "9e107d9d372bb6826bd81d3542a419d6" + '"',
    "digest of an object": 'object_key = "' + "9e107d9d372bb6826bd81d3542a419d6" + '"',
    "key of a state": 'state_dict_key = "model.layers.12.self_attn.q_proj.weight"',
    "key of a map": 'feature_key = "num_hidden_layers_24_heads_16"',
    "key of a metric": 'best_key = "eval_accuracy_at_10_epochs_v2"',
    "key in words": 'sort_key = "created_at_2024_descending_order"',
    "wandb from the environment": 'wandb.login(key=os.environ["WANDB_API_KEY"])',
    "wandb alone": "wandb.login()",
    "wandb masked": 'wandb.login(key="' + "x" * 40 + '")',
    "machine in prose": "machine learning login page asks for a password that you know",
    "netrc of the documentation": "machine api.wandb.ai login user password <your-api-key>",
    "netrc variable": "machine api.wandb.ai login user password $WANDB_API_KEY_1",
    "places and times": "09:2026:11:24:10:30 a:1234:b:c:d",
    "dsn of variables": 'f"host={host} dbname={db} user={user} password={password1}"',
    "dsn of placeholders": "host=localhost user=postgres password=postgres",
    "keyword argument": "connect(host=host, user=user, password=password1)",
    "keyword of a setting": "connect(host=cfg.host, password=cfg.db.password)",
    "odbc of a template": "DRIVER={x};SERVER=db;UID=sa;PWD={{ pwd9 }}",
    "odbc of a variable": "SERVER=db;UID=sa;PWD=${DB_PWD1};",
    "working folder": "PWD=/home/user/project1 host=x",
    "cookie of a taste": "Cookie: theme=dark; lang=en-GB; consent=2026-01-01",
    "cookie of an example": "Cookie: sessionid=your-session-id-here-12345",
    "cookies from a jar": "requests.get(url, cookies=jar)",
    "cookies by name": 'cookies={"session": session_cookie_value_1}',
    "basic in words": "Basic authentication is used; Basic understanding helps",
    "basic of the standard": "Authorization: Basic " + base64.b64encode(b"Aladdin:open sesame").decode(),
    "basic of usual words": "Authorization: Basic " + base64.b64encode(b"user:password").decode(),
    "basic of a variable": 'headers={"Authorization": f"Basic {encoded1}"}',
    "bearer of a variable": 'headers={"Authorization": f"Bearer {token}"}',
    "bearer of a placeholder": 'headers={"Authorization": "Bearer YOUR_ACCESS_TOKEN_HERE_1"}',
    "bearer in words": "the bearer authentication-of-the-service is described below",
    "bearer from the environment": 'headers={"Authorization": "Bearer " + os.environ["API_TOKEN_2"]}',
    "kaggle placeholder": '{"username":"your_name","key":"' + "x" * 32 + '"}',
    "user and a key of data": '{"username": "ana", "key": "row_17"}',
    "sas variable": "?sv=2024&sig=${SAS_SIGNATURE_1}",
    "design in a query": "?design=a4f&config=" + "b" * 20,
    "redis without a password": "redis://:@cache:6379",
    "redis of a template": "redis://:{password1}@cache:6379",
    "minified code between two strings": 'a="?api_key="],tileSize:256}},layers:[{id:"b"',
    "port": "http://host:8080@x",
}


def found(text: str) -> bool:
    return any(True for _ in search(f"{text}\n".encode()))


@pytest.mark.parametrize("name", MUST_FIND)
def test_a_drawn_credential_is_found_where_it_stands(name: str) -> None:
    rng = random.Random(name)
    texts = [MUST_FIND[name](rng) for _ in range(DRAWS)]
    assert sum(map(found, texts)) >= 0.95 * DRAWS


@pytest.mark.parametrize("name", MUST_NOT_FIND)
def test_what_stands_for_a_credential_or_only_looks_so_is_left_alone(name: str) -> None:
    assert not found(MUST_NOT_FIND[name])


def test_both_automata_find_the_same_of_them() -> None:
    fast = pytest.importorskip("hauberk.analysis.secret_hyperscan").places
    rng = random.Random(4)
    for text in [make(rng) for make in MUST_FIND.values()] + list(MUST_NOT_FIND.values()):
        data = f"{text}\n".encode()
        assert list(judge(data, by_re2(data))) == list(judge(data, fast(data)))


def test_only_the_value_is_told_where_the_form_has_more() -> None:
    key = some(random.Random(1), HEX, 40)
    text = f'wandb.login(key="{key}")'
    (secret,) = search(text.encode())
    assert text[secret.column - 1 :][: secret.length] == key


def test_drawn_characters_mix_and_words_do_not() -> None:
    rng = random.Random(2)
    assert sum(mixing(some(rng, WORD, 40).encode()) >= 0.4 for _ in range(400)) >= 390
    assert max(map(mixing, (b"meta-llama/Llama-2-7b-chat-hf", b"/etc/ssl/private/server1.key", b"", b"/"))) < 0.2


@pytest.mark.parametrize("value", [b"$HOME_1", b"${X}", b"$(cat x)", b"$env:X", b"%X1%", b"!Ref", b"@file1", b"get(x)"])
def test_a_reference_is_told(value: bytes) -> None:
    assert is_reference(value)
