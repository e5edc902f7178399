# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-007 to HBK-MOD-013: what each must find, and what honest files have that it must not."""

import base64
import io
import json
import os
import pickle
import random
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from hauberk.analysis import model_archives, payloads
from hauberk.analysis.skops_schema import named
from hauberk.analysis.trees import astray
from hauberk.assets import coreml, lightgbm, pmml, tflite, xgboost
from hauberk.assets.archive import Member
from hauberk.assets.ensemble import Ensemble, Tree
from hauberk.checks.model.carried_program import carried_program
from hauberk.checks.model.coreml_classes import coreml_classes
from hauberk.checks.model.model_archive import model_archive
from hauberk.core.errors import CannotLook, Malformed
from hauberk.core.scales import Severity
from tests.checks.trial import messages, on_files, outcomes

SAMPLES = Path(__file__).parents[3] / "samples"


# trees

WALKS = {
    "a child outside": Tree(0, (1, -1, -1), (9, -1, -1), (0,), 3),
    "a child below zero": Tree(0, (-7, -1, -1), (2, -1, -1), (0,), 3),
    "a root that is its own child": Tree(0, (0, -1), (1, -1), (0,), 3),
    "a circle further down": Tree(0, (1, 0, -1), (2, 2, -1), (0, 0), 3),
    "two parents of one child": Tree(0, (1, 2, -1), (2, 2, -1), (0, 0), 3),
    "a feature outside": Tree(0, (1, -1, -1), (2, -1, -1), (3,), 3),
    "a feature below zero": Tree(0, (1, -1, -1), (2, -1, -1), (-1,), 0),
}
STRAIGHT = {
    "a stump": Tree(0, (-1,), (-1,), (), 3),
    "one split": Tree(0, (1, -1, -1), (2, -1, -1), (2,), 3),
    "a node that was deleted": Tree(0, (1, -1, -1, -1), (3, -1, -1, -1), (2,), 3),
    "features that nobody counted": Tree(0, (1, -1, -1), (2, -1, -1), (900,), 0),
}


@pytest.mark.parametrize("label", WALKS)
def test_a_tree_that_leads_astray_is_found(label):
    assert list(astray(Ensemble((WALKS[label],), (), ())))


@pytest.mark.parametrize("label", STRAIGHT)
def test_a_tree_that_can_be_walked_is_none(label):
    assert not list(astray(Ensemble((STRAIGHT[label],), (), ())))


LIGHTGBM = (SAMPLES / "HBK-MOD-008/good/lightgbm.txt").read_text()
UNREAD = {
    "a tree that is missing": LIGHTGBM.replace("Tree=0", "Tree=1", 1),
    "another number of trees": LIGHTGBM.replace("tree_sizes=", "tree_sizes=1 ", 1),
    "a name twice": LIGHTGBM.replace("num_cat=0", "num_cat=0\nnum_cat=0", 1),
    "too few children": LIGHTGBM.replace("num_leaves=4", "num_leaves=5", 1),
    "words for numbers": LIGHTGBM.replace("split_feature=", "split_feature=x ", 1),
    "content behind the end": LIGHTGBM + "more\n",
    "no end of its parameters": LIGHTGBM.partition("end of parameters")[0],
}


@pytest.mark.parametrize("label", UNREAD)
def test_a_text_of_trees_that_is_not_whole_is_malformed(label):
    with pytest.raises(Malformed):
        lightgbm.read(UNREAD[label].encode())


@pytest.mark.parametrize("text", ['{"learner": 1}', '{"learner": {}, "learner": {}}', "[]", "", '{"learner":', "NaN"])
def test_a_document_that_is_no_model_of_xgboost_is_malformed(text):
    with pytest.raises(CannotLook):
        xgboost.read(text.encode())


# skops


def node(module: str, name: str, loader: str, content: object = None) -> dict[str, object]:
    return {"__module__": module, "__class__": name, "__loader__": loader, "content": content}


