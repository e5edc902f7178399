# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-001 on files as people have them: what must be found, what must be clean, what must be Unable."""

import gzip
import hashlib
import io
import lzma
import pickle
import random
import re
import tarfile
from pathlib import Path

import joblib
import numpy as np
import pytest

from hauberk.analysis.certificate import attachable, certify
from hauberk.analysis.checker.check import check
from hauberk.analysis.program_files import pieces
from hauberk.checks.model.code_on_load import code_on_load
from hauberk.cli.explain_file import write_certificate
from hauberk.core.canonical import digest
from hauberk.core.codec import encode
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook, NotCertified
from hauberk.engine.catalogue import catalogue
from tests.analysis.attacks import _OBJECT_TYPE, ATTACKS, SYSTEM, npy_of_objects, text, wrapper, zipped
from tests.checks.trial import messages, on_files, on_folder, outcomes
from tests.fuzz.mutations import touch

RULES = [card for name, card in catalogue().items() if name.startswith("HBK-MOD")]

FOUND = {
    "m.pkl": ATTACKS["global"],
    "renamed.bin": ATTACKS["stack global"],
    "m.pt": zipped({"archive/data.pkl": ATTACKS["global"]}),
    "late.zip": zipped({"first": b"\0" * 40_000, "archive/data.pkl": ATTACKS["global"]}),
    "t.npy": npy_of_objects(ATTACKS["global"]),
    "t.npz": zipped({"x.npy": npy_of_objects(ATTACKS["global"])}),
    "m.joblib": ATTACKS["joblib: object array"],
    "own.pkl": b"\x80\x02" + b"ctrain\nadd_ratio\n.",
}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found(name, tmp_path):
    assert outcomes(on_files(code_on_load, tmp_path, {name: FOUND[name]})) == {"found"}


@pytest.mark.parametrize("compress", [0, 3])
def test_an_array_of_objects_within_a_joblib_file_is_read_with_a_memo_of_its_own(tmp_path, compress):
    """A plain unpickler would put ``name.dtype`` together there, of a name that the file has remembered before."""
    names = [f"Pipeline{number}" for number in range(60)]
    held = {"steps": names, "columns": np.array(names, dtype=object)}
    joblib.dump(held, tmp_path / "m.joblib", compress=compress)
    assert outcomes(on_folder(code_on_load, tmp_path)) == {"clean"}


def _in_the_wrong_memo(module, attribute):
    """For joblib the array's own pickle makes an OrderedDict; a plain unpickler finds two other texts in its memo."""
    inner = b"\x80\x04" + text("collections") + b"\x94" + text("OrderedDict") + b"\x94" + b"00h\x00h\x01\x93)R."
    return b"\x80\x04" + text(module) + b"\x94" + text(attribute) + b"\x9400" + wrapper(_OBJECT_TYPE, 1) + inner + b"."


@pytest.mark.parametrize(("module", "attribute"), [("os", "getcwd"), ("pip", "main")])
def test_what_a_plain_unpickler_finds_in_the_wrong_memo_counts(tmp_path, module, attribute):
    named = []

    class Recorder(pickle.Unpickler):
        def find_class(self, *name):
            named.append(name)
            return super().find_class(*name) if name[0] in ("joblib.numpy_pickle", "numpy") else dict

    data = _in_the_wrong_memo(module, attribute)
    Recorder(io.BytesIO(data)).load()
    assert (module, attribute) in named, "the attack works"
    assert outcomes(on_files(code_on_load, tmp_path, {"m.joblib": data})) == {"found"}


def test_a_function_of_ones_own_says_that_it_is_not_on_the_list(tmp_path):
    assert messages(on_files(code_on_load, tmp_path, {"own.pkl": FOUND["own.pkl"]})) == [
        "imports train.add_ratio, which is not on the allow-list; run by pickle.load, pandas.read_pickle, joblib.load"
    ]


def test_what_was_found_before_a_file_breaks_off_is_kept(tmp_path):
    evidence = on_files(code_on_load, tmp_path, {"cut.pkl": b"\x80\x02" + SYSTEM})
    assert outcomes(evidence) == {"unable"}
    assert messages(evidence) == [
        "calls os.system, which is not on the allow-list; run by pickle.load, pandas.read_pickle, joblib.load"
    ]


