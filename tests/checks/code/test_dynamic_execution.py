# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-002 by tables: presence is not enough, flow decides."""

import pytest

from hauberk.checks.code.dynamic_execution import dynamic_execution
from tests.checks.trial import messages, on_files, outcomes

REQUEST = "from flask import request\nparam = request.args.get('p')\n"

CAUGHT = {
    "eval": "def f(x):\n    return eval(x)",
    "exec": "def f(x):\n    exec(x)",
    "builtins": "import builtins\ndef f(x):\n    builtins.eval(x)",
    "alias": "run = eval\ndef f(x):\n    run(x)",
    "globals": "def f(x):\n    globals()['eval'](x)",
    "getattr": "import os\ndef f(x):\n    getattr(os, 'system')(x)",
    "exec compile": "def f(x):\n    exec(compile(x, 'x', 'exec'))",
    "exec statement": "def f(x):\n    exec x in {}",
    "hidden": "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))",
    "system": "import os\ndef f(x):\n    os.system('ls ' + x)",
    "system format": "import os\ndef f(x):\n    os.system('ls {}'.format(x))",
    "system f-string": "import os\ndef f(x):\n    os.system(f'ls {x}')",
    "system percent": "import os\ndef f(x):\n    os.system('ls %s' % x)",
    "system input": "import os\nos.system(input())",
    "popen": "from os import popen\ndef f(x):\n    popen(x)",
    "subprocess": "import subprocess\ndef f(x):\n    subprocess.run(x, shell=True)",
    "subprocess name": "from subprocess import Popen\ndef f(x):\n    cmd = 'a ' + x\n    Popen(cmd, shell=True)",
    "subprocess flag by name": "import subprocess\nSHELL = True\ndef f(x):\n    subprocess.call(x, shell=SHELL)",
    "bash -c": "import subprocess\ndef f(x):\n    subprocess.run(['bash', '-c', f'ls {x}'])",
    "getoutput": "import subprocess\ndef f(x):\n    subprocess.getoutput(x)",
    "async": "import asyncio\nasync def f(x):\n    await asyncio.create_subprocess_shell(x)",
    "appended": "import os\ndef f(x):\n    parts = ['ls']\n    parts.append(x)\n    os.system(' '.join(parts))",
    "added": "import os\ndef f(x):\n    cmd = 'ls '\n    cmd += x\n    os.system(cmd)",
    "loop": "import os\ndef f(x):\n    cmd = 'ls'\n    for i in x:\n        os.system(cmd)\n        cmd = i",
    "one branch": "import os\ndef f(x, y):\n    cmd = 'ls'\n    if y:\n        cmd = x\n    os.system(cmd)",
    "query": "import pandas as pd\ndef f(x):\n    df = pd.read_csv('a.csv')\n    return df.query(f'a > {x}')",
    "typed frame": "import pandas as pd\ndef f(df: pd.DataFrame, x):\n    return df.query(x)",
    "pandas.eval": "import pandas as pd\ndef f(x):\n    return pd.eval(x)",
    "trust": "from transformers import AutoModel\nAutoModel.from_pretrained('a/b', trust_remote_code=True)",
    "trust filled in": "from t import M\ndef f(n):\n    o = dict(a=1)\n    o['trust_remote_code'] = True\n    M.from_pretrained(n, **o)",
    "a template without bounds": "from haystack.components.converters import OutputAdapter\nOutputAdapter(template=t, unsafe=True)",
    "a repository of paddle": "import paddle\npaddle.hub.load(r, model='m')",
    "a class of a repository": "from speechbrain.inference.interfaces import foreign_class\nforeign_class(source=s)",
    "code of an answer": "from llama_index.experimental.query_engine import PandasQueryEngine\nPandasQueryEngine(df=d)",
    "trust by name": "from datasets import load_dataset\nT = True\nload_dataset('a/b', trust_remote_code=T)",
    "import request": REQUEST + "import importlib\nimportlib.import_module(param)",
    "dictionary": REQUEST + "import os\nm = {}\nm['a'] = 'ls'\nm['b'] = param\nos.system(m['b'])",
    "condition": REQUEST + "import os\nbar = 'safe' if 7 * 18 + 1 < 100 else param\nos.system(bar)",
    "apply": "import pandas as pd\ndf = pd.read_csv('a.csv')\ndf['x'] = df['x'].apply(eval)",
    "map": "def f(xs):\n    return list(map(eval, xs))",
    "field": "import os\nclass A:\n    def __init__(self, cmd):\n        self.cmd = cmd\n    def go(self):\n        os.system(self.cmd)",
    "hub": "import torch\ntorch.hub.load('a/b', 'm')",
    "agent": "create_pandas_dataframe_agent(llm, df, allow_dangerous_code=True)",
    "model's answer": "import openai\nc = openai.OpenAI()\nr = c.chat.completions.create(model='m', messages=[])\nexec(r.choices[0].message.content)",
}

