# SPDX-License-Identifier: Apache-2.0
"""Writes the samples of HBK-MOD-007 to HBK-MOD-013 with the libraries that own each format. Run by hand, a part at a time.

``python samples/make_openers.py PART`` where the part's libraries are installed; the parts are the functions below.
Each folder's SOURCE.md names writers and versions.
"""

import base64
import io
import json
import os
import pickle
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent


class Payload:
    def __reduce__(self):
        return os.system, ("true",)


def place(rule: str, quality: str, name: str) -> str:
    path = HERE / rule / quality / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def data(rows: int = 60):
    import numpy as np

    x = np.random.RandomState(0).rand(rows, 3)
    return x, (x[:, 0] + x[:, 1] > 1).astype(int)


def skops() -> None:
    """skops, scikit-learn."""
    import numpy as np
    import skops.io as sio
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    x, y = data()
    pipeline = Pipeline([("log", FunctionTransformer(np.log1p)), ("scale", StandardScaler()), ("clf", LogisticRegression())])
    sio.dump(pipeline.fit(x, y), place("HBK-MOD-007", "good", "pipeline.skops"))
    sio.dump(RandomForestClassifier(2, max_depth=2, random_state=0).fit(x, y), place("HBK-MOD-007", "good", "forest.skops"))
    # hauberk: allow HBK-COD-002 owner=maintainers until=2027-11-01 reason="the bad sample that this writes"
    sio.dump(FunctionTransformer(func=os.system), place("HBK-MOD-007", "bad", "transformer.skops"))
    Path(place("HBK-MOD-007", "bad", "renamed.zip")).write_bytes(Path(place("HBK-MOD-007", "bad", "transformer.skops")).read_bytes())


def trees() -> None:
    """xgboost 3, lightgbm, catboost."""
    import catboost
    import lightgbm
    import xgboost

    x, y = data()
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 2}, xgboost.DMatrix(x, y), 2)
    for name in ("model.json", "model.ubj"):
        booster.save_model(place("HBK-MOD-008", "good", name))
    linear = xgboost.train({"objective": "binary:logistic", "booster": "gblinear"}, xgboost.DMatrix(x, y), 2)
    linear.save_model(place("HBK-MOD-008", "good", "linear.json"))
    dart = xgboost.train({"objective": "binary:logistic", "booster": "dart", "max_depth": 2}, xgboost.DMatrix(x, y), 2)
    dart.save_model(place("HBK-MOD-008", "good", "dart.json"))
    parameters = {"objective": "binary", "num_leaves": 4, "min_data_in_leaf": 2, "verbose": -1}
    lightgbm.train(parameters, lightgbm.Dataset(x, y), 2).save_model(place("HBK-MOD-008", "good", "lightgbm.txt"))
    quiet = {"verbose": 0, "allow_writing_files": False, "iterations": 3}
    plain = catboost.CatBoostClassifier(depth=2, **quiet).fit(x, y)
    plain.save_model(place("HBK-MOD-008", "good", "plain.cbm"))
    plain.save_model(place("HBK-MOD-008", "good", "catboost.json"), format="json")
    catboost.CatBoostClassifier(grow_policy="Lossguide", max_leaves=4, **quiet).fit(x, y).save_model(place("HBK-MOD-008", "good", "steps.cbm"))
    categories = [[str(int(row[0] * 4)), row[1]] for row in x]
    catboost.CatBoostClassifier(depth=2, one_hot_max_size=1, **quiet).fit(categories, y, cat_features=[0]).save_model(
        place("HBK-MOD-008", "good", "categories.cbm")
    )
    _lead_astray()
    carried = base64.b64encode(pickle.dumps(Payload(), 4)).decode()
    booster.set_attr(notes=carried)
    booster.save_model(place("HBK-MOD-013", "bad", "attribute.json"))
    booster.save_model(place("HBK-MOD-013", "bad", "attribute.ubj"))
    named = lightgbm.Dataset(x, y, feature_name=[carried.replace("=", ""), "b", "c"])
    lightgbm.train(parameters, named, 2).save_model(place("HBK-MOD-013", "bad", "feature.txt"))
    plain.get_metadata()["notes"] = carried
    plain.save_model(place("HBK-MOD-013", "bad", "metadata.cbm"))
    plain.save_model(place("HBK-MOD-013", "bad", "metadata.json"), format="json")


