# SPDX-License-Identifier: Apache-2.0
"""Kinds of propagation, each with its safe twin, written before the analysis: main file, further files.

SRC is where the value comes from, SINK(v) the sink on a value, IMP the sink's imports.
"""

SOURCES = {
    "query": ("from flask import request", "request.args.get('q')"),
    "form": ("from flask import request", "request.form['q']"),
    "json": ("from flask import request", "request.get_json()['q']"),
    "header": ("from flask import request", "request.headers.get('X-Name', '')"),
    "cookie": ("from flask import request", "request.cookies.get('name')"),
    "body": ("from flask import request", "request.get_data()"),
    "input": ("", "input()"),
    "download": ("import requests as rq", "rq.get('https://example.org/x', timeout=5).text"),
    "llm": ("import openai\nclient = openai.OpenAI()", "client.chat.completions.create(model='m', messages=[]).choices[0].message.content"),
    "llm2": ("import anthropic\nclaude = anthropic.Anthropic()", "claude.messages.create(model='m', max_tokens=9, messages=[]).content[0].text"),
}

H = "IMP\nIMPS\nfrom flask import Flask\napp = Flask(__name__)\n"
V = "@app.route('/x', methods=['POST'])\ndef view():\n    v = SRC\n"

WAYS = {
    "assigned twice": (H + V + "    w = v\n    SINK(w)\n", H + V + "    w = v\n    w = 'a'\n    SINK(w)\n"),
    "both branches": (H + V + "    if v:\n        w = v\n    else:\n        w = 'a'\n    SINK(w)\n", H + V + "    w = v\n    if v:\n        w = 'a'\n    else:\n        w = 'b'\n    SINK(w)\n"),
    "other branch": (H + V + "    w = 'a'\n    if len(v) > 3:\n        w = v\n        SINK(w)\n", H + V + "    if len(v) > 3:\n        w = v\n    else:\n        w = 'a'\n        SINK(w)\n"),
    "dead branch": (H + V + "    w = 'a'\n    if 3 * 3 > 8:\n        w = v\n    SINK(w)\n", H + V + "    w = 'a'\n    if 3 * 3 > 10:\n        w = v\n    SINK(w)\n"),
    "f-string": (H + V + "    w = f'{v}'\n    SINK(w)\n", H + V + "    w = f'{len(v)}'\n    SINK(w)\n"),
    "format": (H + V + "    w = '{}{}'.format('', v)\n    SINK(w)\n", H + V + "    w = '{}{}'.format('', 'a')\n    SINK(w)\n"),
    "join": (H + V + "    w = ''.join([v, 'a'])\n    SINK(w)\n", H + V + "    w = ''.join(['b', 'a'])\n    SINK(w)\n"),
    "list item": (H + V + "    l = ['a', v]\n    SINK(l[1])\n", H + V + "    l = ['a', v]\n    SINK(l[0])\n"),
    "list appended": (H + V + "    l = []\n    l.append('a')\n    l.append(v)\n    l.pop(0)\n    SINK(l[0])\n", H + V + "    l = []\n    l.append(v)\n    l.append('a')\n    l.pop(0)\n    SINK(l[0])\n"),
    "dictionary": (H + V + "    d = {'a': v, 'b': 'x'}\n    SINK(d['a'])\n", H + V + "    d = {'a': v, 'b': 'x'}\n    SINK(d['b'])\n"),
    "dictionary get": (H + V + "    d = {}\n    d['k'] = v\n    SINK(d.get('k'))\n", H + V + "    d = {'m': 'a', 'n': 'b'}\n    SINK(d.get(v, 'c'))\n"),
    "tuple": (H + V + "    a, b = v, 'x'\n    SINK(a)\n", H + V + "    a, b = v, 'x'\n    SINK(b)\n"),
    "comprehension": (H + V + "    w = [part.strip() for part in v.split(',')]\n    SINK(w[0])\n", H + V + "    w = [part for part in v.split(',') if part in ('a', 'b')]\n    SINK(w[0])\n"),
    "loop": (H + V + "    w = ''\n    for c in v:\n        w += c\n    SINK(w)\n", H + V + "    w = ''\n    for c in ('a', 'b'):\n        w += c\n    SINK(w)\n"),
    "conditional": (H + V + "    w = v if len(v) < 80 else 'a'\n    SINK(w)\n", H + V + "    w = v if v in ('a', 'b') else 'a'\n    SINK(w)\n"),
    "or": (H + V + "    w = v or 'a'\n    SINK(w)\n", H + V + "    w = 'a' or v\n    SINK(w)\n"),
    "return": (H + "def clean(x):\n    return x.strip()\n" + V + "    SINK(clean(v))\n", H + "def clean(x):\n    return 'a' if x else 'b'\n" + V + "    SINK(clean(v))\n"),
    "argument": (H + "def go(x):\n    SINK(x)\n" + V + "    go(v)\n", H + "def go(x):\n    SINK(x)\n" + V + "    go('a')\n"),
    "keyword": (H + "def go(a, *, b='x'):\n    SINK(b)\n" + V + "    go('a', b=v)\n", H + "def go(a, *, b='x'):\n    SINK(b)\n" + V + "    go(v, b='a')\n"),
    "splat": (H + "def go(*a):\n    SINK(a[0])\n" + V + "    go(*[v])\n", H + "def go(*a):\n    SINK(a[0])\n" + V + "    go(*['a'])\n"),
    "default": (H + "def go(a, b='x'):\n    SINK(a + b)\n" + V + "    go(v)\n", H + "def go(a, b='x'):\n    SINK(b)\n" + V + "    go(v)\n"),
    "field": (H + "class Job:\n    def __init__(self, x):\n        self.x = x\n    def go(self):\n        SINK(self.x)\n" + V + "    Job(v).go()\n", H + "class Job:\n    def __init__(self, x):\n        self.x = 'a'\n        self.y = x\n    def go(self):\n        SINK(self.x)\n" + V + "    Job(v).go()\n"),
    "attribute set outside": (H + "class Box:\n    pass\n" + V + "    b = Box()\n    b.a = v\n    b.c = 'x'\n    SINK(b.a)\n", H + "class Box:\n    pass\n" + V + "    b = Box()\n    b.a = v\n    b.c = 'x'\n    SINK(b.c)\n"),
    "property": (H + "class Job:\n    def __init__(self, x):\n        self._x = x\n    @property\n    def name(self):\n        return self._x\n" + V + "    j = Job(v)\n    SINK(j.name)\n", H + "class Job:\n    def __init__(self, x):\n        self._x = x\n    @property\n    def name(self):\n        return 'a'\n" + V + "    j = Job(v)\n    SINK(j.name)\n"),
    "dataclass": (H + "from dataclasses import dataclass\n@dataclass\nclass Job:\n    x: str\n    y: str\n" + V + "    j = Job(v, 'a')\n    SINK(j.x)\n", H + "from dataclasses import dataclass\n@dataclass\nclass Job:\n    x: str\n    y: str\n" + V + "    j = Job(v, 'a')\n    SINK(j.y)\n"),
    "inherited": (H + "class A:\n    def go(self, x):\n        SINK(x)\nclass B(A):\n    pass\n" + V + "    B().go(v)\n", H + "class A:\n    def go(self, x):\n        SINK(x)\nclass B(A):\n    def go(self, x):\n        return x\n" + V + "    A().go('a')\n    B().go(v)\n"),
    "static": (H + "class A:\n    @staticmethod\n    def go(x):\n        SINK(x)\n" + V + "    A.go(v)\n", H + "class A:\n    @staticmethod\n    def go(x):\n        SINK(x)\n" + V + "    A.go('a')\n"),
    "closure": (H + V + "    def inner():\n        SINK(v)\n    inner()\n", H + V + "    w = 'a'\n    def inner():\n        SINK(w)\n    inner()\n"),
    "lambda": (H + "wrap = lambda x: 'a' + x\n" + V + "    SINK(wrap(v))\n", H + "wrap = lambda x: 'a'\n" + V + "    SINK(wrap(v))\n"),
    "decorator": (H + "import functools\ndef traced(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        return f(*a, **k)\n    return inner\n@traced\ndef go(x):\n    SINK(x)\n" + V + "    go(v)\n", H + "import functools\ndef traced(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        return f(*a, **k)\n    return inner\n@traced\ndef go(x):\n    SINK(x)\n" + V + "    go('a')\n"),
    "async": (H + "async def clean(x):\n    return x.lower()\n@app.post('/y')\nasync def view():\n    v = SRC\n    SINK(await clean(v))\n", H + "async def clean(x):\n    return 'a'\n@app.post('/y')\nasync def view():\n    v = SRC\n    SINK(await clean(v))\n"),
    "generator": (H + "def parts(x):\n    for p in x.split(','):\n        yield p\n" + V + "    for p in parts(v):\n        SINK(p)\n", H + "def parts(x):\n    for p in x.split(','):\n        yield 'a'\n" + V + "    for p in parts(v):\n        SINK(p)\n"),
    "thread": (H + "import threading\ndef go(x):\n    SINK(x)\n" + V + "    threading.Thread(target=go, args=(v,)).start()\n", H + "import threading\ndef go(x):\n    SINK(x)\n" + V + "    threading.Thread(target=go, args=('a',)).start()\n"),
    "partial": (H + "import functools\ndef go(a, b):\n    SINK(b)\n" + V + "    functools.partial(go, 'a')(v)\n", H + "import functools\ndef go(a, b):\n    SINK(a)\n" + V + "    functools.partial(go, 'a')(v)\n"),
    "callback": (H + "def apply(f, x):\n    f(x)\ndef go(x):\n    SINK(x)\n" + V + "    apply(go, v)\n", H + "def apply(f, x):\n    f('a')\ndef go(x):\n    SINK(x)\n" + V + "    apply(go, v)\n"),
    "table of functions": (H + "def go(x):\n    SINK(x)\nT = {'go': go}\n" + V + "    T['go'](v)\n", H + "def go(x):\n    SINK(x)\nT = {'go': go}\n" + V + "    T['go']('a')\n"),
    "global": (H + "NAME = ''\ndef go():\n    SINK(NAME)\n@app.route('/x')\ndef view():\n    global NAME\n    NAME = SRC\n    go()\n", H + "NAME = 'a'\ndef go():\n    SINK(NAME)\n" + V + "    go()\n"),
    "with": (H + "import contextlib\n@contextlib.contextmanager\ndef held(x):\n    yield x\n" + V + "    with held(v) as w:\n        SINK(w)\n", H + "import contextlib\n@contextlib.contextmanager\ndef held(x):\n    yield 'a'\n" + V + "    with held(v) as w:\n        SINK(w)\n"),
    "try": (H + V + "    try:\n        w = v.strip()\n    except ValueError:\n        w = 'a'\n    SINK(w)\n", H + V + "    try:\n        w = str(int(v))\n    except ValueError:\n        w = 'a'\n    SINK(w)\n"),
    "walrus": (H + V + "    if (w := v.strip()):\n        SINK(w)\n", H + V + "    if (w := 'a'):\n        SINK(w)\n"),
    "match": (H + V + "    match len(v):\n        case 1:\n            w = 'a'\n        case _:\n            w = v\n    SINK(w)\n", H + V + "    match v:\n        case 'a' | 'b':\n            SINK(v)\n"),
    "allow list": (H + V + "    if v not in ('a', 'b'):\n        print('odd')\n    SINK(v)\n", H + V + "    if v not in ('a', 'b'):\n        return 'no'\n    SINK(v)\n"),
    "allow set": (H + "OK = {'a', 'b'}\n" + V + "    if v in OK:\n        print('ok')\n    SINK(v)\n", H + "OK = {'a', 'b'}\n" + V + "    if v in OK:\n        SINK(v)\n"),
    "pattern": (H + "import re\n" + V + "    if not re.match(r'[a-z]+', v):\n        return 'no'\n    SINK(v)\n", H + "import re\n" + V + "    if not re.fullmatch(r'[a-z]+', v):\n        return 'no'\n    SINK(v)\n"),
    "checker": (H + "def good(x):\n    return len(x) < 80\n" + V + "    if not good(v):\n        return 'no'\n    SINK(v)\n", H + "def good(x):\n    return x in ('a', 'b')\n" + V + "    if not good(v):\n        return 'no'\n    SINK(v)\n"),
    "raiser": (H + "def must(x):\n    if len(x) > 80:\n        raise ValueError\n" + V + "    must(v)\n    SINK(v)\n", H + "def must(x):\n    if x not in ('a', 'b'):\n        raise ValueError\n" + V + "    must(v)\n    SINK(v)\n"),
    "number": (H + V + "    w = v + '1'\n    SINK(w)\n", H + V + "    w = str(float(v))\n    SINK(w)\n"),
    "enumeration": (H + "import enum\nclass Kind(enum.Enum):\n    A = 'a'\n" + V + "    w = v or Kind.A.value\n    SINK(w)\n", H + "import enum\nclass Kind(enum.Enum):\n    A = 'a'\n" + V + "    w = Kind(v).value\n    SINK(w)\n"),
    "decoded": (H + "import base64, urllib.parse\n" + V + "    w = base64.b64decode(urllib.parse.unquote(v)).decode()\n    SINK(w)\n", H + "import hashlib\n" + V + "    w = hashlib.sha256(v.encode()).hexdigest()\n    SINK(w)\n"),
    "json round trip": (H + "import json\n" + V + "    w = json.loads(json.dumps({'a': v}))['a']\n    SINK(w)\n", H + "import json\n" + V + "    w = json.loads('{\"a\": 1}')['a']\n    SINK(w)\n"),
    "configuration": (H + "import configparser\n" + V + "    c = configparser.ConfigParser()\n    c.add_section('s')\n    c.set('s', 'a', v)\n    c.set('s', 'b', 'x')\n    SINK(c.get('s', 'a'))\n", H + "import configparser\n" + V + "    c = configparser.ConfigParser()\n    c.add_section('s')\n    c.set('s', 'a', v)\n    c.set('s', 'b', 'x')\n    SINK(c.get('s', 'b'))\n"),
    "factory": (H + "class Thing:\n    def do(self, x):\n        return x\ndef make():\n    return Thing()\n" + V + "    SINK(make().do(v))\n", H + "class Thing:\n    def do(self, x):\n        return 'a'\ndef make():\n    return Thing()\n" + V + "    SINK(make().do(v))\n"),
    "slice": (H + V + "    w = v[1:][::-1]\n    SINK(w)\n", H + V + "    w = 'abc'[1:]\n    SINK(w)\n"),
    "two returns": (H + "def both(x):\n    return 'a', x\n" + V + "    a, b = both(v)\n    SINK(b)\n", H + "def both(x):\n    return 'a', x\n" + V + "    a, b = both(v)\n    SINK(a)\n"),
    "nested data": (H + V + "    d = {'a': {'b': [v]}}\n    SINK(d['a']['b'][0])\n", H + V + "    d = {'a': {'b': [v]}, 'c': 'x'}\n    SINK(d['c'])\n"),
}