NOT_CAUGHT = {
    # commands
    "constant": "import os\nos.system('ls -l')",
    "constant by name": "import os\ncmd = 'ls -l'\nos.system(cmd)",
    "constant in both branches": "import os\ndef f(y):\n    if y:\n        cmd = 'ls'\n    else:\n        cmd = 'dir'\n    os.system(cmd)",
    "module constant": "import os\nCMD = 'ls'\ndef f():\n    os.system(CMD)",
    "constants joined": "import os\nBASE = 'ls'\nos.system(f'{BASE} -l' + ' /tmp')",
    "list of constants": "import os\nfor cmd in ['ls', 'pwd']:\n    os.system(cmd)",
    "list without a shell": "import subprocess\ndef f(x):\n    subprocess.run(['ls', x])",
    "split without a shell": "import subprocess, shlex\ndef f(x):\n    subprocess.run(shlex.split(x))",
    "shell off": "import subprocess\ndef f(x):\n    subprocess.run(x, shell=False)",
    "quoted": "import os, shlex\ndef f(x):\n    os.system(f'ls {shlex.quote(x)}')",
    "number": "import os\ndef f(x):\n    os.system('kill %d' % int(x))",
    "typed number": "import os\ndef f(pid: int):\n    os.system(f'kill {pid}')",
    "own interpreter": "import subprocess, sys\nsubprocess.run(f'{sys.executable} -m pip list', shell=True)",
    "overwritten": REQUEST + "import os\nbar = param\nbar = 'ls'\nos.system(bar)",
    "condition": REQUEST + "import os\nbar = 'safe' if 7 * 42 - 86 > 200 else param\nos.system(bar)",
    "statement": REQUEST
    + "import os\nnum = 86\nif 7 * 42 - num > 200:\n    bar = 'safe'\nelse:\n    bar = param\nos.system(bar)",
    "match": REQUEST
    + "import os\nguess = 'ABC'[1]\nmatch guess:\n    case 'A':\n        bar = param\n    case 'B':\n        bar = 'bob'\n    case _:\n        bar = param\nos.system(bar)",
    "dictionary": REQUEST + "import os\nm = {}\nm['a'] = 'ls'\nm['b'] = param\nos.system(m['a'])",
    "written dictionary": REQUEST + "import os\nm = {'a': 'ls', 'b': param}\nos.system(m['a'])",
    # evaluation
    "literal_eval": "import ast\ndef f(x):\n    return ast.literal_eval(x)",
    "constant eval": "eval('1 + 1')",
    "constant exec": "exec('x = 1')",
    "own file": "exec(open('version.py').read())",
    "re.compile": "import re\ndef f(x):\n    return re.compile(x)",
    "model.eval": "def f(model):\n    model.eval()",
    "own eval": "def eval(x):\n    return x\ndef f(x):\n    return eval(x)",
    "parameter eval": "def f(eval, x):\n    return eval(x)",
    "session.query": "def f(session, x):\n    return session.query(x)",
    "constant query": "import pandas as pd\npd.read_csv('a').query('a > 3')",
    "keras compile": "def f(model, x):\n    model.compile(x)",
    "import constant": "import importlib\nimportlib.import_module('numpy')",
    "import of what the caller names": "import importlib\ndef f(x):\n    importlib.import_module(x)",
    "import of a module again": "import importlib\ndef f(x):\n    m = importlib.import_module(x)\n    exec(f'from {m.__name__} import *')",
    "compiled and not run": "def f(x):\n    return compile(x(), 'a', 'exec')",
    "import within the package": "import importlib\ndef f(x):\n    importlib.import_module('.' + x, __name__)\n    importlib.import_module(f'app.plugins.{x}')",
    "safe field": "import os\nclass A:\n    def __init__(self):\n        self.cmd = 'ls'\n    def go(self):\n        os.system(self.cmd)",
    "apply literal_eval": "import ast\nimport pandas as pd\ndf = pd.read_csv('a.csv')\ndf['x'].apply(ast.literal_eval)",
    "local hub": "import torch\ntorch.hub.load('.', 'm', source='local')",
    "agent off": "create_pandas_dataframe_agent(llm, df, allow_dangerous_code=False)",
    "trust filled in on one way": "from t import M\ndef f(n, t):\n    o = dict(a=1)\n    if t:\n        o['trust_remote_code'] = True\n    M.from_pretrained(n, **o)",
    "trust taken back": "from t import M\ndef f(n):\n    o = {'trust_remote_code': True}\n    o['trust_remote_code'] = False\n    M.from_pretrained(n, **o)",
    "a template within bounds": "from haystack.components.converters import OutputAdapter\nOutputAdapter(template=t)",
    "a local folder of paddle": "import paddle\npaddle.hub.load(r, model='m', source='local')",
    "instantiate of a parameter": "from hydra.utils import instantiate\ndef f(c):\n    return instantiate(c)",
    "trust in a commit that was read": "from t import M\nM.from_pretrained('a', trust_remote_code=True, revision='"
    + "0a" * 20
    + "')",
    "trust off": "from transformers import AutoModel\nAutoModel.from_pretrained('a/b', trust_remote_code=False)",
    "string": "x = 'eval(y)'",
    "comment": "# eval(y)\nx = 1",
}


