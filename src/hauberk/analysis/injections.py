# SPDX-License-Identifier: Apache-2.0
"""Calls in which a stranger's text becomes a query, a path, an address, a page: a table, and what finds its rows.

A row is a kind of sink, the names of functions, and which argument counts. ``*.verb`` is a method of an object that
nobody can look up, or that a library made; position -1 is the object itself. Sources: CWE's pages, and the libraries'
own documentation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_sinks import flag
from hauberk.analysis.injections_logged import written
from hauberk.analysis.injections_pages import SERVED, pages
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call, Scope, name_of, text_of

_TABLE = """
sql       0 sql            *.execute *.executemany *.executescript sqlalchemy.text sqlalchemy.sql.text *.raw
sql       0 sql            sqlmodel.text
sql       1 where          *.extra
sql       0 select         *.extra
sql       0 sql            *.RawSQL
sql       0 sql            pandas.read_sql pandas.read_sql_query duckdb.sql duckdb.query duckdb.execute
sql       0 sql            *.copy_expert
sql       0 sql            django.db.models.expressions.RawSQL *.exec_driver_sql *.executesql *.selectExpr
sql       0 sql            sqlite3.complete_statement
sql       0 sqlQuery       *.sql
sql       0 filter         *.find *.find_one *.aggregate *.delete_many *.delete_one *.update_many *.count_documents
path      0 file           builtins.open io.open codecs.open gzip.open bz2.open lzma.open aiofiles.open os.open
path      0 file           fileinput.input
path      0 path           os.remove os.unlink os.rmdir os.removedirs os.mkdir os.makedirs os.listdir os.scandir
path      0 path           os.walk os.chmod
path      0 path           shutil.rmtree shutil.copy shutil.copyfile shutil.move shutil.copytree os.rename
path      0 path           os.replace os.truncate
path      1 dst            shutil.copy shutil.copyfile shutil.move shutil.copytree os.rename os.replace
path      0 path           flask.send_file fastapi.responses.FileResponse starlette.responses.FileResponse
path      0 path           flask.helpers.send_file
path      0 path           django.http.FileResponse aiohttp.web.FileResponse *.write_pdf glob.glob glob.iglob
path      0 path           zipfile.ZipFile tarfile.open
path     -1 -              *.read_text *.read_bytes *.write_text *.write_bytes *.unlink *.rmdir *.iterdir *.touch
path     -1 -              *.rglob
path      0 dst            *.save *.savefig *.to_csv *.to_parquet *.to_pickle *.save_model *.save_pretrained
path      0 dst            *.extractall
path      0 path           numpy.load numpy.save numpy.loadtxt pandas.read_csv pandas.read_parquet pandas.read_json
path      0 path           PIL.Image.open
path      0 path           safetensors.torch.load_file safetensors.safe_open onnxruntime.InferenceSession cv2.imread
path      0 path           torch.jit.load
path      0 path           tensorflow.saved_model.load tensorflow.keras.models.load_model keras.models.load_model
path      0 path           sqlite3.connect
ssrf      0 url            requests.get requests.post requests.put requests.delete requests.patch requests.head
ssrf      0 url            requests.options
ssrf      1 url            requests.request httpx.request httpx.stream urllib3.request aiohttp.request
ssrf      0 url            httpx.get httpx.post httpx.put httpx.delete httpx.patch httpx.head httpx.options
ssrf      0 url            urllib2.urlopen
ssrf      0 url            urllib.request.urlopen urllib.request.Request urllib.request.urlretrieve urllib.urlopen
ssrf      0 url            wget.download
ssrf      0 host           http.client.HTTPConnection http.client.HTTPSConnection urllib3.connection_from_url
ssrf      0 host           websocket.create_connection
ssrf      0 url            websockets.connect playwright.sync_api.sync_playwright pycurl.Curl().setopt
ssrf      0 url            feedparser.parse gdown.download
ssrf      0 url            *SESSION.get *SESSION.post *SESSION.put *SESSION.delete *SESSION.patch *SESSION.head
ssrf      0 url            *SESSION.options
ssrf      1 url            *SESSION.request *SESSION.stream
template  0 source         flask.render_template_string jinja2.Template mako.template.Template
template  0 source         django.template.Template *.from_string
template  0 source         jinja2.Environment().from_string jinja2.sandbox.Environment().from_string
template  0 source         chameleon.PageTemplate
template  0 source         langchain_core.prompts.PromptTemplate.from_template@jinja2 tornado.template.Template
html      0 response       flask.make_response flask.Response django.http.HttpResponse
html      0 response       fastapi.responses.HTMLResponse
html      0 content        starlette.responses.HTMLResponse markupsafe.Markup flask.Markup
html      0 content        django.utils.safestring.mark_safe
html      0 content        IPython.display.HTML gradio.HTML dominate.util.raw werkzeug.wrappers.Response
html      0 content        sanic.response.html
html      9 text           aiohttp.web.Response@content_type=text/html
html      0 body           aiohttp.web.Response@content_type=text/html
html      0 content        fastapi.Response@media_type=text/html fastapi.responses.Response@media_type=text/html
html      0 content        starlette.responses.Response@media_type=text/html
html      0 body           streamlit.components.v1.html streamlit.markdown@unsafe_allow_html
html      0 body           streamlit.write@unsafe_allow_html
redirect  0 location       flask.redirect fastapi.responses.RedirectResponse starlette.responses.RedirectResponse
redirect  0 location       werkzeug.utils.redirect
redirect  0 redirect_to    django.http.HttpResponseRedirect django.shortcuts.redirect quart.redirect bottle.redirect
redirect  0 url            aiohttp.web.HTTPFound sanic.response.redirect django.http.HttpResponsePermanentRedirect
ldap      2 filterstr      *.search_s *.search_ext_s *.search_st *.search_ext *.search_ext_async
ldap      1 search_filter  ldap3.Connection().search
ldap      0 base           *.search_s *.search_ext_s
xpath     0 path           *.xpath lxml.etree.XPath lxml.etree.ETXPath
xpath     1 path           elementpath.select elementpath.iter_select
xpath     0 path           xml.etree.ElementTree.parse().find xml.etree.ElementTree.parse().findall
xpath     0 path           xml.etree.ElementTree.fromstring().find
xpath     0 path           xml.etree.ElementTree.fromstring().findall xml.etree.ElementTree.parse().findtext
log       0 msg            *LOG.debug *LOG.info *LOG.warning *LOG.warn *LOG.error *LOG.critical *LOG.exception
log       1 msg            *LOG.log
native    0 path           torch.ops.load_library torch.classes.load_library tensorflow.load_library
native    0 path           tensorflow.load_op_library
native    0 name           ctypes.CDLL ctypes.cdll.LoadLibrary ctypes.PyDLL numpy.ctypeslib.load_library
native    0 name           cffi.FFI().dlopen
native    0 path           onnxruntime.SessionOptions().register_custom_ops_library *.register_custom_ops_library
native    0 name           torch.utils.cpp_extension.load tensorflow.experimental.register_filesystem_plugin
native    0 name           triton.compile
"""
_SESSIONS = re.compile(
    r"(?:requests\.(?:\w+\.)*(?:Session|session)|httpx\.(?:Async)?Client|aiohttp\.(?:\w+\.)*ClientSession"
    r"|urllib3\.(?:\w+\.)*PoolManager|requests_html\.HTMLSession|cloudscraper\.create_scraper)\(\)"
)
_LOGS = re.compile(
    r"(?:logging|loguru\.logger|logging\.getLogger\(\)|structlog\.get_logger\(\)|(?:\w+\.)*app\.logger"
    r"|flask\.Flask\(\)\.logger)"
)


@dataclass(frozen=True, slots=True)
class Row:
    """Functions of one kind whose one argument counts."""

    kind: str
    position: int
    keyword: str
    name: str
    flag: str
    """A keyword that has to be set, such as ``unsafe_allow_html``."""


@dataclass(frozen=True, slots=True)
class Place:
    """An argument of a call, or an answer, that must not be a stranger's."""

    kind: str
    node: Node
    scope: Scope
    at: Node
    name: str
    """What it is given to, for the message."""