def _lead_astray() -> None:
    """One number of an honest file changed: the child of a split."""
    model = json.loads(Path(place("HBK-MOD-008", "good", "model.json")).read_text())
    tree = model["learner"]["gradient_booster"]["model"]["trees"][0]
    tree["left_children"][1] = 0
    Path(place("HBK-MOD-008", "bad", "circle.json")).write_text(json.dumps(model, separators=(",", ":")))
    text = Path(place("HBK-MOD-008", "good", "lightgbm.txt")).read_text()
    line = next(one for one in text.splitlines() if one.startswith("right_child="))
    Path(place("HBK-MOD-008", "bad", "outside.txt")).write_text(text.replace(line, line.rpartition(" ")[0] + " 9000", 1))
    ubj = Path(place("HBK-MOD-008", "good", "model.ubj")).read_bytes()
    at = ubj.index(b"left_children[$l#L") + len(b"left_children[$l#L") + 8
    Path(place("HBK-MOD-008", "bad", "outside.ubj")).write_bytes(ubj[:at] + struct.pack(">i", 1 << 20) + ubj[at + 4 :])
    held = json.loads(Path(place("HBK-MOD-008", "good", "catboost.json")).read_text())
    held["oblivious_trees"][0]["splits"][0]["split_index"] = 7000
    Path(place("HBK-MOD-008", "bad", "split.json")).write_text(json.dumps(held, indent=1))
    steps = bytearray(Path(place("HBK-MOD-008", "good", "plain.cbm")).read_bytes())
    sys.path.insert(0, str(HERE.parent / "src"))
    from hauberk.assets.flatbuffer import Buffer

    buffer = Buffer(bytes(steps[8:]))
    splits = buffer.vector(buffer.child(buffer.root, 1), 1, 4)
    steps[8 + splits.begin : 12 + splits.begin] = struct.pack("<i", 1 << 20)
    Path(place("HBK-MOD-008", "bad", "split.cbm")).write_bytes(bytes(steps))


def xgboost_binary() -> None:
    """xgboost 1.7."""
    import xgboost

    x, y = data()
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 2}, xgboost.DMatrix(x, y), 2)
    booster.save_model(place("HBK-MOD-008", "good", "model.deprecated"))
    raw = bytearray(Path(place("HBK-MOD-008", "good", "model.deprecated")).read_bytes())
    start = 4 if raw.startswith(b"binf") else 0
    at = start + 136
    for _ in range(2):
        at += 8 + struct.unpack_from("<Q", raw, at)[0]
    at += 160 + 148
    raw[at + 4 : at + 8] = struct.pack("<i", 1 << 20)
    Path(place("HBK-MOD-008", "bad", "outside.deprecated")).write_bytes(bytes(raw))
    booster.set_attr(notes=base64.b64encode(pickle.dumps(Payload(), 4)).decode())
    booster.save_model(place("HBK-MOD-013", "bad", "attribute.deprecated"))


def tflite() -> None:
    """tensorflow."""
    import tensorflow as tf

    shape = [tf.TensorSpec([4], tf.float32)]

    @tf.function(input_signature=shape)
    def honest(x):
        return tf.nn.relu(x * 2.0 + 1.0)

    @tf.function(input_signature=shape)
    def writes(x):
        tf.io.write_file("/tmp/written", tf.strings.as_string(x[0]))
        return x * 2.0

    for name, function, flex, custom in (
        ("good/honest", honest, False, False), ("bad/flex", writes, True, False), ("bad/custom", writes, False, True)
    ):
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
        if flex:
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
        converter.allow_custom_ops = custom
        Path(place("HBK-MOD-009", *f"{name}.tflite".split("/"))).write_bytes(converter.convert())


