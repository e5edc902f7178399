# SPDX-License-Identifier: Apache-2.0
"""Training against the attack: it stays within eps, repeats bit for bit, and buys robustness that is measured."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from sklearn.datasets import load_digits

pytest.importorskip("torch", reason="the extra torch is not installed")

import torch

from hauberk.attacks.whitebox.ascent import PGD, ascend
from hauberk.attacks.whitebox.hunt import Hunt, Terms, result
from hauberk.attacks.whitebox.norms import Norm, size
from hauberk.cli.main import execute
from hauberk.core.errors import Misuse
from hauberk.models.gradient.weights import read_weights, write
from hauberk.protect.schema import schemas
from hauberk.protect.training import Recipe, train, worst

FACTORY = "tests.protect.networks_for_harden:network"


def digits():
    held = load_digits()
    return torch.tensor(held.data / 16, dtype=torch.float32), torch.tensor(held.target)


def robust(net, x, labels, eps):
    hunt = Hunt(net, x, labels, Terms(eps=eps))
    ascend(hunt, PGD)
    return float(result(hunt).robust.double().mean())


def test_hardened_weights_resist_what_usual_ones_do_not_and_repeat_bit_for_bit():
    x, labels = digits()
    shown = x[:1000], labels[:1000]
    usual = train(FACTORY, *shown, Recipe(epochs=30, batch=50), lambda *_: None)
    hard = train(FACTORY, *shown, Recipe(epochs=30, batch=50, eps=0.2, steps=4), lambda *_: None)
    again = train(FACTORY, *shown, Recipe(epochs=30, batch=50, eps=0.2, steps=4), lambda *_: None)
    assert hard.passes == 5 * usual.passes
    for one, other in zip(hard.net.parameters(), again.net.parameters(), strict=True):
        assert torch.equal(one, other)
    before, after = (robust(one.net, x[1200:1400], labels[1200:1400], 0.15) for one in (usual, hard))
    assert before < 0.3
    assert after > before + 0.25


@pytest.mark.parametrize("norm", [Norm.LINF, Norm.L2])
def test_what_is_trained_on_stays_within_eps_and_the_box_and_raises_the_loss(norm):
    x, labels = digits()
    x, labels = x[:50], labels[:50]
    net = train(FACTORY, x, labels, Recipe(epochs=4), lambda *_: None).net
    eps = 0.1 if norm is Norm.LINF else 0.6
    moved = worst(net, x, labels, Recipe(norm=norm, eps=eps), eps, torch.Generator().manual_seed(0))
    assert float(size(moved - x, norm).max()) <= eps * (1 + 1e-4)
    assert float(moved.min()) >= 0
    assert float(moved.max()) <= 1
    loss = torch.nn.functional.cross_entropy
    assert loss(net(moved), labels) > loss(net(x), labels)


def test_weights_that_are_written_are_read_back():
    held = {
        "a": torch.randn(3, 4),
        "b.c": torch.arange(5),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.empty(0, 3),
        "half": torch.ones(2, dtype=torch.bfloat16),
    }
    back = read_weights(write(held))
    assert list(back) == list(held)
    assert all(torch.equal(back[name], held[name]) and back[name].dtype == held[name].dtype for name in held)


def test_a_factory_that_is_not_there_is_said_so():
    with pytest.raises(Misuse, match="no factory"):
        train("tests.protect.networks_for_harden:nothing", *digits(), Recipe(), lambda *_: None)


@pytest.mark.slow
def test_the_command_prints_both_sides_and_writes_weights_that_attack_reads(tmp_path, capsys, monkeypatch):
    x, labels = digits()
    rows = np.column_stack([x.numpy(), labels.numpy()])
    for name, part in (("train", rows[:1000]), ("test", rows[1200:])):
        head = ",".join([*(f"p{at}" for at in range(64)), "digit"])
        np.savetxt(tmp_path / f"{name}.csv", part, delimiter=",", header=head, comments="", fmt="%g")
    (tmp_path / "mine.py").write_text((Path(__file__).parent / "networks_for_harden.py").read_text())
    monkeypatch.chdir(tmp_path)
    common = ["--allow-factory", "mine:network", "--eps", "0.15", "--rows", "100", "--budget-queries", "120", "--json"]
    code = execute(
        [
            "protect",
            "harden",
            *common,
            "--data",
            "train.csv",
            "--test",
            "test.csv",
            "--epochs",
            "60",
            "--out",
            "h.safetensors",
        ]
    )
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(schemas()["hardened-1.json"]))
    usual, hard = document["sides"]
    assert code == 0
    assert hard["robust_accuracy"]["low"] > usual["robust_accuracy"]["value"]
    assert hard["passes"] > usual["passes"]
    assert Path("h.safetensors").stat().st_size > 4 * 64 * 32
    assert execute(["attack", "h.safetensors", *common, "--data", "test.csv", "--shape", "64"]) == 0
    attacked = json.loads(capsys.readouterr().out)
    found = {one["name"]: one["value"] for one in attacked["measurements"]}
    assert found["robust_accuracy"] == hard["robust_accuracy"]["value"]