def test_a_place_names_the_member_and_the_offset(tmp_path):
    evidence = on_files(code_on_load, tmp_path, {"m.pt": zipped({"archive/data.pkl": ATTACKS["global"]})})
    place = evidence[0].findings[0].place
    assert (place.archive, place.member, place.offset) == ("m.pt", "archive/data.pkl", 2)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.pt", zipped({"archive/data.pkl": ATTACKS["global"]}), "run by torch.load <2.6"),
        ("m.pt", zipped({"archive/data.pkl": ATTACKS["global"]}), "refused by torch.load >=2.6"),
        ("t.npy", npy_of_objects(ATTACKS["global"]), "refused by numpy.load >=1.16.3"),
        ("m.joblib", ATTACKS["joblib: object array"], "run by joblib.load"),
    ],
)
def test_a_finding_says_which_loaders_run_it(name, content, words, tmp_path):
    assert words in messages(on_files(code_on_load, tmp_path, {name: content}))[0]


def model():
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=2)).fit(
        np.random.RandomState(0).rand(20, 3), [0, 1] * 10
    )


@pytest.mark.parametrize("compress", [0, 3, ("zlib", 1), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_an_honest_joblib_file_is_clean_in_every_compression(compress, tmp_path):
    joblib.dump(model(), tmp_path / "model.joblib", compress=compress)
    evidence = on_folder(code_on_load, tmp_path)
    assert outcomes(evidence) == {"clean"}, (evidence[0].reason, messages(evidence))


@pytest.mark.parametrize("protocol", range(6))
def test_an_honest_pickle_is_clean_in_every_protocol(protocol, tmp_path):
    evidence = on_files(code_on_load, tmp_path, {"model.pkl": pickle.dumps(model(), protocol)})
    assert outcomes(evidence) == {"clean"}, (evidence[0].reason, messages(evidence))


ARRAYS = {
    "numbers": np.arange(6.0).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "empty": np.zeros((0, 3)),
    "scalar": np.array(1.5),
    "text": np.array(["a", "bc"]),
    "bytes": np.array([b"a", b"bc"]),
    "times": np.array(["2026-01-01"], dtype="datetime64[ns]"),
    "objects": np.array(["a", 1, None], dtype=object),
    "structured": np.zeros(2, dtype=[("a", "i4"), ("b", "U2"), ("c", "f8", (2,))]),
    "structured of objects": np.zeros(2, dtype=[("a", "i4"), ("b", "O")]),
    "big endian": np.arange(3, dtype=">f4"),
    "masked": np.ma.masked_array([1, 2], [True, False]),
    "matrix": np.arange(2).reshape(1, 2).view(np.matrix),
}


@pytest.mark.parametrize("label", ARRAYS)
def test_an_honest_array_is_clean_however_it_was_saved(label, tmp_path):
    joblib.dump([ARRAYS[label], "behind"], tmp_path / "a.joblib")
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(ARRAYS[label]))
    np.save(tmp_path / "a.npy", np.asarray(ARRAYS[label]), allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=np.asarray(ARRAYS[label]), y=np.zeros(3))
    np.savez_compressed(tmp_path / "b.npz", x=np.asarray(ARRAYS[label]))
    evidence = on_folder(code_on_load, tmp_path)
    assert len(evidence) == 5
    assert outcomes(evidence) == {"clean"}, [
        (one.asset.uri, one.reason, [f.message for f in one.findings]) for one in evidence
    ]


def test_honest_frames_are_clean(tmp_path):
    import pandas as pd

    frame = pd.DataFrame(
        {"a": [1, None], "b": ["x", "y"], "c": pd.Categorical(["u", "v"]), "t": pd.to_datetime(["2026-01-01"] * 2)}
    )
    frame.to_pickle(tmp_path / "frame.pkl")
    joblib.dump(frame, tmp_path / "frame.joblib")
    evidence = on_folder(code_on_load, tmp_path)
    assert outcomes(evidence) == {"clean"}, [(one.reason, messages([one])) for one in evidence]


@pytest.mark.parametrize("cut", [1, 7, 100])
@pytest.mark.parametrize("compress", [0, 3])
def test_a_truncated_joblib_file_is_unable(cut, compress, tmp_path):
    joblib.dump(ARRAYS["numbers"], tmp_path / "a.joblib", compress=compress)
    data = (tmp_path / "a.joblib").read_bytes()
    assert outcomes(on_files(code_on_load, tmp_path, {"a.joblib": data[:-cut]})) == {"unable"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.tflite", b"\x1c\0\0\0TFL3" + b"\0" * 60),
        ("m.skops", zipped({"schema.json": b"{}"})),
        ("noise.pkl", b"nothing like it"),
        ("m.joblib", b"\x04\x22\x4d\x18" + b"\0" * 30),
    ],
)
def test_what_cannot_be_read_as_what_it_claims_to_be_is_unable(name, content, tmp_path):
    found = [one for card in RULES for one in on_files(card, tmp_path, {name: content})]
    assert "unable" in outcomes(found)
    assert "found" not in outcomes(found)