SCHEMAS = {
    "os.system": (node("posix", "system", "TypeNode"), Severity.CRITICAL),
    "eval": (node("builtins", "eval", "FunctionNode"), Severity.CRITICAL),
    "getattr, whose contract is of pickles": (node("builtins", "getattr", "FunctionNode"), Severity.CRITICAL),
    "methodcaller": (node("operator", "methodcaller", "OperatorFuncNode"), Severity.CRITICAL),
    "within a step": (
        node("builtins", "list", "ListNode", [node("subprocess", "run", "FunctionNode")]),
        Severity.CRITICAL,
    ),
    "a reduce of joblib.load": (node("joblib", "load", "ConstructorFromReduceNode"), Severity.CRITICAL),
    "a class that nobody knows": (node("mine", "Model", "ObjectNode"), Severity.MEDIUM),
}
HONEST = {
    "a ufunc": node("numpy", "log1p", "TypeNode"),
    "a ufunc of scipy": node("scipy.special._ufuncs", "expit", "TypeNode"),
    "an estimator": node("sklearn.linear_model._logistic", "LogisticRegression", "ObjectNode"),
    "a value": node("anything", "at_all", "JsonNode"),
    "a partial of nothing bad": node("functools", "partial", "PartialNode", node("numpy", "log1p", "FunctionNode")),
}


@pytest.mark.parametrize("label", SCHEMAS)
def test_a_schema_that_needs_what_is_not_allowed_is_found(label):
    schema, severity = SCHEMAS[label]
    assert max(one.severity for one in named(schema)) == severity


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_schema_is_clean(label):
    assert not list(named(HONEST[label]))


def test_a_loader_that_is_not_known_is_never_clean():
    with pytest.raises(CannotLook):
        list(named(node("builtins", "int", "NewNode")))


# TensorFlow Lite


def test_an_operator_of_tensorflow_that_only_computes_is_clean():
    data = (SAMPLES / "HBK-MOD-009/bad/flex.tflite").read_bytes()
    assert [one.name for one in tflite.read(data).custom if "Write" in one.name] == ["FlexWriteFile"]
    harmless = data.replace(b"FlexWriteFile", b"FlexMatMulABC")
    assert "FlexMatMulABC" in [one.name for one in tflite.read(harmless).custom]


@pytest.mark.parametrize("where", ["the root", "the table of the root"])
def test_an_offset_that_leads_outside_is_never_clean(where):
    data = bytearray((SAMPLES / "HBK-MOD-009/good/honest.tflite").read_bytes())
    at = 0 if where == "the root" else struct.unpack_from("<I", data)[0]
    data[at : at + 4] = b"\xff\xff\xff\x7f"
    with pytest.raises(Malformed):
        tflite.read(bytes(data))


# Core ML


def field(number: int, value: bytes | int) -> bytes:
    def varint(n: int) -> bytes:
        return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def nested(*path: int, value: bytes) -> bytes:
    for number in reversed(path):
        value = field(number, value)
    return value


HEAD = field(1, 4) + field(2, nested(1, 1, value=b"x"))
BLOB = (502, 2, 2, 3, 2, 3, 5, 2, 5, 1)
CLASSES = {
    "weights by an absolute path": nested(*BLOB, value=b"/etc/passwd"),
    "weights by a parent": nested(*BLOB, value=b"@model_path/../../weights.bin"),
    "a custom model": nested(555, 10, value=b"Payload"),
    "a custom layer in a branch": nested(500, 1, 605, 1, 1, 500, 10, value=b"Payload"),
    "a custom layer in a pipeline": field(202, nested(1, value=HEAD + nested(403, 1, 500, 10, value=b"Payload"))),
    "an operation of one's own": nested(502, 2, 2, 3, 2, 3, 1, value=b"custom_layer"),
}


@pytest.mark.parametrize("label", CLASSES)
def test_a_class_or_file_outside_is_found(label, tmp_path):
    found = on_files(coreml_classes, tmp_path, {"m.mlmodel": HEAD + CLASSES[label]})
    assert outcomes(found) == {"found"}


