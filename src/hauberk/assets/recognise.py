# SPDX-License-Identifier: Apache-2.0
"""Tells what a file is, by its content first and its name second; never executes or imports it.

Order of judgement: content that only one format can begin with (magic numbers, pickle opcodes), then names and
suffixes that claim a structured format, then what text says of itself, then harmless suffixes, then ``text`` or
``binary``. So a pickle named ``notes.txt`` is a model, and a ``model.pkl`` full of noise is one too: some card claims
it and says that it cannot be read.
"""

import bz2
import io
import lzma
import pickletools
import re
import zlib
from collections.abc import Iterator

from hauberk.assets import recognise_shape as shape
from hauberk.core.scales import Kind

HEAD = 16384
"""Bytes of a file's beginning that recognition needs."""

Recognised = tuple[Kind, str]

PICKLES = frozenset({"pkl", "pickle", "pck", "pcl", "joblib", "pt", "pth", "ckpt", "dill", "cloudpickle"})
"""Suffixes that claim a pickle, plain, zipped or compressed."""

MAGIC: tuple[tuple[bytes, Kind, str], ...] = (
    (b"\x93NUMPY", Kind.DATASET, "npy"),
    (b"\x89HDF\r\n\x1a\n", Kind.MODEL, "hdf5"),
    (b"GGUF", Kind.MODEL, "gguf"),
    (b"CBM1", Kind.MODEL, "catboost"),
    (b"PAR1", Kind.DATASET, "parquet"),
    (b"ARROW1", Kind.DATASET, "arrow"),
    (b"FEA1", Kind.DATASET, "feather"),
    (b"\x89PNG\r\n\x1a\n", Kind.OTHER, "png"),
    (b"\xff\xd8\xff", Kind.OTHER, "jpeg"),
    (b"GIF87a", Kind.OTHER, "gif"),
    (b"GIF89a", Kind.OTHER, "gif"),
    (b"\x00\x00\x01\x00", Kind.OTHER, "ico"),
    (b"%PDF-", Kind.OTHER, "pdf"),
    (b"\x7fELF", Kind.OTHER, "elf"),
    (b"\x00asm", Kind.OTHER, "wasm"),
    (b"\xcf\xfa\xed\xfe", Kind.OTHER, "mach-o"),
    (b"SQLite format 3\x00", Kind.OTHER, "sqlite"),
    (b"wOFF", Kind.OTHER, "font"),
    (b"wOF2", Kind.OTHER, "font"),
    (b"7z\xbc\xaf\x27\x1c", Kind.OTHER, "7z"),
    (b"\x28\xb5\x2f\xfd", Kind.OTHER, "zstd"),
)
"""First bytes; those that could open a text count only where the head is binary."""

SQUEEZED: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x5d\x00\x00", "lzma"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"x\x01", "zlib"),
    (b"x\x5e", "zlib"),
    (b"x\x9c", "zlib"),
    (b"x\xda", "zlib"),
)
"""Compressed streams, each with the name of its format."""

CLAIMS: dict[str, Recognised] = {
    **dict.fromkeys(PICKLES, (Kind.MODEL, "pickle")),
    **dict.fromkeys(("py", "pyw"), (Kind.CODE, "python")),
    "pyi": (Kind.CODE, "python-stub"),
    "ipynb": (Kind.NOTEBOOK, "notebook"),
    "npy": (Kind.DATASET, "npy"),
    "npz": (Kind.DATASET, "npz"),
    "onnx": (Kind.MODEL, "onnx"),
    "safetensors": (Kind.MODEL, "safetensors"),
    "gguf": (Kind.MODEL, "gguf"),
    "keras": (Kind.MODEL, "keras"),
    "h5": (Kind.MODEL, "hdf5"),
    "hdf5": (Kind.MODEL, "hdf5"),
    "tflite": (Kind.MODEL, "tflite"),
    "pmml": (Kind.MODEL, "pmml"),
    "skops": (Kind.MODEL, "skops"),
    "cbm": (Kind.MODEL, "catboost"),
    "ubj": (Kind.MODEL, "xgboost-ubj"),
    "mar": (Kind.MODEL, "mar"),
    "nemo": (Kind.MODEL, "nemo"),
    "pte": (Kind.MODEL, "executorch"),
    "pb": (Kind.MODEL, "tensorflow-graph"),
    "mlmodel": (Kind.MODEL, "coreml"),
    "csv": (Kind.DATASET, "csv"),
    "tsv": (Kind.DATASET, "tsv"),
    "parquet": (Kind.DATASET, "parquet"),
    "arrow": (Kind.DATASET, "arrow"),
    "feather": (Kind.DATASET, "feather"),
    "jsonl": (Kind.DATASET, "jsonl"),
    "ndjson": (Kind.DATASET, "jsonl"),
    "tf": (Kind.MANIFEST, "terraform"),
    "tfvars": (Kind.MANIFEST, "terraform"),
    "dockerfile": (Kind.IMAGE, "dockerfile"),
    "containerfile": (Kind.IMAGE, "dockerfile"),
}
"""Suffixes that claim a structured format whatever the content is."""

