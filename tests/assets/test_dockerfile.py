# SPDX-License-Identifier: Apache-2.0
"""Dockerfiles as stages and instructions."""

import pytest

from hauberk.assets import dockerfile
from hauberk.core.errors import CannotLook, Malformed, TooLarge


def read(text: str) -> dockerfile.Dockerfile:
    return dockerfile.read(text.encode())


def instructions(text: str) -> list[tuple[str, str, int]]:
    return [(one.keyword, one.value, one.line) for one in read(text).final.instructions]


JOINED = [
    ("FROM x\nRUN a && \\\n  b\n", [("RUN", "a && b", 2)]),
    ("FROM x\nRUN a \\\n\n# remark\n  b\nUSER c\n", [("RUN", "a b", 2), ("USER", "c", 6)]),
    ("# escape=`\nFROM x\nRUN c:\\dir `\n  next\n", [("RUN", "c:\\dir next", 3)]),
    ("# syntax=docker/dockerfile:1\n# escape=`\nFROM x\nRUN a `\nb\n", [("RUN", "a b", 4)]),
    ("# remark\n# escape=`\nFROM x\nRUN a \\\nb\n", [("RUN", "a b", 4)]),
    ("from x\nrun   a\n\tuser  b\n", [("RUN", "a", 2), ("USER", "b", 3)]),
    ("FROM x\r\nRUN a \\\r\n b\r\n", [("RUN", "a b", 2)]),
    ("FROM x\nRUN a \\", [("RUN", "a", 2)]),
    ("FROM x\nHEALTHCHECK --interval=5s --timeout=3s CMD curl x\n", [("HEALTHCHECK", "CMD curl x", 2)]),
]


@pytest.mark.parametrize(("text", "expected"), JOINED)
def test_lines_are_joined_and_numbered(text, expected):
    assert instructions(text) == expected


HEREDOCS = [
    ("FROM x\nRUN <<EOF\nUSER a\nEOF\nUSER b\n", ("USER a",)),
    ("FROM x\nRUN <<-'EOF' sh\n\tone\n\tEOF\nUSER b\n", ("one",)),
    ('FROM x\nCOPY <<A <<"B" /x/\nfirst\nA\nsecond\nB\nUSER b\n', ("first", "second")),
    ("FROM x\nRUN cat <<< text\nUSER b\n", ()),
    ("FROM x\nRUN echo $((1<<3))\nUSER b\n", ()),
    ('FROM x\nRUN ["cat", "<<EOF"]\nUSER b\n', ()),
]


@pytest.mark.parametrize(("text", "bodies"), HEREDOCS)
def test_here_documents_are_no_instructions(text, bodies):
    first, last = read(text).final.instructions
    assert first.heredocs == bodies
    assert (last.keyword, last.value) == ("USER", "b")


def test_stages_continue_one_another_by_name():
    file = read("FROM a AS One\nUSER x\nFROM one as two\nRUN y\nFROM TWO\n")
    assert file.final.image == "a"
    assert [stage.line for stage in file.final.lineage] == [5, 3, 1]
    assert file.final.last("USER").value == "x"
    assert file.final.last("CMD") is None


def test_a_name_that_comes_later_is_an_outside_image():
    file = read("FROM later\nFROM a AS later\n")
    assert file.stages[0].parent is None
    assert file.stages[0].image == "later"


EXPANDED = [
    ("ARG V=3.12\nFROM python:${V}-slim\n", "python:3.12-slim"),
    ("ARG V\nFROM python:${V:-3.11}\n", "python:3.11"),
    ("ARG V=1\nARG W=$V.2\nFROM x:$W\n", "x:1.2"),
    ("ARG V=1\nFROM x${V:+:tag}\n", "x:tag"),
    ("ARG V\nFROM x${V:+:tag}\n", "x"),
    ("FROM $NOWHERE\n", "$NOWHERE"),
    ("ARG 'A=x'\nARG B=\"y z\"\nFROM q\n", "q"),
    ("FROM --platform=$BUILDPLATFORM golang:1.22 AS b\n", "golang:1.22"),
]


@pytest.mark.parametrize(("text", "image"), EXPANDED)
def test_arguments_are_replaced_by_their_defaults(text, image):
    assert read(text).final.image == image


def test_environment_and_arguments_of_the_lineage_are_known():
    stage = read('ARG G=g\nFROM x AS a\nARG G\nENV A=1 B="two"\nENV C three four\nFROM a\nARG D=$A$B\n').final
    assert stage.expand("$G-${A}-$B-$C-$D-$E-\\$A") == "g-1-two-three four-1two-$E-$A"


def test_the_exec_form_is_told_from_the_shell_form():
    one, two, three = read('FROM x\nCMD ["a", "b"]\nCMD a b\nCMD ["a", 1]\n').final.instructions
    assert (one.words, two.words, three.words) == (("a", "b"), None, None)


REFUSED = [
    ("", Malformed),
    ("# only\n", Malformed),
    ("RUN x\nFROM y\n", Malformed),
    ("FROM\n", Malformed),
    ("FROM a b\n", Malformed),
    ("FROM a\nSTRANGE b\n", Malformed),
    ("FROM a\nRUN <<X\nnever\n", Malformed),
    ("FROM {{ base }}\n", CannotLook),
    ("{% if x %}\nFROM a\n{% endif %}\n", CannotLook),
    ("FROM a\n" + "RUN x\n" * 20_001, TooLarge),
    ("FROM a\n#" + "x" * dockerfile.BYTES, TooLarge),
    ("ARG A=xxxxxxxxxxxxxxxx\n" + "ARG A=$A$A\n" * 40 + "FROM $A\n", TooLarge),
]


@pytest.mark.parametrize(("text", "error"), REFUSED, ids=range(len(REFUSED)))
def test_what_no_builder_accepts_is_refused(text, error):
    with pytest.raises(error):
        read(text)


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Malformed, match="UTF-8"):
        dockerfile.read(b"FROM a\n\xff\xfe\n")