@pytest.mark.parametrize("name", CAUGHT)
def test_text_that_others_decide_is_caught(name, tmp_path):
    assert outcomes(on_files(dynamic_execution, tmp_path, {"app.py": CAUGHT[name]})) == {"found"}


@pytest.mark.parametrize("name", NOT_CAUGHT)
def test_what_is_fixed_or_harmless_is_left_alone(name, tmp_path):
    evidence = on_files(dynamic_execution, tmp_path, {"app.py": NOT_CAUGHT[name]})
    assert outcomes(evidence) == {"clean"}, (messages(evidence), evidence)


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        (REQUEST + "eval(param)", "critical"),
        ("import sys\neval(sys.argv[1])", "medium"),
        ("import sys\nexec(open(sys.argv[1]).read())", "low"),
        ("from pathlib import Path\ndef f(p):\n    exec(Path(p).read_text())", "low"),
        ("from flask import request\nexec(open(request.args['p']).read())", "critical"),
        ("def f(x):\n    eval(x)", "medium"),
        ("import os, socket\nos.system(f'ping {socket.gethostname()}')", "low"),
        ("import os, socket\ns = socket.socket()\nos.system(s.recv(9).decode())", "critical"),
        ("import requests\nexec(requests.get(u).text)", "critical"),
        ("import requests\nexec(requests.__version__)", "low"),
        ("import random\ndef f(x):\n    eval(random.choice(x))", "medium"),
        ("import helper\neval(helper.make())", "low"),
        ("from t import M\nM.from_pretrained('a', trust_remote_code=True)", "high"),
        ("import importlib, sys\nimportlib.import_module(sys.argv[1])", "low"),
    ],
)
def test_severity_follows_who_decides(source, severity, tmp_path):
    (evidence,) = on_files(dynamic_execution, tmp_path, {"app.py": source})
    assert [finding.severity.value for finding in evidence.findings] == [severity]


def test_a_message_never_shows_the_text_that_is_run(tmp_path):
    canary = "canary-5417"
    source = f"import os\ndef f(x):\n    os.system('curl -H {canary} ' + x)\n"
    (evidence,) = on_files(dynamic_execution, tmp_path, {"app.py": source})
    assert evidence.findings
    assert canary not in repr(evidence)