NAMES: dict[str, Recognised] = {
    **dict.fromkeys(
        ("tokenizer_config.json", "chat_template.json", "chat_template.jinja", "processor_config.json"),
        (Kind.MODEL, "chat-template"),
    ),
    "saved_model.pb": (Kind.MODEL, "savedmodel"),
}
"""Whole names that claim a structured format; tokenizers keep the template of a chat under four of them."""

CODE: dict[str, str] = {
    **dict.fromkeys(("js", "mjs", "cjs", "jsx"), "javascript"),
    **dict.fromkeys(("ts", "tsx"), "typescript"),
    **dict.fromkeys(("sh", "bash", "zsh", "ksh", "fish"), "shell"),
    **dict.fromkeys(("c", "h"), "c"),
    **dict.fromkeys(("cc", "cpp", "cxx", "hpp", "hh", "hxx"), "cpp"),
    **dict.fromkeys(("cu", "cuh"), "cuda"),
    **dict.fromkeys(("pyx", "pxd", "pxi"), "cython"),
    **{name: name for name in ("go", "java", "kt", "scala", "rb", "php", "lua", "sql", "css", "swift", "vue", "proto")},
    "rs": "rust",
    "cs": "csharp",
    "r": "r",
    "jl": "julia",
    "ps1": "powershell",
    "bat": "batch",
}

DOCUMENTS: dict[str, str] = {
    **dict.fromkeys(("md", "markdown", "mdx"), "markdown"),
    **dict.fromkeys(("htm", "html", "xhtml"), "html"),
    **dict.fromkeys(("ini", "cfg", "conf", "env", "properties", "pypirc", "npmrc", "netrc"), "ini"),
    **dict.fromkeys(("json", "geojson", "json5", "jsonc", "webmanifest"), "json"),
    **dict.fromkeys(("xml", "svg", "xsd", "xsl"), "xml"),
    **{name: name for name in ("rst", "toml", "tex", "bib")},
}

TABLES = frozenset({"csv", "tsv"})
"""Suffixes of tables that stay tables under a compression: ``people.csv.gz``."""