def _rows() -> dict[str, list[Row]]:
    """Rows by the last part of their names."""
    rows: dict[str, list[Row]] = {}
    for line in _TABLE.strip().splitlines():
        kind, position, keyword, *names = line.split()
        for named in names:
            name, _, needed = named.partition("@")
            rows.setdefault(name.rpartition(".")[2], []).append(Row(kind, int(position), keyword, name, needed))
    return rows


_ROWS = _rows()
_NAMES = frozenset(name.encode() for name in _ROWS)
_SERVED = frozenset({b"flask", b"quart", b"bottle", b"route"})
"""Names in every module that answers with pages, or keeps what it is told in a session."""
FLOW = {"redirect": "url", "ssrf": "url", "xml": "any", "native": "any"}
"""Kinds whose flow is that of another kind."""


def places(module: Module) -> dict[str, list[Place]]:
    """Every place of the table in a module, by kind; worked out once for all rules."""
    if not (module.holds(_NAMES) or module.holds(_SERVED) or module.holds(SERVED)):
        return {}
    key = ("places", 0)
    known = module.root.memory.get(key)
    if known is None:
        found: dict[str, list[Place]] = {}
        for place in _find(module):
            found.setdefault(place.kind, []).append(place)
        known = module.root.memory[key] = found
    return cast("dict[str, list[Place]]", known)