@pytest.mark.parametrize(
    "rest", [nested(*BLOB, value=b"@model_path/weights/weight.bin"), nested(502, 2, 2, 3, 2, 3, 1, value=b"relu")]
)
def test_weights_in_the_package_are_clean(rest, tmp_path):
    assert outcomes(on_files(coreml_classes, tmp_path, {"m.mlmodel": HEAD + rest})) == {"clean"}


@pytest.mark.parametrize("data", [HEAD, HEAD + field(777, b""), HEAD + field(500, b"") + field(555, b""), b"\x08\x04"])
def test_a_core_ml_model_of_no_kind_or_of_two_is_never_clean(data):
    with pytest.raises(CannotLook):
        coreml.read(data)


# PMML

DOCUMENT = '<PMML version="4.4">%s</PMML>'
REACHES = {
    "an external entity": '<!DOCTYPE P [<!ENTITY x SYSTEM "http://a/b">]>' + DOCUMENT % "&x;",
    "an entity that grows": '<!DOCTYPE P [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + DOCUMENT % "&b;",
    "a parameter entity": '<!DOCTYPE P [<!ENTITY % x SYSTEM "file:///x"> %x;]>' + DOCUMENT % "",
    "a grammar from elsewhere": '<!DOCTYPE P SYSTEM "http://a/b.dtd">' + DOCUMENT % "",
    "an inclusion": DOCUMENT % '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>',
    "a script": DOCUMENT % "<Script>x</Script>",
    "a script in an extension": DOCUMENT % '<Extension name="script" value="x"/>',
    "a class of Java": DOCUMENT % '<Apply function="java.lang.Runtime"/>',
}
PLAIN = {
    "functions of the standard": DOCUMENT % '<Apply function="+"/><Apply function="x-log10p"/>',
    "a function of its own": DOCUMENT % '<DefineFunction name="a.b.c"/><Apply function="a.b.c"/>',
    "an extension": DOCUMENT % '<Extension extender="ADAPA" name="format" value="%5.2f"/>',
}


@pytest.mark.parametrize("label", REACHES)
def test_a_document_that_reaches_outside_is_found(label):
    assert any(one.grave for one in pmml.read(REACHES[label].encode()).found)


@pytest.mark.parametrize("label", PLAIN)
def test_an_honest_document_is_clean(label):
    assert not pmml.read(PLAIN[label].encode()).found


# archives of NeMo and TorchServe


def configured(text: str) -> list[model_archives.Reach]:
    return list(model_archives.in_nemo(Member("model_config.yaml", 0, text.encode())))


@pytest.mark.parametrize(
    "target",
    ["os.system", "subprocess.Popen", "builtins.eval", "torch.load", "torch.hub.load", "hydra.utils.instantiate",
     "nemo.utils.run_cmd", "pickle.loads", "numpy.load", "torch.nn.modules.module.register_module_forward_hook"],
)  # fmt: skip
def test_a_target_that_is_no_class_of_numbers_is_found(target):
    assert configured(f"a:\n  b:\n  - _target_: {target}\n")


@pytest.mark.parametrize(
    "target", ["torch.nn.Linear", "torch.optim.AdamW", "nemo.collections.asr.modules.ConvASREncoder", "torch.nn.ReLU"]
)
def test_a_target_that_is_a_class_of_its_own_is_none(target):
    assert not configured(f"a:\n  _target_: {target}\n")


def test_a_tag_that_constructs_and_code_from_a_hub_are_found():
    assert [one.severity for one in configured("a: !!python/object/apply:os.system ['id']\n")] == [Severity.HIGH]
    assert configured("hf: {trust_remote_code: true}\n")
    assert not configured("hf: {trust_remote_code: false}\n")


HANDLERS = {
    "import os as o\no.system('id')\n": Severity.HIGH,
    "from subprocess import run as r\nr(['id'])\n": Severity.HIGH,
    "__import__('os').system('id')\n": Severity.HIGH,
    "def handle(d, c):\n    exec(d[0])\n": Severity.HIGH,
    "import os\nimport re\nP = re.compile('x')\nq = os.path.join('a', 'b')\nopen('x')\n": Severity.MEDIUM,
    "import torch\n\nclass Handler:\n    def handle(self, data, context):\n        return data\n": Severity.MEDIUM,
}