M = "MAIN"
ACROSS = {
    "module function": ({M: H + "from lib import clean\n" + V + "    SINK(clean(v))\n", "lib.py": "def clean(x):\n    return x.strip()\n"}, {M: H + "from lib import clean\n" + V + "    SINK(clean(v))\n", "lib.py": "def clean(x):\n    return 'a'\n"}),
    "module sink": ({M: H + "import lib\n" + V + "    lib.go(v)\n", "lib.py": "IMP\ndef go(x):\n    SINK(x)\n"}, {M: H + "import lib\n" + V + "    lib.go('a')\n", "lib.py": "IMP\ndef go(x):\n    SINK(x)\n"}),
    "package relative": ({"app/__init__.py": "", "app/MAIN": H + "from .core.run import go as start\n" + V + "    start(v)\n", "app/core/__init__.py": "", "app/core/run.py": "IMP\nfrom ..tidy import tidy\ndef go(x):\n    SINK(tidy(x))\n", "app/tidy.py": "def tidy(x):\n    return x + ''\n"}, {"app/__init__.py": "", "app/MAIN": H + "from .core.run import go as start\n" + V + "    start(v)\n", "app/core/__init__.py": "", "app/core/run.py": "IMP\nfrom ..tidy import tidy\ndef go(x):\n    SINK(tidy(x))\n", "app/tidy.py": "def tidy(x):\n    return str(int(x))\n"}),
    "re-exported": ({M: H + "from pkg import go\n" + V + "    go(v)\n", "pkg/__init__.py": "from .impl import go\n", "pkg/impl.py": "IMP\ndef go(x):\n    SINK(x)\n"}, {M: H + "from pkg import go\n" + V + "    go('a')\n", "pkg/__init__.py": "from .impl import go\n", "pkg/impl.py": "IMP\ndef go(x):\n    SINK(x)\n"}),
    "module class": ({M: H + "from store import Store\n" + V + "    s = Store(v)\n    s.save()\n", "store.py": "IMP\nclass Store:\n    def __init__(self, name):\n        self.name = name\n    def save(self):\n        SINK(self.name)\n"}, {M: H + "from store import Store\n" + V + "    s = Store('a')\n    s.save()\n", "store.py": "IMP\nclass Store:\n    def __init__(self, name):\n        self.name = name\n    def save(self):\n        SINK(self.name)\n"}),
    "module constant": ({M: H + "from conf import NAME\n" + V + "    SINK(NAME + v)\n", "conf.py": "NAME = ''\n"}, {M: H + "from conf import NAME\n" + V + "    SINK(NAME)\n", "conf.py": "NAME = 'a'\n"}),
    "source elsewhere": ({M: "IMP\nfrom lib import read\ndef main():\n    SINK(read())\n", "lib.py": "IMPS\ndef read():\n    return SRC\n"}, {M: "IMP\nfrom lib import read\ndef main():\n    SINK(read())\n", "lib.py": "IMPS\ndef read():\n    v = SRC\n    return len(v)\n"}),
    "base class elsewhere": ({M: H + "from base import Base\nclass Mine(Base):\n    pass\n" + V + "    Mine().go(v)\n", "base.py": "IMP\nclass Base:\n    def go(self, x):\n        SINK(x)\n"}, {M: H + "from base import Base\nclass Mine(Base):\n    pass\n" + V + "    Mine().go('a')\n", "base.py": "IMP\nclass Base:\n    def go(self, x):\n        SINK(x)\n"}),
    "checker elsewhere": ({M: H + "from lib import good\n" + V + "    if not good(v):\n        return 'no'\n    SINK(v)\n", "lib.py": "def good(x):\n    return bool(x)\n"}, {M: H + "from lib import good\n" + V + "    if not good(v):\n        return 'no'\n    SINK(v)\n", "lib.py": "OK = ('a', 'b')\ndef good(x):\n    return x in OK\n"}),
}