def coreml() -> None:
    """coremltools."""
    import coremltools as ct
    import numpy as np
    from coremltools.models import MLModel, datatypes, neural_network
    from coremltools.proto import Model_pb2, NeuralNetwork_pb2

    def builder(width):
        return neural_network.NeuralNetworkBuilder([("x", datatypes.Array(3))], [("y", datatypes.Array(width))])

    dense = builder(2)
    dense.add_inner_product("d", np.ones((2, 3)), np.zeros(2), 3, 2, True, "x", "y")
    dense.spec.description.metadata.userDefined["com.github.apple.coremltools.version"] = ct.__version__
    ct.models.utils.save_spec(dense.spec, place("HBK-MOD-010", "good", "dense.mlmodel"))
    custom = builder(3)
    layer = NeuralNetwork_pb2.CustomLayerParams(className="Payload")
    layer.parameters["command"].stringValue = "id"
    custom.add_custom("c", ["x"], ["y"], layer)
    ct.models.utils.save_spec(custom.spec, place("HBK-MOD-010", "bad", "layer.mlmodel"))
    linked = Model_pb2.Model(specificationVersion=4)
    linked.description.CopyFrom(dense.spec.description)
    linked.linkedModel.linkedModelFile.linkedModelFileName.defaultValue = "weights.mlmodel"
    linked.linkedModel.linkedModelFile.linkedModelSearchPath.defaultValue = "../../Library"
    ct.models.utils.save_spec(linked, place("HBK-MOD-010", "bad", "linked.mlmodel"))
    from coremltools.converters.mil import Builder as mb

    @mb.program(input_specs=[mb.TensorSpec(shape=(1, 3))], opset_version=ct.target.iOS15)
    def program(x):
        return mb.relu(x=x, name="y")

    package = place("HBK-MOD-010", "good", "program.mlpackage")
    ct.convert(program, convert_to="mlprogram", minimum_deployment_target=ct.target.iOS15, skip_model_load=True).save(package)
    assert MLModel


def pmml() -> None:
    """nyoka, scikit-learn, pandas."""
    import pandas as pd
    from nyoka import PMML44 as ny
    from nyoka import skl_to_pmml
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    x, y = data()
    table = pd.DataFrame(x, columns=list("abc"))
    pipeline = Pipeline([("scale", StandardScaler()), ("tree", DecisionTreeClassifier(max_depth=2))]).fit(table, y)
    skl_to_pmml(pipeline, list("abc"), "y", place("HBK-MOD-011", "good", "tree.pmml"))
    for name, function in (("java.pmml", "com.example.Payload"),):
        field = ny.DerivedField(name="d", optype="continuous", dataType="double")
        field.Apply = ny.Apply(function=function)
        document = ny.PMML(
            version="4.4.1", Header=ny.Header(Application=ny.Application(name="Nyoka", version="5.5.0")),
            DataDictionary=ny.DataDictionary(numberOfFields=0), TransformationDictionary=ny.TransformationDictionary(DerivedField=[field]),
        )
        with open(place("HBK-MOD-011", "bad", name), "w") as file:
            document.export(file, 0)
    script = ny.PMML(version="4.4.1", Header=ny.Header(Extension=[ny.Extension(name="script", extender="nyoka", value="import os; os.system('id')")]),
                     DataDictionary=ny.DataDictionary(numberOfFields=0))  # fmt: skip
    with open(place("HBK-MOD-011", "bad", "script.pmml"), "w") as file:
        script.export(file, 0)
    honest = Path(place("HBK-MOD-011", "good", "tree.pmml")).read_text()
    entity = '<!DOCTYPE PMML [<!ENTITY stolen SYSTEM "file:///etc/passwd">]>\n'
    Path(place("HBK-MOD-011", "bad", "entity.pmml")).write_text(honest.replace("<PMML", entity + "<PMML", 1).replace("Default description", "&stolen;"))


