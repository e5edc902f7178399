# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-006: chat templates that reach Python's internals, and templates as models have them."""

import contextlib
import json
import random
import sys
from pathlib import Path

import pytest

from hauberk.analysis.chat_template import reaches
from hauberk.assets import gguf
from hauberk.checks.model.chat_template import chat_template
from hauberk.core.errors import CannotLook
from tests.checks.trial import messages, on_files, outcomes
from tests.fuzz.mutations import touch

SAMPLES = Path(__file__).parents[3] / "samples" / "HBK-MOD-006"

ATTACKS = {
    "class": "{{ ''.__class__ }}",
    "subclasses": "{{ ().__class__.__base__.__subclasses__() }}",
    "by item": "{{ ''['__class__'] }}",
    "by filter attr": "{{ messages|attr('role') }}",
    "by filter attr, built": "{{ ''|attr('_'*2 ~ 'class' ~ '_'*2) }}",
    "by map": "{{ messages|map(attribute='__class__')|list }}",
    "by map of attr": "{{ ['']|map('attr', '__class__')|list }}",
    "by selectattr": "{{ messages|selectattr('__init__') }}",
    "built by concatenation": "{{ ''['__cl' ~ 'ass__'] }}",
    "built by join": "{{ ''[['__cl', 'ass__']|join] }}",
    "built by reverse": "{{ ''['__ssalc__'|reverse] }}",
    "built by format": "{{ ''['%s%s' % ('__cl', 'ass__')] }}",
    "built by replace": "{{ ''['XXclassXX'.replace('X', '_')] }}",
    "escaped": "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "cycler": "{{ cycler.next }}",
    "joiner": "{{ joiner }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "self": "{{ self._TemplateReference__context }}",
    "namespace": "{% set ns = namespace() %}{{ ns.__init__.__globals__ }}",
    "format of a text": "{{ '{0.real}'.format(messages) }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'x' as y %}",
    "in a macro": "{% macro m(x) %}{{ x.__class__ }}{% endmacro %}{{ m('') }}",
    "in a condition": "{% if messages[0].__class__ %}x{% endif %}",
    "in a default": "{{ x|default(''.__class__) }}",
    "groupby": "{{ messages|groupby('__class__') }}",
}


@pytest.mark.parametrize("label", ATTACKS)
def test_an_escape_is_found(label, tmp_path):
    evidence = on_files(
        chat_template, tmp_path, {"tokenizer_config.json": json.dumps({"chat_template": ATTACKS[label]}).encode()}
    )
    assert outcomes(evidence) == {"found"}


HONEST = {
    "plain": "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content']|trim + eos_token }}{% endfor %}",
    "first message": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% endif %}{{ bos_token }}",
    "roles alternate": "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles') }}{% endif %}{% endfor %}",
    "tools": "{% for tool in tools %}{{ tool | tojson(indent=4) }}{% endfor %}{{ tool_call.arguments | tojson }}",
    "thoughts": "{% set content = m.content.split('</think>')[-1].lstrip('\\n') %}{{ content }}",
    "namespace": "{% set ns = namespace(found=false, last=-1) %}{% set ns.found = true %}{{ ns.found }}{{ messages[::-1] }}",
    "macro": "{%- macro render(m, level=0) -%}{{ m.content | length }}{% endmacro %}{{ render(messages[0]) }}",
    "filters": "{{ messages | selectattr('role', 'equalto', 'system') | map(attribute='content') | join('\\n') }}",
    "date": "{{ strftime_now('%d %b %Y') }}{{ date_string is defined }}",
    "generation": "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% if loop.last %}{% break %}{% endif %}{% endfor %}",
    "computed index": "{{ messages[loop.index0 - 1].role }}{{ messages[key] }}{{ messages[i + 1] }}",
    "a name of one's own": "{% for config in configs %}{{ config.x }}{% endfor %}",
    "underscores within": "{{ add_generation_prompt }}{{ message.tool_calls[0].function.name }}",
}


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_template_is_clean(label, tmp_path):
    files = {
        "tokenizer_config.json": json.dumps({"chat_template": HONEST[label]}).encode(),
        "chat_template.jinja": HONEST[label].encode(),
    }
    evidence = on_files(chat_template, tmp_path, files)
    assert outcomes(evidence) == {"clean"}, messages(evidence)


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ({}, "clean"),
        (
            {
                "chat_template": [
                    {"name": "a", "template": HONEST["plain"]},
                    {"name": "b", "template": ATTACKS["class"]},
                ]
            },
            "found",
        ),
        ({"chat_template": {"tool": ATTACKS["class"]}}, "found"),
        ({"chat_template": [{"name": "a"}]}, "unable"),
        ({"chat_template": "{% for %}"}, "unable"),
    ],
)
def test_every_template_of_a_tokenizer_is_read(value, outcome, tmp_path):
    evidence = on_files(chat_template, tmp_path, {"tokenizer_config.json": json.dumps(value).encode()})
    assert outcomes(evidence) == {outcome}


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_sample_that_is_cut_is_unable(path, tmp_path):
    data = path.read_bytes()
    cut = data[:-1].rstrip()[:-1] if path.suffix == ".json" else data[:-1]  # the last byte of JSON is a new line
    assert outcomes(on_files(chat_template, tmp_path, {path.name: cut})) == {"unable"}


def test_mutated_files_never_escape_with_another_error():
    corpus = [path.read_bytes() for path in SAMPLES.rglob("*.gguf")]
    templates = [*ATTACKS.values(), *HONEST.values()]
    chance = random.Random(6)
    inside = total = 0
    for _ in range(800):
        total += 2
        with contextlib.suppress(CannotLook):
            inside += bool(gguf.texts(touch(chance.choice(corpus), corpus, chance)))
        try:
            raw = [text.encode() for text in templates]
            list(reaches(touch(chance.choice(raw), raw, chance).decode("latin-1")))
            inside += 1
        except CannotLook:
            pass
    sys.stdout.write(f"gguf and templates: {inside / total:.0%} of {total} mutated inputs are read to the end\n")
    assert inside / total >= 0.2