_YAML = ("yaml", "yml")
_LICENCE = re.compile(r"(?:licen[cs]e|copying|notice)(?:[-._].*)?")
_COMPOSE = re.compile(r"(?:docker-|podman-)?compose(?:[-._].*)?\.ya?ml")
_DOCKERFILE = re.compile(r"(?:dockerfile|containerfile)(?:[-._].*)?")
_SHEBANG = re.compile(rb"#![^\n]*?\b(python|pypy|bash|zsh|ksh|dash|sh|node)[\d.]*\b")
_INTERPRETERS = {"python": "python", "pypy": "python", "node": "javascript"}
_FROM = re.compile(
    rb"\A(?:[ \t]*(?:#[^\n]*|ARG[ \t]+\w+[^\n]*|\r)?\n)*[ \t]*FROM[ \t]+(?:--platform=\S+[ \t]+)?[\w$]\S*"
    rb"(?:[ \t]+AS[ \t]+\S+)?[ \t]*(?:\r?\n|\Z)",
    re.IGNORECASE,
)
_INSTRUCTION = re.compile(rb"^\s*(?:RUN|COPY|CMD|ENTRYPOINT|WORKDIR|EXPOSE|ADD|USER)[ \t]+\S", re.MULTILINE)
_TEMPLATE = re.compile(rb"^[^#'\"\n]*(?<!\$)\{\{", re.MULTILINE)
_API = re.compile(rb"^(?:- )?[\"']?apiVersion[\"']?\s*:\s*\S", re.MULTILINE)
_RESOURCE = re.compile(rb"^(?:[- ] )?[\"']?kind[\"']?\s*:\s*\S", re.MULTILINE)
_SERVICES = re.compile(rb"^services[ \t]*:[ \t\r]*$", re.MULTILINE)
_SERVICE = re.compile(rb"^[ \t]+(?:image|build)[ \t]*:", re.MULTILINE)
_PRODUCER = re.compile(rb"\A\x08[\x01-\x1e]\x12([\x01-\x40])([ -~]+)")
_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_CALLS = frozenset({"INST", "REDUCE", "BUILD", "NEWOBJ", "NEWOBJ_EX", "OBJ"})
_CLASSES = frozenset({"GLOBAL", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4"}) | _CALLS
_MARK = b"("
_EFFECTS = {
    opcode.code.encode("latin-1"): (
        opcode.name in _CALLS,
        opcode.name in _CLASSES,
        None if pickletools.stackslice in opcode.stack_before else len(opcode.stack_before),
        len(opcode.stack_after),
    )
    for opcode in pickletools.opcodes
}
"""For each opcode: whether it calls, whether it names, how many values it takes (None: all since a mark) and gives."""
_CUT = ("remain", "newline", "exhausted")
"""Words of pickletools for an argument or a program that the end of the head cut off."""
_PROTO, _PROTOCOLS = 0x80, range(6)
_SAFETENSORS_HEADER = range(2, 100_000_001)
"""Lengths in bytes that the safetensors library accepts."""
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x08"))


def recognise(path: str, head: bytes) -> Recognised:
    """Kind and format of a file from its relative path and its first HEAD bytes; total over all bytes and names."""
    head = head[:HEAD]
    name = path.rpartition("/")[2].lower()
    suffix = name.rpartition(".")[2] if "." in name else ""
    return (
        _by_magic(name, suffix, head)
        or _by_claim(name, suffix, head)
        or (_by_text(name, suffix, head) if _is_text(head) else None)
        or _by_rest(name, suffix, head)
    )


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return b"\0" not in head and len(head.translate(None, _CONTROL)) >= len(head) * 0.98


def _by_magic(name: str, suffix: str, head: bytes) -> Recognised | None:
    """What the first bytes alone say."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return shape.of_zip(suffix, head)
    for squeezed, content_format in SQUEEZED:
        if head.startswith(squeezed):
            return _squeezed(name, head, content_format)
    for magic, kind, content_format in MAGIC:
        if head.startswith(magic) and not (_is_text(magic) and _is_text(head)):
            return kind, content_format
    return _by_layout(suffix, head)


def _by_layout(suffix: str, head: bytes) -> Recognised | None:
    """Formats without a magic number at their first byte."""
    producer = _PRODUCER.match(head) if suffix not in ("pb", "mlmodel") else None
    if found := shape.of_layout(suffix, head):
        return found
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") in _SAFETENSORS_HEADER:
        return Kind.MODEL, "safetensors"
    if _is_pickle(head):
        return Kind.MODEL, "pickle"
    if producer and len(producer[2]) >= producer[1][0]:
        return Kind.MODEL, "onnx"
    return (Kind.MODEL, "coreml") if shape.COREML.match(head) else None


def _squeezed(name: str, head: bytes, content_format: str) -> Recognised | None:
    """A compressed pickle, by its name or by its first bytes inside; else the compression's own name."""
    parts = name.split(".")[1:]
    if PICKLES.intersection(parts) or parts[-1:] == ["z"]:
        return Kind.MODEL, "joblib-compressed"
    inside = _inside(head, content_format)
    if inside and _is_pickle(inside):
        return Kind.MODEL, "joblib-compressed"
    if TABLES.intersection(parts[-2:-1]):
        return Kind.DATASET, parts[-2]
    if content_format in ("zlib", "lzma") and not inside:
        return None
    if content_format == "bzip2" and _is_text(head):
        return None
    return Kind.OTHER, content_format


def _inside(head: bytes, content_format: str) -> bytes:
    """Up to 4096 bytes of what a compressed head holds; empty where that cannot be told."""
    openers = {
        "gzip": lambda: zlib.decompressobj(31).decompress(head, 4096),
        "zlib": lambda: zlib.decompressobj(15).decompress(head, 4096),
        "bzip2": lambda: bz2.BZ2Decompressor().decompress(head, 4096),
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, 64 << 20).decompress(head, 4096),
        "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, 64 << 20).decompress(head, 4096),
    }
    try:
        return openers[content_format]() if content_format in openers else b""
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
        return b""


def _is_pickle(head: bytes) -> bool:
    """A PROTO opcode followed by another opcode, or opcodes throughout that name a class or call something."""
    if len(head) > len("\x80\x02") and head[0] == _PROTO and head[1] in _PROTOCOLS:
        return chr(head[2]) in _OPCODES
    if not head or chr(head[0]) not in _OPCODES:
        return False
    named = called = False
    depth, marks = 0, list[int]()
    try:
        for code in _codes(head):
            calls, names, pops, pushes = _EFFECTS[code]
            called |= calls
            named |= names
            if code == _MARK:
                marks.append(depth)
                continue
            if pops is None:
                depth = marks.pop() if marks else -1
            else:
                depth -= pops
            if depth < 0:  # no unpickler gets this far
                return False
            depth += pushes
    except ValueError as error:
        return called and any(word in str(error) for word in _CUT)
    return named


def _codes(head: bytes) -> Iterator[bytes]:
    """Opcodes up to STOP, as ``pickletools.genops`` gives them; raises ValueError with its words."""
    stream = io.BytesIO(head)
    while code := stream.read(1):
        opcode = _OPCODES.get(chr(code[0]))
        if opcode is None:
            raise ValueError("opcode unknown")
        if opcode.arg is not None:
            if opcode.arg.n <= 0:
                opcode.arg.reader(stream)
            elif len(stream.read(opcode.arg.n)) < opcode.arg.n:
                raise ValueError("not enough data in stream")
        yield code
        if code == b".":
            return
    raise ValueError("pickle exhausted before seeing STOP")


def _by_claim(name: str, suffix: str, head: bytes) -> Recognised | None:
    """Names that claim a structured format; a ``.pth`` of text lists folders for Python's own ``site``."""
    if suffix == "pth" and head and _is_text(head):
        return None
    if name in NAMES:
        return NAMES[name]
    if suffix in CLAIMS:
        return CLAIMS[suffix]
    if name.endswith(".tf.json"):
        return Kind.MANIFEST, "terraform"
    if _DOCKERFILE.fullmatch(name) and suffix not in CODE and suffix not in DOCUMENTS and suffix != "pyc":
        return Kind.IMAGE, "dockerfile"
    return None


def _by_text(name: str, suffix: str, head: bytes) -> Recognised | None:
    """What a text says of itself."""
    if not head.strip():
        return None
    if suffix in _YAML or name in ("mlmodel", "hauberk.lock"):
        return Kind.MANIFEST, "hauberk-lock" if name == "hauberk.lock" else _yaml(name, head)
    if suffix in CODE:
        return Kind.CODE, CODE[suffix]
    shebang = _SHEBANG.match(head)
    if shebang:
        return Kind.CODE, _INTERPRETERS.get(shebang[1].decode(), "shell")
    if suffix in DOCUMENTS and suffix not in ("json", "xml"):
        return Kind.DOCUMENT, DOCUMENTS[suffix]
    return shape.of_text(head) or (None if suffix in DOCUMENTS else _unnamed(head))


def _yaml(name: str, head: bytes) -> str:
    if name in ("hauberk.yaml", "hauberk.yml"):
        return "hauberk"
    if _TEMPLATE.search(head):
        return "helm-template"
    if _API.search(head) and _RESOURCE.search(head):
        return "kubernetes"
    if _COMPOSE.fullmatch(name) or (_SERVICES.search(head) and _SERVICE.search(head)):
        return "compose"
    return "yaml"


def _unnamed(head: bytes) -> Recognised | None:
    """Formats of files whose suffix says nothing."""
    if _FROM.match(head) and _INSTRUCTION.search(head):
        return Kind.IMAGE, "dockerfile"
    if _API.search(head) and _RESOURCE.search(head):
        return Kind.MANIFEST, "helm-template" if _TEMPLATE.search(head) else "kubernetes"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Kind.DOCUMENT, "html"
    if start.startswith(b"<?xml"):
        return Kind.DOCUMENT, "xml"
    return None


def _by_rest(name: str, suffix: str, head: bytes) -> Recognised:
    """Harmless suffixes, then text or binary."""
    if suffix in _YAML:
        return Kind.MANIFEST, _yaml(name, head)
    if not head:
        return Kind.OTHER, "empty"
    if suffix in CODE:
        return Kind.CODE, CODE[suffix]
    if suffix in DOCUMENTS:
        return Kind.DOCUMENT, DOCUMENTS[suffix]
    return (Kind.DOCUMENT, "text") if _is_text(head) else (Kind.OTHER, "binary")