def archives() -> None:
    """torch-model-archiver on the path; omegaconf; tarfile as NeMo's save_restore_connector uses it."""
    import subprocess
    import tempfile

    from omegaconf import OmegaConf

    handlers = {
        "good": ("object_detector", None),
        "bad": (None, "import subprocess\n\n\ndef handle(data, context):\n    return subprocess.run(['id'], check=False)\n"),
    }
    for quality, (handler, source) in handlers.items():
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / "weights.pt"
            weights.write_bytes((HERE / "HBK-MOD-001/good/script.pt").read_bytes())
            if source:
                (Path(folder) / "handler.py").write_text(source)
            command = ["torch-model-archiver", "--model-name", "served", "--version", "1.0", "--serialized-file", str(weights),
                       "--handler", handler or str(Path(folder) / "handler.py"), "--export-path", folder]  # fmt: skip
            subprocess.run(command, check=True)
            Path(place("HBK-MOD-012", quality, "served.mar")).write_bytes((Path(folder) / "served.mar").read_bytes())
    targets = {"good": "torch.nn.Linear", "bad": "os.system"}
    for quality, target in targets.items():
        layer = {"_target_": target, **({"in_features": 2, "out_features": 1} if quality == "good" else {"command": "true"})}
        text = OmegaConf.to_yaml(OmegaConf.create({"target": "nemo.collections.asr.models.EncDecCTCModel", "encoder": layer}))
        with tarfile.open(place("HBK-MOD-012", quality, "speech.nemo"), "w:") as tar:
            for name, content in (("./model_config.yaml", text.encode()), ("./model_weights.ckpt", (HERE / "HBK-MOD-001/good/weights.pt").read_bytes())):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))


def packed() -> None:
    """py7zr, backports.zstd."""
    import py7zr
    from backports import zstd

    model = pickle.dumps({"weights": list(range(200))}, 4)
    bad = pickle.dumps(Payload(), 4)
    chains = {"lzma2": None, "bzip2": [{"id": py7zr.FILTER_BZIP2}], "deflate": [{"id": py7zr.FILTER_DEFLATE}],
              "copy": [{"id": py7zr.FILTER_COPY}], "bcj": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 6}]}  # fmt: skip
    for quality, content in (("good", model), ("bad", bad)):
        for name, filters in chains.items():
            if quality == "bad" and name != "lzma2":
                continue
            with py7zr.SevenZipFile(place("HBK-MOD-001", quality, f"{name}.7z"), "w", filters=filters) as archive:
                archive.writestr(content, "folder/model.pkl")
                archive.writestr(b"notes\n", "notes.txt")
        if quality == "good":
            with py7zr.SevenZipFile(place("HBK-MOD-001", quality, "plain-header.7z"), "w", filters=chains["copy"]) as archive:
                archive.set_encoded_header_mode(False)
                archive.writestr(content, "folder/model.pkl")
        Path(place("HBK-MOD-001", quality, "model.pkl.zst")).write_bytes(zstd.compress(content))


def carried() -> None:
    """safetensors, numpy, the compiler of the machine; torch for a zip."""
    import subprocess
    import tempfile

    import numpy as np
    from safetensors.numpy import save_file

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.c"
        source.write_text("void _start(void) { for (;;) {} }\n")
        program = Path(folder) / "a"
        subprocess.run(["gcc", "-nostdlib", "-static", "-s", "-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-o", str(program), str(source)], check=True)
        elf = program.read_bytes()
    weights = {"w": np.arange(8, dtype=np.float32)}
    save_file(weights, place("HBK-MOD-013", "good", "plain.safetensors"), metadata={"format": "np", "note": "trained on (a, b)"})
    save_file(weights, place("HBK-MOD-013", "bad", "source.safetensors"), metadata={"init": "import os\nos.system('true')"})
    save_file(weights, place("HBK-MOD-013", "bad", "encoded.safetensors"),
              metadata={"init": base64.b64encode(pickle.dumps(Payload(), 4)).decode()})  # fmt: skip
    save_file({"w": np.frombuffer(elf, dtype=np.uint8)}, place("HBK-MOD-013", "bad", "program.safetensors"))
    for quality, extra in (("good", b""), ("bad", elf)):
        with zipfile.ZipFile(place("HBK-MOD-013", quality, "weights.npz"), "w") as archive:
            buffer = io.BytesIO()
            np.save(buffer, weights["w"])
            archive.writestr("w.npy", buffer.getvalue())
            if extra:
                archive.writestr("helper.bin", extra)
    plain = Path(place("HBK-MOD-013", "good", "weights.npz")).read_bytes()
    Path(place("HBK-MOD-013", "bad", "behind.npz")).write_bytes(plain + b"#!/bin/sh\ntrue\n")


if __name__ == "__main__":
    for part in sys.argv[1:]:
        globals()[part]()
