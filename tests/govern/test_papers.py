# SPDX-License-Identifier: Apache-2.0
"""Documents: every citation resolves in every form, any changed digit fails, and what nobody knows says GAP."""

import contextlib
import io
import random
import re
import zipfile
from datetime import date
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.canonical import identified
from hauberk.core.errors import CannotLook, Malformed, TooLarge
from hauberk.core.evidence import Evidence
from hauberk.core.measurement import Measurement
from hauberk.core.system import Role, System
from hauberk.govern import cite
from hauberk.govern.attest import Attestation, Statements
from hauberk.govern.find import find
from hauberk.govern.material import LARGEST, Material, narrative
from hauberk.govern.paper import Origin
from hauberk.govern.paper_forms import FORMS, render
from hauberk.govern.paper_text import plain_text, sealed
from hauberk.govern.papers import KINDS, paper
from hauberk.govern.signed import Signed
from hauberk.govern.verify import check
from tests.govern.expected import system_of
from tests.report.worked import HOSTILE, WORKED

SCAN = msgspec.structs.replace(WORKED, evidence=tuple(map(identified, WORKED.evidence)))
DAY = date(2026, 11, 24)
TOLD = {"limitations": ("It was tried in one town.\n\nNot for firms.", "sha256:" + "1" * 64)}


def _material(told=None, system=None, said=None):
    system = system or system_of("radiology")
    return Material(system=system, scan=SCAN, threats=find(system), told=told or {}, said=said or Statements(), day=DAY)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", KINDS)
def test_every_citation_of_every_document_resolves_in_every_form(name, form):
    made = paper(name, _material(TOLD))
    result = check("f", render(made, form), "." + form, SCAN.evidence)
    assert result.faults == ()
    assert render(made, form) == render(paper(name, _material(TOLD)), form)


@pytest.mark.parametrize("form", ["md", "html"])
def test_changing_any_digit_fails(form):
    data = render(paper("model-card", _material(TOLD)), form).decode()
    start = data.index("Model details")  # the head of an HTML page is style
    places = [match.start() for match in re.finditer(r"\d", data) if match.start() > start]
    for place in random.Random(1).sample(places, min(len(places), 150)):
        changed = data[:place] + str((int(data[place]) + 1) % 10) + data[place + 1 :]
        in_class = data.rfind("<", 0, place) > data.rfind(">", 0, place)  # an attribute, not a word
        assert in_class or check("f", changed.encode(), "." + form, SCAN.evidence).faults, data[place - 40 : place + 20]


def _resealed(text):
    from hauberk.govern.paper_text import seal

    body = text[: text.index("Text digest:")]
    return f"{body}{seal(plain_text(body.encode(), '.md'))}\n"


def test_a_number_that_is_forged_with_a_new_digest_still_fails():
    text = render(paper("model-card", _material()), "md").decode()
    cited = next(one for one in cite.citations(plain_text(text.encode(), ".md")) if one.part.isdigit())
    number = re.search(r"(\d\.\d+) \(", cited.said)
    forged = _resealed(text.replace(number[1], "0.9999", 1))
    result = check("f", forged.encode(), ".md", SCAN.evidence)
    assert len(result.faults) >= 1
    assert all("the ledger says" in fault for fault in result.faults)
    assert check("f", _resealed(text).encode(), ".md", SCAN.evidence).faults == ()


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("#0]", "#7]"),
        ("[sha256:", "[sha256:0"),
        ("[sha256:", "[sha-256:"),
        ("#outcome]", "#findings]"),
        ("#outcome]", "]"),
    ],
)
def test_a_reference_that_leads_elsewhere_fails_even_under_a_new_digest(was, now):
    text = render(paper("annex-iv", _material()), "md").decode()
    if was not in text:
        text = render(paper("model-card", _material()), "md").decode()
    assert was in text
    assert check("f", _resealed(text.replace(was, now, 1)).encode(), ".md", SCAN.evidence).faults


def test_evidence_of_another_assessment_does_not_count():
    data = render(paper("model-card", _material()), "md")
    assert check("f", data, ".md", ()).faults
    assert "holds no such evidence" in check("f", data, ".md", ()).faults[0]


def test_the_docx_has_all_the_words_of_the_markdown_and_well_formed_parts():
    made = paper("dpia", _material(TOLD))
    data = render(made, "docx")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ET.fromstring(archive.read(name))
    text = plain_text(data, ".docx")
    assert all(slot.label in text for slot in made.slots)
    assert sealed(text)


def test_the_docx_opens_in_python_docx():
    docx = pytest.importorskip("docx")
    document = docx.Document(io.BytesIO(render(paper("model-card", _material()), "docx")))
    assert document.paragraphs[0].style.name == "Title"
    assert any(one.style.name == "Heading 1" for one in document.paragraphs)


def test_what_nobody_knows_says_gap_and_what_would_fill_it():
    system = System(name="bare")
    made = paper(
        "model-card", Material(system=system, scan=SCAN, threats=find(system), told={}, said=Statements(), day=DAY)
    )
    gaps = [slot for slot in made.slots if slot.origin is Origin.GAP]
    assert all(slot.lines[0].startswith("GAP: ") for slot in gaps)
    assert any("owners" in slot.lines[0] for slot in gaps)
    assert made.gaps == len(gaps) > 5


