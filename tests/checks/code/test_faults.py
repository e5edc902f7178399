# SPDX-License-Identifier: Apache-2.0
"""Rules on unsafe calls by tables of what they must find and must not."""

import pytest

from hauberk.checks.code.cryptography import weak_cryptography
from hauberk.checks.code.downloads import unpinned_download
from hauberk.checks.code.injection import path, redirect, ssrf
from hauberk.checks.deploy.serving import verbose_error
from tests.checks.trial import on_files, outcomes

SERVE = "from fastapi import FastAPI, HTTPException\napp = FastAPI()\n@app.post('/predict')\ndef predict(x):\n    try:\n        return model(x)\n"
GO = "from flask import redirect, request\n"
REQUEST = "from flask import request\nsent = request.files['a'].read()\n"
BODY = "from starlette.requests import Request\nasync def f(request: Request):\n    "
HUB = "from huggingface_hub import snapshot_download\nimport shutil\n"
FOUND = {
    "a sum that vouches": (weak_cryptography, "import hashlib\ndef check(data, wanted):\n    return hashlib.md5(data).hexdigest() == wanted"),
    "a sum in pieces": (weak_cryptography, "import hashlib\nsum_ = hashlib.md5()\nsum_.update(data)"),
    "a password's key": (weak_cryptography, "import hashlib\nkey = hashlib.md5(password).hexdigest()"),
    "a file called key": (weak_cryptography, "import hashlib\ndigest = hashlib.sha1(key_file.read()).hexdigest()"),
    "a name that was sent": (path, "from flask import request\nopen(request.args['name'])"),
    "a body as a path": (path, BODY + "open(await request.body())"),
    "an unpinned model": (unpinned_download, "from transformers import AutoModel\nAutoModel.from_pretrained('a/b')"),
    "a fault of any library": (verbose_error, SERVE + "    except Exception as e:\n        raise HTTPException(500, str(e))\n"),
    "a fault of the array": (verbose_error, SERVE + "    except (KeyError, ValueError) as e:\n        raise HTTPException(400, str(e))\n"),
    "a fault of a model that is made": (verbose_error, SERVE.replace("return model(x)", "found = Model(x)") + "    except Exception as e:\n        raise HTTPException(500, str(e))\n"),
    "a target that was sent": (redirect, GO + "redirect(request.args['to'])"),
    "a target that is put together": (redirect, GO + "to = ''\nto += request.args['q']\nredirect(to)"),
    "an address with a host behind": (ssrf, "import requests\nfrom flask import request\ndef f(url):\n    url += request.args['v']\n    requests.get(url)"),
    "an address that was sent": (ssrf, "import requests\nfrom flask import request\nrequests.get(request.args['u'])"),
}  # fmt: skip
LEFT = {
    "a key of a cache": (weak_cryptography, "import hashlib\ncache_key = hashlib.md5(text).hexdigest()"),
    "a name of a file": (weak_cryptography, "import hashlib\ntarget = f'script_{hashlib.md5(text).hexdigest()}'"),
    "a key by a function": (weak_cryptography, "import hashlib\ndef cache_key(text):\n    key = hashlib.sha1(text).hexdigest()\n    return key"),
    "declared": (weak_cryptography, "import hashlib\nx = hashlib.md5(text, usedforsecurity=False)"),
    "content that was sent": (path, REQUEST + "import io, pandas\npandas.read_csv(io.BytesIO(sent))"),
    "content of a body": (path, BODY + "import io\n    from PIL import Image\n    return Image.open(io.BytesIO(await request.body()))"),
    "a folder of the server": (path, BODY + "import os\n    os.listdir(request.state.temp_dir)"),
    "where the hub's library puts it": (path, HUB + "shutil.copytree(snapshot_download('a/b', revision='0a' * 20), 'x')"),
    "a fault with a text for the sender": (verbose_error, SERVE + "    except MultiPartError as e:\n        raise HTTPException(400, str(e))\n"),
    "a fault of a check": (verbose_error, SERVE.replace("return model(x)", "validate_name(x)") + "    except ValueError as e:\n        raise HTTPException(400, str(e))\n"),
    "a fault of what was sent": (verbose_error, SERVE.replace("return model(x)", "sent = Payload(**x)") + "    except Exception as e:\n        raise HTTPException(400, str(e))\n"),
    "a target with a query behind": (redirect, GO + "to = '/a'\nto += '?' + request.args['q']\nredirect(to)"),
    "an address with a query behind": (ssrf, "import requests\nfrom flask import request\ndef f(url):\n    url += '&v=' + request.args['v']\n    requests.get(url)"),
    "a target on this site": (redirect, GO + "redirect('/' + request.args['to'].lstrip('/\\\\'))"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_can_harm_is_found(name, tmp_path):
    card, source = FOUND[name]
    assert outcomes(on_files(card, tmp_path, {"app.py": source})) == {"found"}


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_is_left_alone(name, tmp_path):
    card, source = LEFT[name]
    assert outcomes(on_files(card, tmp_path, {"app.py": source})) == {"clean"}


@pytest.mark.parametrize("name", ["an unpinned model", "a sum that vouches"])
def test_what_a_test_does_for_itself_is_left_alone(name, tmp_path):
    card, source = FOUND[name]
    assert outcomes(on_files(card, tmp_path, {"pkg/test_utils/scripts/a.py": source})) == {"clean"}
