# SPDX-License-Identifier: Apache-2.0
"""TorchScript: what reaches beyond tensors is found wherever it stands, and the glance at plain code never hides it."""

import random

import pytest

from hauberk.assets import torchscript
from hauberk.core.errors import Malformed

PLAIN = """class A(Module):
  __parameters__ = ["weight", ]
  def forward(self: __torch__.A,
    x: Tensor) -> Tensor:
    if torch.gt(x, 0):
      ops.prim.RaiseException("no {} of 'that'")
      y = torch.add(x, [1,
        2])
    else:
      y = ops.quantized.add(x, {"a": 1})
    return y
"""
FOUND = {
    "a file": ('torch.save(x, "f")', True),
    "a file, by its namespace": ("ops.aten.from_file(x)", True),
    "a library": ("ops.evil.run(x)", False),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_reaches_out_is_found(name):
    call, grave = FOUND[name]
    found = torchscript.reaches(PLAIN.replace("return y", f"return {call}"))
    assert [one.grave for one in found] == [grave]


@pytest.mark.parametrize("text", ['"torch.save("', "'ops.evil.run'", "1  # ops.evil.run(x)", '"""\ntorch.load(\n"""'])
def test_what_stands_in_texts_and_comments_is_not(text):
    assert torchscript.reaches(PLAIN.replace("return y", f"return {text}")) == []


@pytest.mark.parametrize(
    "broken", [PLAIN + "  (", PLAIN.replace("    else", "     else"), PLAIN + '"""', PLAIN + "  x = \\\n"]
)
def test_what_has_no_tokens_is_malformed(broken):
    with pytest.raises(Malformed):
        torchscript.reaches(broken)


def test_plain_code_is_read_at_a_glance_and_never_otherwise_than_by_its_tokens(monkeypatch):
    assert torchscript._is_plain(PLAIN)
    chance, bits = (
        random.Random(5),
        [*" \n()[]{}\"'#~:,.x1\t\\", "\n  ", '"""', "torch.save(", "ops.evil.x", 'rb"', "\u00e4", "\x0c"],
    )
    glanced = 0
    for _ in range(4000):
        source = PLAIN
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(source))
            source = source[:at] + chance.choice(bits) + source[at + chance.randrange(3) :]
        if torchscript._is_plain(source):
            glanced += 1
            with monkeypatch.context() as patch:
                patch.setattr(torchscript, "_is_plain", lambda _: False)
                assert torchscript.reaches(source) == []
    assert glanced > 500