def _find(module: Module) -> Iterator[Place]:
    for call in module.calls_of(_NAMES):
        last = call.function.child_by_field_name("attribute") or call.function
        if last.type != "identifier":
            continue
        verb = name_of(last)
        names: tuple[str, ...] | None = None
        if verb not in _ROWS:
            if call.function.type != "identifier" or call.scope.look(verb) is None:
                continue
            names = dotted(call.function, call.scope)  # an alias hides the function's own name
        else:
            names = dotted(call.function, call.scope)
        verbs = {verb, *(name.rpartition(".")[2] for name in names)}
        seen: set[tuple[str, int]] = set()
        for row in (row for one in sorted(verbs) for row in _ROWS.get(one, ())):
            node = _argument(call, row) if _fits(row, verb, names, call) else None
            if node is not None and (row.kind, node.id) not in seen:
                seen.add((row.kind, node.id))
                yield from (
                    Place(row.kind, one, call.scope, call.node, _shown(row, names))
                    for one in (node, *_formatted(call, row, names))
                )
    for node, scope, at, name in pages(module):
        yield Place("html", node, scope, at, name)
    if module.holds(_SERVED):
        yield from _kept(module)


def _formatted(call: Call, row: Row, names: tuple[str, ...]) -> Iterator[Node]:
    """What a logger writes into its message itself."""
    if row.kind == "log":
        yield from written(call, row.position, braces=any(name.startswith("loguru.") for name in names))


def _shown(row: Row, names: tuple[str, ...]) -> str:
    name = next(iter(names), "") if row.name.startswith("*") else row.name
    return (name or row.name.partition(".")[2]).replace("()", "").removeprefix("builtins.")


def _fits(  # noqa: PLR0911  one answer for each form of a name
    row: Row, verb: str, names: tuple[str, ...], call: Call
) -> bool:
    """Whether a call may be of a row's function."""
    if row.flag and row.flag != "jinja2" and not _is_set(call, row.flag):
        return False
    owner, _, method = row.name.partition(".") if row.name.startswith("*") else ("", "", "")
    if not owner:
        return row.name in names
    if method != verb or call.function.type != "attribute":
        return False
    if owner == "*SESSION":
        return any(_SESSIONS.match(name) for name in names) or _is_client(call)
    if owner == "*LOG":
        return any(_LOGS.match(name) for name in names) or _is_logger(call)
    if method == "from_string" and names and all("andbox" in name for name in names):
        return False
    if method == "sql":
        return not names or any("spark" in name.lower() for name in names)
    owners = [name.rpartition(".")[0] for name in names]
    return not names or any("()" in one or one.endswith(".objects") or one.startswith(".") for one in owners)


def _is_set(call: Call, needed: str) -> bool:
    """Whether a keyword is true, or begins with the text that it has to."""
    keyword, sign, begin = needed.partition("=")
    if not sign:
        return flag(call, keyword) is True
    known = constant(call.keywords[keyword], call.scope) if keyword in call.keywords else None
    return isinstance(known, str) and known.startswith(begin)


def _is_client(call: Call) -> bool:
    """An HTTP client by its usual name, where nobody can look up what it is."""
    owner = call.function.child_by_field_name("object")
    named = text_of(owner).lower().rpartition(".")[2] if owner is not None else ""
    return named in ("http", "http_client", "httpx_client", "http_session", "requests_session", "aiohttp_session")


def _is_logger(call: Call) -> bool:
    owner = call.function.child_by_field_name("object")
    named = text_of(owner).lower().rpartition(".")[2].strip("_") if owner is not None else ""
    return named in ("logger", "log", "logging")


def _argument(call: Call, row: Row) -> Node | None:
    if row.position < 0:
        return call.function.child_by_field_name("object")
    node = call.argument(row.position, row.keyword)
    return _filter(call, node) if row.keyword == "filter" and node is not None else node


def _filter(call: Call, node: Node) -> Node | None:
    """What of a document store's filter is run, or read as operators: one that is not written out, and ``$where``."""
    if node.type == "dictionary":
        for pair in node.named_children:
            key = pair.child_by_field_name("key")
            if key is not None and text_of(key).strip("'\"") in ("$where", "$expr", "$function", "$accumulator"):
                return pair.child_by_field_name("value")
        return None
    bound = (one for bindings in call.scope.root.bindings.values() for one in bindings[:1])
    return node if any(one.how == "import" and re.search("mongo|motor|beanie", one.target) for one in bound) else None


def _kept(module: Module) -> Iterator[Place]:
    """``session["role"] = value``: what is kept there is believed later."""
    for scope in module.scopes.values():
        for name, additions in scope.changes.items():
            if "session" not in name.lower():
                continue
            found = scope.look(name)
            if not any(
                one.how == "import" and one.target in ("flask.session", "quart.session")
                for one in (found[1] if found else ())
            ):
                continue
            for one in additions:
                target = (
                    one.node.parent.child_by_field_name("left")
                    if one.node is not None and one.node.parent is not None
                    else None
                )
                if one.node is not None:
                    yield Place("trust", one.node, one.scope, one.node, "the session")
                if target is not None and target.type == "subscript":
                    yield from (
                        Place("trust", key, one.scope, target, "the session")
                        for key in target.children_by_field_name("subscript")
                    )
