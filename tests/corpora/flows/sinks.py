# SPDX-License-Identifier: Apache-2.0
"""Sinks by category, written from CWE pages and library documentation before any rule on them: (imports, vulnerable, safe).

X is the value under question; R stands for ``return`` so that a case may end a request handler.
"""

SINKS = {
    "command": ("CWE-78", [
        ("import os", "os.system('convert ' + X)", "import shlex\n    os.system('convert ' + shlex.quote(X))"),
        ("import subprocess", "subprocess.run(f'ls {X}', shell=True)", "subprocess.run(['ls', '--', X])"),
        ("import subprocess", "subprocess.check_output(['sh', '-c', 'cat %s' % X])", "subprocess.check_output(['cat', X])"),
        ("import asyncio", "asyncio.create_subprocess_shell(X)", "asyncio.create_subprocess_exec('ls', X)"),
        ("import os", "os.popen(X).read()", "os.popen('uptime').read()"),
    ]),
    "code": ("CWE-95", [
        ("import ast", "eval(X)", "ast.literal_eval(X)"),
        ("", "exec('y = ' + X)", "exec('y = 1')"),
        ("import pandas as pd\ndf = pd.read_csv('a.csv')", "df.query(X)", "df.query('a > @b', local_dict={'b': X})"),
        ("import importlib", "importlib.import_module(X)", "importlib.import_module('numpy')"),
        ("import pandas as pd", "pd.eval(X)", "pd.to_numeric(X)"),
    ]),
    "load": ("CWE-502", [
        ("import pickle", "pickle.loads(X)", "import json\n    json.loads(X)"),
        ("import yaml", "yaml.load(X, Loader=yaml.Loader)", "yaml.load(X, Loader=yaml.SafeLoader)"),
        ("import joblib", "joblib.load(X)", "import skops.io\n    skops.io.load(X)"),
        ("import torch", "torch.load(X, weights_only=False)", "torch.load(X, weights_only=True)"),
        ("import numpy as np", "np.load(X, allow_pickle=True)", "np.load(X, allow_pickle=False)"),
        ("import dill", "dill.loads(X)", "dill.dumps(X)"),
    ]),
    "sql": ("CWE-89", [
        ("import sqlite3\ndb = sqlite3.connect('a.db')", "db.execute(\"SELECT * FROM t WHERE a = '\" + X + \"'\")", "db.execute('SELECT * FROM t WHERE a = ?', (X,))"),
        ("import psycopg2\ncur = psycopg2.connect('').cursor()", "cur.execute(f\"DELETE FROM t WHERE a = '{X}'\")", "cur.execute('DELETE FROM t WHERE a = %s', [X])"),
        ("from sqlalchemy import text, create_engine\nengine = create_engine('sqlite://')", "engine.connect().execute(text('SELECT ' + X))", "engine.connect().execute(text('SELECT :x'), {'x': X})"),
        ("import pandas as pd\nimport sqlite3\ncon = sqlite3.connect('a')", "pd.read_sql('SELECT * FROM t WHERE a = %s' % X, con)", "pd.read_sql('SELECT * FROM t WHERE a = ?', con, params=[X])"),
        ("import duckdb", "duckdb.sql('FROM t WHERE a = ' + X)", "duckdb.execute('FROM t WHERE a = ?', [X])"),
        ("from pymongo import MongoClient\nc = MongoClient().db.users", "c.find({'$where': 'this.a == ' + X})", "c.find({'a': str(X)})"),
    ]),
    "path": ("CWE-22", [
        ("import os", "open(os.path.join('/srv/models', X)).read()", "open(os.path.join('/srv/models', os.path.basename(X))).read()"),
        ("from pathlib import Path", "(Path('/srv') / X).read_text()", "(Path('/srv') / Path(X).name).read_text()"),
        ("from flask import send_file", "send_file('/srv/' + X)", "from flask import send_from_directory\n    send_from_directory('/srv', X)"),
        ("import os", "os.remove('/srv/' + X)", "from werkzeug.utils import secure_filename\n    os.remove('/srv/' + secure_filename(X))"),
        ("import shutil", "shutil.rmtree('/srv/' + X)", "shutil.rmtree('/srv/cache')"),
        ("from fastapi.responses import FileResponse", "FileResponse('/srv/' + X)", "FileResponse('/srv/index.html')"),
    ]),
    "ssrf": ("CWE-918", [
        ("import requests", "requests.get(X, timeout=5)", "requests.get('https://api.internal/items/' + X, timeout=5)"),
        ("import httpx", "httpx.post('http://' + X + '/hook')", "httpx.post('https://hooks.internal/hook', json={'x': X})"),
        ("import urllib.request", "urllib.request.urlopen(X)", "urllib.request.urlopen('https://api.internal/')"),
        ("import http.client", "http.client.HTTPSConnection(X)", "http.client.HTTPSConnection('api.internal')"),
        ("import aiohttp\nsession = aiohttp.ClientSession()", "session.get(X)", "session.get('https://api.internal/', params={'q': X})"),
    ]),
    "template": ("CWE-1336", [
        ("from flask import render_template_string", "render_template_string('<p>' + X)", "render_template_string('<p>{{ x }}', x=X)"),
        ("import jinja2", "jinja2.Template(X).render()", "jinja2.Template('{{ x }}').render(x=X)"),
        ("import jinja2\nenv = jinja2.Environment()", "env.from_string(f'hi {X}')", "env.from_string('hi {{ x }}')"),
        ("from mako.template import Template", "Template(X).render()", "Template('hi').render(x=X)"),
    ]),
    "xss": ("CWE-79", [
        ("from flask import make_response", "R make_response('<b>' + X + '</b>')", "import html\n    R make_response('<b>' + html.escape(X) + '</b>')"),
        ("from markupsafe import Markup", "R Markup('<b>' + X)", "from markupsafe import escape\n    R Markup('<b>') + escape(X)"),
        ("from fastapi.responses import HTMLResponse", "R HTMLResponse(f'<b>{X}</b>')", "R HTMLResponse('<b>hello</b>')"),
        ("from flask import jsonify", "R f'<h1>{X}</h1>'", "R jsonify(name=X)"),
        ("import streamlit as st", "st.markdown('<b>' + X, unsafe_allow_html=True)", "st.markdown('<b>' + X)"),
    ]),
    "redirect": ("CWE-601", [
        ("from flask import redirect", "R redirect(X)", "R redirect('/items/' + X)"),
        ("from fastapi.responses import RedirectResponse", "R RedirectResponse(X)", "from flask import url_for\n    R RedirectResponse(url_for('home', x=X))"),
    ]),
    "ldap": ("CWE-90", [
        ("import ldap\ncon = ldap.initialize('')", "con.search_s('dc=x', ldap.SCOPE_SUBTREE, '(uid=' + X + ')')", "from ldap.filter import escape_filter_chars\n    con.search_s('dc=x', ldap.SCOPE_SUBTREE, '(uid=' + escape_filter_chars(X) + ')')"),
        ("import ldap3\ncon = ldap3.Connection('')", "con.search('dc=x', f'(cn={X})')", "from ldap3.utils.conv import escape_filter_chars\n    con.search('dc=x', f'(cn={escape_filter_chars(X)})')"),
    ]),
    "xpath": ("CWE-643", [
        ("from lxml import etree\ntree = etree.parse('a.xml')", "tree.xpath(\"//u[@n='\" + X + \"']\")", "tree.xpath('//u[@n=$n]', n=X)"),
        ("import elementpath\nfrom xml.etree import ElementTree as ET\nroot = ET.parse('a.xml')", "elementpath.select(root, f'//u[{X}]')", "elementpath.select(root, '//u')"),
        ("from lxml import etree", "etree.XPath('//' + X)", "etree.XPath('//a')"),
    ]),
    "xml": ("CWE-611", [
        ("from lxml import etree", "etree.fromstring(X, etree.XMLParser(resolve_entities=True))", "etree.fromstring(X, etree.XMLParser(resolve_entities=False))"),
        ("import xml.sax", "p = xml.sax.make_parser()\n    p.setFeature(xml.sax.handler.feature_external_ges, True)\n    p.parse(X)", "p = xml.sax.make_parser()\n    p.setFeature(xml.sax.handler.feature_external_ges, False)\n    p.parse(X)"),
    ]),
    "log": ("CWE-117", [
        ("import logging", "logging.info('user ' + X)", "logging.info('user %r', X)"),
        ("import logging\nlog = logging.getLogger()", "log.warning(f'bad {X}')", "log.warning('bad ' + X.replace('\\n', ' ').replace('\\r', ' '))"),
    ]),
    "trust": ("CWE-501", [
        ("from flask import session", "session['role'] = X", "session['role'] = 'user'"),
    ]),
}

