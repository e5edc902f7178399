# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-004: Keras files that run code when they are loaded, and those that do not."""

import json
import random
import sys
from pathlib import Path

import pytest

from hauberk.analysis.keras_config import dangers
from hauberk.assets import hdf5
from hauberk.checks.model.keras_config import keras_config
from hauberk.core.errors import CannotLook
from hauberk.core.scales import Severity
from tests.analysis.attacks import zipped
from tests.checks.trial import messages, on_files, outcomes
from tests.fuzz.mutations import touch

SAMPLES = Path(__file__).parents[3] / "samples" / "HBK-MOD-004"
DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}, "registered_name": None}


def layer(**fields: object) -> dict[str, object]:
    model = {"module": "keras", "class_name": "Sequential", "config": {"layers": [DENSE, {**DENSE, **fields}]}}
    return {**model, "registered_name": "Sequential"}


BAD = {
    "lambda": (layer(class_name="Lambda"), Severity.HIGH),
    "marshalled code": (layer(config={"f": {"class_name": "__lambda__", "config": {"code": "x"}}}), Severity.HIGH),
    "a module of the system": (layer(module="os", class_name="system"), Severity.CRITICAL),
    "a function of the system": (layer(module="builtins", class_name="function", config="eval"), Severity.CRITICAL),
    "subprocess as an activation": (
        layer(config={"activation": {"module": "subprocess", "class_name": "function", "config": "run"}}),
        Severity.CRITICAL,
    ),
    "a download by Keras itself": (
        layer(module="keras.utils", class_name="function", config="get_file"),
        Severity.HIGH,
    ),
    "its saving": (layer(module="keras.src.saving", class_name="function", config="load_model"), Severity.HIGH),
    "a module of one's own": (layer(module="mine.layers", class_name="Mine"), Severity.MEDIUM),
    "a pickle of torch": (layer(class_name="TorchModuleWrapper", config={"module": "UEsD"}), Severity.HIGH),
    "a vocabulary in a file": (layer(class_name="StringLookup", config={"vocabulary": "/etc/passwd"}), Severity.HIGH),
    "a vocabulary of text": (layer(class_name="TextVectorization", config={"vocabulary": "v.txt"}), Severity.HIGH),
    "a class of one's own": (layer(module=None, class_name="Mine", registered_name="Custom>Mine"), Severity.MEDIUM),
    "a loss of one's own": ({"loss": "mine", "optimizer_config": {}}, Severity.MEDIUM),
    "a metric of one's own": ({"loss": "mse", "loss_weights": None, "metrics": [["mae", "mine"]]}, Severity.MEDIUM),
}


@pytest.mark.parametrize("label", BAD)
def test_a_configuration_that_leads_elsewhere_is_found(label, tmp_path):
    config, severity = BAD[label]
    assert max(danger.severity for danger in dangers(config)) == severity
    evidence = on_files(keras_config, tmp_path, {"m.keras": zipped({"config.json": json.dumps(config).encode()})})
    assert outcomes(evidence) == {"found"}


GOOD = {
    "keras 3": layer(),
    "keras 2": {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 2}}]}},
    "losses and metrics": {
        "loss": "mse",
        "loss_weights": None,
        "metrics": ["mae", ["accuracy"]],
        "optimizer_config": {},
    },
    "a policy": layer(
        config={"dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}}
    ),
    "a vocabulary of words": layer(class_name="StringLookup", config={"vocabulary": ["/etc/passwd", "b"]}),
    "a vocabulary that was adapted": layer(class_name="TextVectorization", config={"vocabulary": None}),
    "an optimiser of a backend": layer(module="keras.src.backend.torch.optimizers.torch_adam", class_name="Adam"),
}


@pytest.mark.parametrize("label", GOOD)
def test_a_configuration_of_keras_parts_is_clean(label, tmp_path):
    content = zipped({"metadata.json": b"{}", "config.json": json.dumps(GOOD[label]).encode()})
    evidence = on_files(keras_config, tmp_path, {"m.keras": content})
    assert outcomes(evidence) == {"clean"}, messages(evidence)


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_sample_without_its_last_byte_is_unable(path, tmp_path):
    assert outcomes(on_files(keras_config, tmp_path, {path.name: path.read_bytes()[:-1]})) == {"unable"}


@pytest.mark.parametrize(
    "members", [{"metadata.json": b"{}"}, {"config.json": b"{"}, {"config.json": b"{}", "../config.json": b"{}"}]
)
def test_an_archive_that_is_not_as_keras_writes_it_is_unable(members, tmp_path):
    assert outcomes(on_files(keras_config, tmp_path, {"m.keras": zipped(members)})) == {"unable"}


def test_an_escaped_name_is_read_as_json_reads_it(tmp_path):
    config = (
        json.dumps(layer(class_name="Lambda"))
        .replace("Lambda", "\\u004cambda")
        .replace("class_name", "\\u0063lass_name")
    )
    evidence = on_files(keras_config, tmp_path, {"m.keras": zipped({"config.json": config.encode()})})
    assert outcomes(evidence) == {"found"}


def test_mutated_files_never_escape_with_another_error():
    corpus = [path.read_bytes() for path in SAMPLES.rglob("*.h5")]
    chance = random.Random(3)
    inside = total = 0
    for _ in range(400):
        total += 1
        try:
            inside += any(
                "class_name" in found.value for found in hdf5.objects(touch(chance.choice(corpus), corpus, chance))
            )
        except CannotLook:
            continue
    sys.stdout.write(f"hdf5: {inside / total:.0%} of {total} mutated files are read to a configuration\n")
    assert inside / total >= 0.2