SAMPLES = Path(__file__).parents[3] / "samples" / "HBK-MOD-001"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*.*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_sample_without_its_last_byte_is_unable(path, tmp_path):
    evidence = on_files(code_on_load, tmp_path, {path.name: path.read_bytes()[:-1]})
    assert outcomes(evidence) == {"unable"}


LOG = b"2026-11-24 started\n" * 200


def tarred(name: str, data: bytes, **header: object) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        for key, value in header.items():
            setattr(info, key, value)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


OTHERS = {
    "log.gz": (gzip.compress(LOG), "clean"),
    "log.xz": (lzma.compress(LOG), "clean"),
    "dump.gz": (gzip.compress(ATTACKS["global"]), "found"),
    "text.gz": (gzip.compress(b"no pickle " + ATTACKS["global"]), "clean"),
    "model.tar": (tarred("model.pkl", ATTACKS["global"]), "found"),
    "model.tar.gz": (gzip.compress(tarred("a/model.pkl", ATTACKS["global"])), "found"),
    "plain.tar": (tarred("a/readme.txt", b"text"), "clean"),
    "long.tar": (tarred("n" * 300 + ".pkl", ATTACKS["global"]), "found"),
    "slip.tar": (tarred("../../x.txt", b"text"), "found"),
    "link.tar": (tarred("l", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "found"),
    "inner.tar": (tarred("l", b"", type=tarfile.SYMTYPE, linkname="a/b"), "clean"),
    "device.tar": (tarred("l", b"", type=tarfile.CHRTYPE), "found"),
    "broken.tar": (tarred("m.txt", b"x" * 2000)[:1500], "unable"),
    "a.7z": (b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, "unable"),
    "a.zst": (b"\x28\xb5\x2f\xfd" + b"\0" * 40, "unable"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_container_is_opened_for_the_models_in_it(name, tmp_path):
    content, outcome = OTHERS[name]
    assert outcomes(on_files(code_on_load, tmp_path, {name: content})) == {outcome}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def forward(self, x):\n  return torch.from_file('a', False, 4)\n", "opens a file by from_file"),
        ("def forward(self, x):\n  ops.aten.save(x, 'a')\n", "opens a file by save"),
        ("def forward(self, x):\n  return ops.mine.run(x)\n", "native operator mine::run"),
        ("def forward(self, x):\n  return torch.add(x, 'torch.save(x)')\n", ""),
        ("def forward(self, x):\n  return ops.prim.data(x)  # torch.save(\n", ""),
    ],
)
def test_code_in_torchscript_is_read(code, words, tmp_path):
    content = zipped({"m/data.pkl": pickle.dumps(1, 2), "m/code/__torch__/m.py": code.encode()})
    evidence = on_files(code_on_load, tmp_path, {"m.pt": content})
    assert any(words in message for message in messages(evidence)) if words else outcomes(evidence) == {"clean"}


def test_a_class_that_the_archive_does_not_define_is_found(tmp_path):
    program = b"\x80\x02c__torch__.m\nOther\n)\x81."
    content = zipped({"m/data.pkl": program, "m/code/__torch__/m.py": b"class Mine(Module):\n  training : bool\n"})
    assert outcomes(on_files(code_on_load, tmp_path, {"m.pt": content})) == {"found"}


def test_every_model_format_that_is_recognised_is_claimed_by_a_rule_that_reads_it():
    folder = Path(__file__).parents[3] / "src" / "hauberk" / "assets"
    source = "".join((folder / name).read_text() for name in ("recognise.py", "recognise_shape.py"))
    formats = set(re.findall(r'Kind\.MODEL, "([\w-]+)"', source))
    claimed = {form for card in RULES if not card.bytewise for form in card.formats}
    assert len(formats) > 20
    assert not formats - claimed


def test_a_small_file_takes_little_time(tmp_path):
    import time

    files = {"model.pkl": pickle.dumps(model())}
    on_files(code_on_load, tmp_path, files)
    begun = time.process_time()
    evidence = on_files(code_on_load, tmp_path, files)
    assert time.process_time() - begun < 0.3
    assert evidence[0].took < 0.3


@pytest.mark.parametrize(
    "name", ["pipeline.joblib", "weights.pt", "legacy.tar", "model.pkl.zst", "table.npz", "lzma2.7z", "script.pt"]
)
def test_a_clean_file_names_the_certificate_that_explain_writes(name, tmp_path, capsys):
    path = tmp_path / name
    path.write_bytes((SAMPLES / "good" / name).read_bytes())
    (evidence,) = on_folder(code_on_load, tmp_path)
    assert write_certificate(path, None) == 0
    made = capsys.readouterr().out.encode().removesuffix(b"\n")
    assert evidence.attachments == {"certificate": digest(made)}
    check(path.read_bytes(), made)


LINKED = {
    # where a link within a tar leads, and whether the file is clean with a certificate
    "to what is inside": ("model.pkl", "clean", True),
    "out": ("../model.pkl", "found", False),
}


@pytest.mark.parametrize("label", LINKED)
def test_no_certificate_is_named_that_the_checker_refuses(label, tmp_path):
    leads, outcome, named = LINKED[label]
    path = tmp_path / "m.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("model.pkl", "latest.pkl"):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = (tarfile.SYMTYPE, leads) if name == "latest.pkl" else (tarfile.REGTYPE, "")
            info.size = 4 if info.isreg() else 0
            archive.addfile(info, io.BytesIO(b"\x80\x04N."))
    (evidence,) = on_folder(code_on_load, tmp_path)
    assert evidence.outcome.value == outcome
    assert bool(evidence.attachments) is named
    if named:
        check(path.read_bytes(), encode(certify(path.read_bytes())))


@pytest.mark.parametrize("path", sorted(path for path in SAMPLES.parent.glob("HBK-MOD-*/*/**/*") if path.is_file()))
def test_every_certificate_that_a_scan_names_is_one_that_the_checker_accepts(path, tmp_path):
    for evidence in on_files(code_on_load, tmp_path, {path.name: path.read_bytes()}):
        if evidence.attachments:
            made = encode(certify(path.read_bytes()))
            assert evidence.attachments == {"certificate": digest(made)}
            check(path.read_bytes(), made)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_nothing_that_is_clean_is_refused_by_the_checker(seed):
    """Mutants of honest files: where the scan would name a certificate, the checker accepts it."""
    chance, named = random.Random(seed), 0
    honest = [path.read_bytes() for path in sorted((SAMPLES / "good").iterdir())]
    for _ in range(1500 if seed == 1 else 40_000):
        data = touch(chance.choice(honest), honest, chance)
        try:
            made = attachable(pieces(data), Content.of(data), "sha256:" + hashlib.sha256(data).hexdigest())
        except (CannotLook, NotCertified):
            continue
        named += 1
        check(data, made)
    assert named > 50


def test_a_file_that_is_found_names_no_certificate(tmp_path):
    (evidence,) = on_files(code_on_load, tmp_path, {"m.pkl": ATTACKS["global"]})
    assert evidence.attachments == {}


TEXT = b"region_centroid_col,region_centroid_row\n140.0,125.0\ncos,sin\n"
UNWRAPPED = {
    # member, content, outcome
    "text that was unpacked and kept its name": ("segment.csv.zip", TEXT, "clean"),
    "text named as gzip": ("a/yeast.csv.gz", b"id,name\n" * 400, "clean"),
    "a pickle named as gzip": ("m.gz", b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00cos\nsystem\n.", "found"),
    "an old pickle named as zip": ("m.zip", b"cos\nsystem\n(S'id'\ntR.", "found"),
    "a pickle of one's own module named as zip": ("m.zip", b"\x80\x02cmine\nrun\nX\x01\0\0\0x\x85R.", "found"),
    "a pickle named as npy": ("m.npy", b"cmine\nrun\n(S'id'\ntR.", "found"),
    "a gzip named as zip": ("m.zip", gzip.compress(b"cos\nsystem\n(S'id'\ntR."), "found"),
}


@pytest.mark.parametrize("label", UNWRAPPED)
def test_a_member_is_what_its_bytes_say_where_its_name_claims_a_compression(label, tmp_path):
    member, content, expected = UNWRAPPED[label]
    assert outcomes(on_files(code_on_load, tmp_path, {"d.zip": zipped({member: content})})) == {expected}