@pytest.mark.parametrize("source", HANDLERS)
def test_a_handler_is_told_and_fails_only_where_it_runs_programs(source):
    manifest = json.dumps({"model": {"handler": "h.py:handle"}}).encode()
    found = list(model_archives.in_mar({model_archives.MANIFEST: manifest, "h.py": source.encode()}))
    assert [one.severity for one in found] == [HANDLERS[source]]


def test_an_archive_by_another_name_is_known_by_its_members(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("./model_config.yaml")
        info.size = 21
        tar.addfile(info, io.BytesIO(b"a:\n _target_: os.exec"))
    assert outcomes(on_files(model_archive, tmp_path, {"x.tar": buffer.getvalue()})) == {"found"}


# programs carried along


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


EVIL = pickle.dumps(Evil(), 4)
ELF = (SAMPLES / "HBK-MOD-013/bad/program.safetensors").read_bytes().partition(b"\x7fELF")
ELF = ELF[1] + ELF[2]
PE = (
    b"MZ"
    + b"\0" * 58
    + struct.pack("<I", 128)
    + b"\0" * 64
    + b"PE\0\0"
    + struct.pack("<HH", 0x8664, 3)
    + b"\0" * 16
    + b"\x0b\x02"
)
MACHO = b"\xcf\xfa\xed\xfe" + struct.pack("<6I", 0x0100000C, 0, 2, 1, 24, 0) + b"\0" * 64
CARRIED = {
    "ELF": b"numbers" + ELF,
    "Windows": b"numbers" + PE,
    "Mach-O": b"numbers" + MACHO,
    "base64": b'{"a": "' + base64.b64encode(EVIL) + b'"}',
    "base64 without padding": b'"' + base64.b64encode(EVIL).rstrip(b"=") + b'"',
    "base64 for addresses": b'"' + base64.urlsafe_b64encode(EVIL) + b'"',
    "protocol 2": b'"' + base64.b64encode(pickle.dumps(Evil(), 2)) + b'"',
    "protocol 0": b'"' + base64.b64encode(b"cos\nsystem\n(S'true'\ntR.") + b'"',
    "hexadecimal": b'"' + EVIL.hex().encode() + b'"',
    "hexadecimal in capitals": b'"' + EVIL.hex().upper().encode() + b'"',
    "a program in base64": b'"' + base64.b64encode(ELF) + b'"',
}
ORDINARY = {
    "noise": random.Random(7).randbytes(1 << 20),
    "an ELF magic alone": b"\x7fELF\x02\x01\x01" + b"\0" * 100,
    "words about programs": b"os.system('id') #!/bin/sh MZ PE subprocess eval " * 50,
    "base64 of an honest pickle": b'"' + base64.b64encode(pickle.dumps({"weights": list(range(50))}, 4)) + b'"',
    "base64 of an image": b'"' + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(200)) + b'"',
    "numbers": b"0.800412345678,80041234,8002000000000000000000000000000000," * 2000,
    "a digest": b"8004" + b"ab" * 30,
}


@pytest.mark.parametrize("label", CARRIED)
def test_a_program_carried_along_is_found(label):
    assert [one.severity for one in payloads.payloads(CARRIED[label])] == [Severity.HIGH]


@pytest.mark.parametrize("label", ORDINARY)
def test_ordinary_bytes_carry_none(label):
    assert not list(payloads.payloads(ORDINARY[label], pickles=True))


def test_a_raw_pickle_among_weights_is_found_where_the_format_is_none():
    assert not list(payloads.payloads(b"weights" + EVIL))
    assert list(payloads.payloads(b"weights" + EVIL, pickles=True))


def test_a_program_in_an_archive_that_nobody_calls_a_model_does_not_fail_the_gate(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bin/tool", ELF)
    evidence = on_files(carried_program, tmp_path, {"release.zip": buffer.getvalue()})
    assert outcomes(evidence) == {"found"}
    assert {f.severity for one in evidence for f in one.findings} == {Severity.MEDIUM}
    assert "ELF" in messages(evidence)[0]
