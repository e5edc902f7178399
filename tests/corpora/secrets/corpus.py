# SPDX-License-Identifier: Apache-2.0
"""Draws a labelled corpus of secrets from forms.tsv by a seed. See SOURCE.md."""

import base64
import hashlib
import json
import random
import re._parser as sre
import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FORMS = tuple(
    tuple(line.split("\t", 1)) for line in (Path(__file__).parent / "forms.tsv").read_text().splitlines() if line
)
WORD = string.ascii_letters + string.digits
CONTEXTS = (
    ("app.py", 'client = Client(\n    key="{0}",\n)\n'),
    ("settings.py", "import os\n\nKEY = os.environ.get('SERVICE_KEY', '{0}')\n"),
    (".env", "DEBUG=1\nSERVICE={0}\nPORT=80\n"),
    ("config.yaml", "service:\n  endpoint: https://api.service.dev\n  credential: {0}\n"),
    ("config.json", '{{"endpoint": "https://api.service.dev", "credential": "{0}"}}\n'),
    ("run.sh", "#!/bin/sh\nexport SERVICE_CREDENTIAL={0}\npython train.py\n"),
    ("notes.md", "To deploy, use `{0}` as the credential.\n"),
    ("train.log", "2026-03-02 10:11:12 INFO connecting with {0}\n2026-03-02 10:11:13 INFO ok\n"),
    ("Dockerfile", "FROM python:3.12\nENV SERVICE_CREDENTIAL={0}\n"),
    ("setup.cfg", "[service]\ncredential = {0}\n"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One file, and whether it holds a secret."""

    kind: str
    name: str
    text: str
    secret: bool
    held: bool


def held(kind: str) -> bool:
    """Whether a kind belongs to the half that nobody looks at while rules are written."""
    return hashlib.sha256(kind.encode()).digest()[0] % 2 == 1


def kinds() -> tuple[str, ...]:
    """Names of the kinds of secret."""
    return tuple(name for name, _ in FORMS)


def draw(pattern: str, rng: random.Random) -> str:
    """A text that matches a pattern, each choice even, repetition near its least."""
    return _draw(sre.parse(pattern), rng)


def _draw(parsed, rng: random.Random) -> str:  # noqa: C901  one branch a construct
    out = []
    for operation, value in parsed:
        name = str(operation)
        if name == "LITERAL":
            out.append(chr(value))
        elif name == "IN":
            out.append(rng.choice(_members(value)))
        elif name == "MAX_REPEAT":
            least, most, inner = value
            count = least if int(most) > 4 * max(least, 1) + 16 else rng.randint(least, int(most))
            out.extend(_draw(inner, rng) for _ in range(count))
        elif name == "SUBPATTERN":
            out.append(_draw(value[-1], rng))
        elif name == "BRANCH":
            out.append(_draw(rng.choice(value[1]), rng))
        elif name != "AT":
            raise ValueError(name)
    return "".join(out)


def _members(items) -> str:
    found = ""
    for operation, value in items:
        if str(operation) == "LITERAL":
            found += chr(value)
        elif str(operation) == "RANGE":
            found += "".join(map(chr, range(value[0], value[1] + 1)))
    if items and str(items[0][0]) == "NEGATE":
        return "".join(sign for sign in WORD if sign not in found)
    return found


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _of_kind(kind: str, pattern: str, rng: random.Random) -> str:
    """A secret of a kind: what holds JSON or a checksum is made by its standard, all else is drawn from its form."""
    def some(n: int) -> str:
        return "".join(rng.choice(WORD) for _ in range(n))

    jwt = f"{_encoded({'alg': 'RS256', 'typ': 'JWT', 'kid': some(8)})}.{_encoded({'sub': some(12), 'iat': 1767000000})}.{some(86)}"
    if kind in ("JSON Web Token", "Azure Access Token"):
        return jwt
    if kind == "JSON Web Key":
        return _encoded({"kty": "oct", "k": some(43), "alg": "HS256"})
    if kind == "Github App Installation Token":
        return f"ghs_{rng.randint(10**6, 10**8)}_{jwt}"
    if kind == "Grafana Provisioned API Key":
        return _encoded({"k": some(32), "n": "deploy", "id": 1})
    if kind in ("Grafana Access Policy Token", "Sentry Organization Auth Token", "1Password Account Token"):
        prefix = draw(pattern.partition("eyJ")[0] or "x", rng)
        return prefix + _encoded({"o": some(6), "n": some(10), "k": some(120), "m": {"r": "us"}})
    if kind == "BASE64 encoded PEM Private Key":
        body = base64.encodebytes(rng.randbytes(400)).decode()
        return base64.b64encode(f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n".encode()).decode()
    return draw(pattern, rng)


def true(seed: int, each: int = 4) -> Iterator[Sample]:
    """Files with one secret each."""
    for kind, pattern in FORMS:
        rng = random.Random(f"{seed} {kind}")
        for _ in range(each):
            name, text = rng.choice(CONTEXTS)
            yield Sample(kind, name, text.format(_of_kind(kind, pattern, rng)), secret=True, held=held(kind))


def false(seed: int, each: int = 4) -> Iterator[Sample]:
    """Files without a secret that look as if they had one."""
    for kind, make in _LOOKS.items():
        rng = random.Random(f"{seed} {kind}")
        for _ in range(each):
            name, text = make(rng)
            yield Sample(kind, name, text, secret=False, held=held(kind))


def _hex(rng: random.Random, n: int) -> str:
    return rng.randbytes(n // 2).hex()


def _b64(rng: random.Random, n: int) -> str:
    return base64.b64encode(rng.randbytes(n)).decode()


_LOOKS = {
    "npm integrity": lambda r: ("package-lock.json", f'{{"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz", "integrity": "sha512-{_b64(r, 64)}"}}\n'),
    "poetry hash": lambda r: ("poetry.lock", f'files = [\n    {{file = "a-1.0-py3-none-any.whl", hash = "sha256:{_hex(r, 64)}"}},\n]\ncontent-hash = "{_hex(r, 64)}"\n'),
    "pip hash": lambda r: ("requirements.txt", f"numpy==2.1.0 \\\n    --hash=sha256:{_hex(r, 64)}\n"),
    "git commit": lambda r: ("notes.md", f"Fixed in {_hex(r, 40)} and {_hex(r, 8)}.\n"),
    "pinned revision": lambda r: ("load.py", f'tokenizer = AutoTokenizer.from_pretrained("org/model", revision="{_hex(r, 40)}")\n'),
    "uuid": lambda r: ("ids.json", json.dumps({"id": str(uuid.UUID(bytes=r.randbytes(16))), "key": "row"}) + "\n"),
    "image in base64": lambda r: ("page.md", f"![plot](data:image/png;base64,iVBORw0KGgo{_b64(r, 300)})\n"),
    "ssh public key": lambda r: ("authorized_keys", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{_b64(r, 32)[:43]} me@host\n"),
    "certificate": lambda r: ("ca.crt", "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(r.randbytes(400)).decode() + "-----END CERTIFICATE-----\n"),
    "public key": lambda r: ("key.pub", "-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(r.randbytes(90)).decode() + "-----END PUBLIC KEY-----\n"),
    "environment name": lambda r: ("app.py", f'token = os.environ["{r.choice(["HF", "WANDB", "OPENAI", "SLACK"])}_API_TOKEN"]\npassword = getpass.getpass()\n'),
    "placeholder": lambda r: (".env.example", f"API_KEY={r.choice(['your-api-key-here', '<your-token>', 'changeme', 'xxxxxxxxxxxxxxxxxxxx', 'sk-...', 'hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '${API_KEY}'])}\n"),
    "template": lambda r: ("values.yaml", "password: {{ .Values.db.password | quote }}\ntoken: ${{ secrets.GITHUB_TOKEN }}\nkey: !vault |\n"),
    "tokenizer": lambda r: ("tokenizer.json", json.dumps({"bos_token": "<|begin_of_text|>", "pad_token": "<|reserved_special_token_0|>", "unk_token": "[UNK]", "additional_special_tokens": ["<|im_start|>"]}) + "\n"),
    "vocabulary": lambda r: ("vocab.json", json.dumps({"".join(r.choice(string.ascii_letters) for _ in range(9)): r.randint(0, 50000) for _ in range(20)}) + "\n"),
    "arn": lambda r: ("role.tf", f'role_arn = "arn:aws:iam::{r.randint(10**11, 10**12 - 1)}:role/train"\nkms_key_id = "arn:aws:kms:us-east-1:{r.randint(10**11, 10**12 - 1)}:key/{uuid.UUID(bytes=r.randbytes(16))}"\n'),
    "fingerprint": lambda r: ("hosts.md", f"SHA256:{_b64(r, 32)[:43]}\n" + ":".join(_hex(r, 2) for _ in range(16)) + "\n"),
    "digest of an image": lambda r: ("Dockerfile", f"FROM python:3.12@sha256:{_hex(r, 64)}\n"),
    "cache key": lambda r: ("ci.yml", f"      - uses: actions/cache@{_hex(r, 40)}\n        with:\n          key: pip-${{{{ runner.os }}}}-{_hex(r, 16)}\n"),
    "function with token": lambda r: ("tok.py", "def encode(self, tokens, token_ids=None, key_padding_mask=None):\n    token_type_ids = self.create_token_type_ids_from_sequences(tokens)\n    secret_sharing = None\n"),
    "password prompt": lambda r: ("cli.py", 'parser.add_argument("--password", help="Password of the database user", default=None)\npassword = input("Enter your password: ")\n'),
    "test fixture of a hash": lambda r: ("test_hash.py", f'def test_digest():\n    assert digest(b"abc") == "{_hex(r, 64)}"\n    assert etag == "{_hex(r, 32)}"\n'),
    "minified": lambda r: ("app.min.js", "!function(e,t){" + ";".join(f'var {r.choice("abcdef")}="{"".join(r.choice(string.ascii_lowercase) for _ in range(12))}"' for _ in range(30)) + "}(window);\n"),
    "notebook output": lambda r: ("run.txt", f"<torch.Generator object at 0x{_hex(r, 12)}>\nTensor-{_hex(r, 8)}\nwandb: Run data is saved locally in wandb/run-2026_{_hex(r, 8)}\n"),
    "bucket": lambda r: ("paths.py", 'DATA = "s3://my-bucket/datasets/train/part-00000.parquet"\nURL = "https://user@github.com/org/repo.git"\n'),
    "connection without password": lambda r: ("db.py", 'engine = create_engine(f"postgresql://{user}:{password}@{host}/db")\nREDIS = "redis://localhost:6379/0"\n'),
    "example of the documentation": lambda r: ("aws.md", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"),
    "css": lambda r: ("a.css", ".token.keyword{color:#a626a4}.secret-key{background:url(data:font/woff2;base64," + _b64(r, 120) + ")}\n"),
    "wheel record": lambda r: ("RECORD", "".join(f"a/b{i}.py,sha256={base64.urlsafe_b64encode(r.randbytes(32)).rstrip(b'=').decode()},{r.randint(10, 9999)}\n" for i in range(12))),
    "protobuf descriptor": lambda r: ("a_pb2.py", "DESCRIPTOR = _pool.AddSerializedFile(b'\\n\\x0b" + _hex(r, 60) + "\\x12\\x05hello')\n"),
}  # fmt: skip