def test_what_a_person_wrote_stands_with_its_file_and_digest():
    slot = next(slot for slot in paper("model-card", _material(TOLD)).slots if slot.label == "Known limits")
    assert slot.origin is Origin.PERSON
    assert slot.lines[:2] == ("It was tried in one town.", "Not for firms.")
    assert "docs/narrative/limitations.md" in slot.lines[-1]
    assert TOLD["limitations"][1] in slot.lines[-1]


@pytest.mark.parametrize("form", FORMS)
def test_a_name_that_would_be_markup_or_drive_a_terminal_stays_a_name(form):
    system = System(name=HOSTILE, purpose="<script>alert(1)</script> ](javascript:x) [sha256:0#0]")
    data = render(
        paper(
            "system-card", Material(system=system, scan=SCAN, threats=find(system), told={}, said=Statements(), day=DAY)
        ),
        form,
    )
    text = data.decode("utf-8", "replace") if form != "docx" else ""
    assert "<script" not in text
    assert form != "md" or "](javascript" not in text
    assert "\x1b" not in plain_text(data, "." + form)
    assert check("f", data, "." + form, SCAN.evidence).faults, "a citation that a manifest forges resolves to nothing"


def test_narrative_is_bounded_utf8_and_never_a_link(tmp_path):
    folder = tmp_path / "docs" / "narrative"
    folder.mkdir(parents=True)
    (folder / "purpose.md").write_text("Why.")
    (folder / "away.md").symlink_to("/etc/hostname")
    assert list(narrative(tmp_path)) == ["purpose"]
    (folder / "big.md").write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(TooLarge):
        narrative(tmp_path)
    (folder / "big.md").write_bytes(b"\xff")
    with pytest.raises(Malformed):
        narrative(tmp_path)


FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.none() | FINITE, FINITE, FINITE, st.integers(0, 10**9), st.booleans()), min_size=1, max_size=4
    )
)
def test_what_is_cited_is_read_back_and_nothing_is_wrong_with_it(rows):
    made = tuple(
        Measurement(
            name="m",
            value=value,
            low=min(one, other) if bounded else None,
            high=max(one, other) if bounded else None,
            n=n,
            note="" if value is not None else "none",
        )
        for value, one, other, n, bounded in rows
    )
    evidence = identified(msgspec.structs.replace(SCAN.evidence[0], measurements=made))
    known = cite.by_short((evidence,))
    text = "\n".join(f"m: {cite.measured(evidence, index)}" for index in range(len(made)))
    found = cite.citations(f"{text} {cite.outcome(evidence)} {cite.findings(evidence)}")
    assert len(found) == len(made) + 2
    assert [cite.wrong(one, known) for one in found] == [""] * len(found)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([".md", ".html", ".docx"]))
def test_no_bytes_make_the_reader_fall_over(data, suffix):
    with contextlib.suppress(CannotLook):
        plain_text(data, suffix)
    assert check("f", data, suffix, ()).faults


def test_a_changed_docx_is_unreadable_or_at_fault():
    data = bytearray(render(paper("notice", _material()), "docx"))
    rng = random.Random(3)
    for _ in range(150):
        place = rng.randrange(len(data))
        changed = bytes(data[:place]) + bytes([data[place] ^ (1 << rng.randrange(8))]) + bytes(data[place + 1 :])
        result = check("f", changed, ".docx", SCAN.evidence)
        if not result.faults:
            assert plain_text(changed, ".docx") == plain_text(bytes(data), ".docx")


def test_types_used_here_are_the_ledgers_own():
    assert all(isinstance(one, Evidence) for one in SCAN.evidence)


def test_a_narrative_says_who_stands_for_its_words_or_that_nobody_does():
    system = msgspec.structs.replace(
        system_of("radiology"), roles=(Role(name="safety", holders=("ines",)),), approvals=()
    )
    proof = TOLD["limitations"][1]
    stated = Attestation(subject="narrative:limitations", version=proof, role="safety", reason="", until="2027-01-01")

    def shown(version):
        one = Signed(by="ines/1", at="2026-11-01T00:00:00Z", value=msgspec.structs.replace(stated, version=version))
        made = paper("model-card", _material(TOLD, system, Statements(attestations=(one,))))
        return render(made, "md").decode()

    assert "signed by ines/1 as safety until 2027-01-01" in shown(proof)
    assert "NOT SIGNED (it was made on another version of it)" in shown("sha256:" + "3" * 64)
    unsigned = render(paper("model-card", _material(TOLD)), "md").decode()
    assert "NOT SIGNED (hauberk attest narrative:limitations)" in unsigned


@pytest.mark.parametrize("name", KINDS)
def test_changing_a_digit_of_a_docx_fails(name):
    data = render(paper(name, _material(TOLD)), "docx")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    body = parts["word/document.xml"].decode()
    places = [
        m.start() for m in re.finditer(r"\d", body) if body.rfind(">", 0, m.start()) > body.rfind("<", 0, m.start())
    ]
    for place in random.Random(2).sample(places, min(len(places), 12)):
        changed = body[:place] + str((int(body[place]) + 1) % 10) + body[place + 1 :]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for one, content in parts.items():
                archive.writestr(one, changed.encode() if one == "word/document.xml" else content)
        assert check("f", out.getvalue(), ".docx", SCAN.evidence).faults, body[place - 40 : place + 20]