PRESENT = {  # no flow: what is written decides
    "hash": ("CWE-328", [
        ("import hashlib\nhashlib.md5(password).hexdigest()", "import hashlib\nhashlib.sha256(password).hexdigest()"),
        ("import hashlib\ntoken = hashlib.new('sha1', secret).hexdigest()", "import hashlib\ntoken = hashlib.new('sha512', secret).hexdigest()"),
        ("from cryptography.hazmat.primitives import hashes\nhashes.Hash(hashes.MD5())", "from cryptography.hazmat.primitives import hashes\nhashes.Hash(hashes.SHA256())"),
        ("import hashlib\nsignature = hashlib.sha1(body)", "import hashlib\nkey = hashlib.md5(body, usedforsecurity=False)"),
    ]),
    "cipher": ("CWE-327", [
        ("from Crypto.Cipher import AES\nAES.new(key, AES.MODE_ECB)", "from Crypto.Cipher import AES\nAES.new(key, AES.MODE_GCM)"),
        ("from Crypto.Cipher import DES3\nDES3.new(key, DES3.MODE_CBC)", "from Crypto.Cipher import ChaCha20_Poly1305\nChaCha20_Poly1305.new(key=key)"),
        ("from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\nCipher(algorithms.ARC4(k), None)", "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\nCipher(algorithms.AES(k), modes.GCM(iv))"),
    ]),
    "random": ("CWE-338", [
        ("import random\ntoken = ''.join(random.choice('abc') for _ in range(20))", "import secrets\ntoken = ''.join(secrets.choice('abc') for _ in range(20))"),
        ("import random\npassword = str(random.randint(0, 10**9))", "import random\nrow = random.randint(0, 10**9)"),
        ("import numpy as np\nsession_key = np.random.bytes(16)", "import os\nsession_key = os.urandom(16)"),
        ("import random\ndef make_otp():\n    return random.randrange(1000000)", "import random\ndef pick_batch(rows):\n    return random.sample(rows, 32)"),
    ]),
    "tls": ("CWE-295", [
        ("import requests\nrequests.get('https://a.example', verify=False, timeout=3)", "import requests\nrequests.get('https://a.example', verify='/etc/ca.pem', timeout=3)"),
        ("import ssl\nctx = ssl._create_unverified_context()", "import ssl\nctx = ssl.create_default_context()"),
        ("import ssl\nctx = ssl.create_default_context()\nctx.check_hostname = False\nctx.verify_mode = ssl.CERT_NONE", "import ssl\nctx = ssl.create_default_context()\nctx.verify_mode = ssl.CERT_REQUIRED"),
        ("import paramiko\nc = paramiko.SSHClient()\nc.set_missing_host_key_policy(paramiko.AutoAddPolicy())", "import paramiko\nc = paramiko.SSHClient()\nc.set_missing_host_key_policy(paramiko.RejectPolicy())"),
        ("import httpx\nc = httpx.Client(verify=False)", "import httpx\nc = httpx.Client(verify=True)"),
    ]),
    "cookie": ("CWE-614", [
        ("from flask import make_response\nr = make_response('')\nr.set_cookie('sid', v, secure=False, httponly=True)", "from flask import make_response\nr = make_response('')\nr.set_cookie('sid', v, secure=True, httponly=True)"),
        ("from flask import make_response\nr = make_response('')\nr.set_cookie('session', v)", "from flask import make_response\nr = make_response('')\nr.delete_cookie('session')"),
    ]),
    "native": ("CWE-114", [
        ("import torch\ndef f(p):\n    torch.ops.load_library(p)", "import torch\ntorch.ops.load_library('libours.so')"),
        ("import tensorflow as tf\ndef f(p):\n    tf.load_op_library(p)", "import tensorflow as tf\ndef f(p):\n    tf.io.read_file(p)"),
        ("import onnxruntime as ort\ndef f(p):\n    o = ort.SessionOptions()\n    o.register_custom_ops_library(p)", "import onnxruntime as ort\ndef f(p):\n    o = ort.SessionOptions()\n    return ort.InferenceSession(p, o)"),
        ("import numpy as np\ndef f(p):\n    np.ctypeslib.load_library(p, '.')", "import numpy as np\nnp.ctypeslib.load_library('ours', '.')"),
        ("import ctypes\ndef f(p):\n    ctypes.CDLL(p)", "import ctypes\nctypes.CDLL('libc.so.6')"),
        ("import torch.package\ndef f(p):\n    torch.package.PackageImporter(p).load_pickle('m', 'm.pkl')", "import torch\ndef f(p):\n    torch.jit.load(p)"),
    ]),
    "archive": ("CWE-22", [
        ("import tarfile\ndef f(p):\n    tarfile.open(p).extractall('/srv')", "import tarfile\ndef f(p):\n    tarfile.open(p).extractall('/srv', filter='data')"),
        ("import tarfile\ndef f(p):\n    with tarfile.open(p) as t:\n        t.extractall()", "import zipfile\ndef f(p):\n    with zipfile.ZipFile(p) as t:\n        t.namelist()"),
        ("import shutil\ndef f(p):\n    shutil.unpack_archive(p, '/srv')", "import shutil\ndef f(p):\n    shutil.unpack_archive(p, '/srv', filter='data')"),
    ]),
    "hub": ("CWE-494", [
        ("from transformers import AutoModel\nm = AutoModel.from_pretrained('org/model')", "from transformers import AutoModel\nm = AutoModel.from_pretrained('org/model', revision='0123456789abcdef0123456789abcdef01234567')"),
        ("from huggingface_hub import snapshot_download\np = snapshot_download('org/model', revision='main')", "from huggingface_hub import snapshot_download\np = snapshot_download('org/model', revision='0123456789abcdef0123456789abcdef01234567')"),
        ("from datasets import load_dataset\nd = load_dataset('org/data')", "from datasets import load_dataset\nd = load_dataset('csv', data_files='rows.csv')"),
        ("from sentence_transformers import SentenceTransformer\nm = SentenceTransformer('org/model')", "from sentence_transformers import SentenceTransformer\nm = SentenceTransformer('./models/ours')"),
    ]),
    "pickled": ("CWE-502", [
        ("import torch.distributed as dist\nobjects = [None]\ndist.broadcast_object_list(objects)", "import torch.distributed as dist\ndist.broadcast(tensor, 0)"),
        ("import msgpack_numpy\nmsgpack_numpy.patch()", "import msgpack\nmsgpack.unpackb(data)"),
        ("import pandas as pd\ndef f(p):\n    return pd.read_pickle(p)", "import pandas as pd\ndef f(p):\n    return pd.read_parquet(p)"),
        ("import tensorflow as tf\ndef f(p):\n    return tf.keras.models.load_model(p, safe_mode=False)", "import tensorflow as tf\ndef f(p):\n    return tf.keras.models.load_model(p, safe_mode=True)"),
        ("import h5py, keras\nkeras.config.enable_unsafe_deserialization()", "import keras\nkeras.config.set_floatx('float32')"),
        ("import cloudpickle\ndef f(p):\n    return cloudpickle.load(open(p, 'rb'))", "import json\ndef f(p):\n    return json.load(open(p))"),
        ("from skops.io import load\ndef f(p):\n    return load(p, trusted=True)", "from skops.io import load\ndef f(p):\n    return load(p, trusted=['a.B'])"),
    ]),
}
