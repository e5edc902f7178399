# SPDX-License-Identifier: Apache-2.0
"""A document as Markdown, HTML or DOCX: the same words and citations in each; the same input gives the same bytes."""

import io
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

from hauberk.govern.pages import environment
from hauberk.govern.paper import Origin, Paper
from hauberk.govern.paper_text import plain_text, seal
from hauberk.report.markdown import literal
from hauberk.report.text import plain

FORMS = ("md", "html", "docx")
_MOST = 20_000
"""Characters of one line."""


def render(paper: Paper, form: str) -> bytes:
    """The document in one form, closed by the digest of its text."""
    return {"md": _markdown, "html": _html, "docx": _docx}[form](paper)


def _closed(body: str, suffix: str) -> str:
    return seal(plain_text(body.encode(), suffix))


def _markdown(paper: Paper) -> bytes:
    lines = [f"# {literal(paper.title)}: {literal(paper.system)}", ""]
    for one in filter(None, paper.about):
        lines += [_cited(one), ""]
    for section in paper.sections:
        lines += [f"## {literal(section.title)}", ""]
        for slot in section.slots:
            lines += [
                f"**{literal(slot.label)}** ({slot.origin.value})",
                "",
                *(f"- {_cited(one)}" for one in slot.lines),
                "",
            ]
    body = "\n".join(lines)
    return f"{body}\n{_closed(body, '.md')}\n".encode()


def _cited(line: str) -> str:
    """Text that renders as itself; the brackets, colons and digits of citations stay readable in the source too."""
    shown = literal(line, _MOST)
    for entity, char in (
        ("&#91;", "["),
        ("&#93;", "]"),
        ("&#35;", "#"),
        ("&#58;", ":"),
        ("&#40;", "("),
        ("&#41;", ")"),
    ):
        shown = shown.replace(entity, char)
    return shown.replace("](", "]&#40;").replace("]:", "]&#58;").replace("!&#91;", "&#33;&#91;")


def _html(paper: Paper) -> bytes:
    template = environment().get_template("paper.html")
    body = template.render(paper=paper, gap=Origin.GAP, seal="")
    return template.render(paper=paper, gap=Origin.GAP, seal=_closed(body, ".html")).encode()


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>'
)
_ROOT = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_PARTS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" '
    'Target="styles.xml"/></Relationships>'
)
_SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _style(name: str, title: str, size: int, extra: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{title}"/><w:basedOn w:val="Normal"/>'
        f'<w:pPr><w:spacing w:before="160" w:after="60"/></w:pPr><w:rPr>{extra}<w:sz w:val="{size}"/></w:rPr></w:style>'
    )


_STYLES = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles {_SPACE}>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    '<w:pPr><w:spacing w:after="80"/></w:pPr>'
    '<w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="21"/></w:rPr></w:style>'
    + _style("Title", "Title", 40, "<w:b/>")
    + _style("Heading1", "heading 1", 28, "<w:b/>")
    + _style("Heading2", "heading 2", 22, "<w:b/>")
    + _style("Gap", "Gap", 21, '<w:b/><w:color w:val="A63A12"/>')
    + "</w:styles>"
)


def _docx(paper: Paper) -> bytes:
    paragraphs = list(_paragraphs(paper))
    text = "\n".join(words for _, words in paragraphs)
    paragraphs.append(("Normal", seal(text)))
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r></w:p>'
        for style, words in paragraphs
    )
    document = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document {_SPACE}><w:body>{body}'
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" '
        'w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _ROOT),
            ("word/document.xml", document),
            ("word/_rels/document.xml.rels", _PARTS),
            ("word/styles.xml", _STYLES),
        ):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _paragraphs(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "Title", plain(f"{paper.title}: {paper.system}")
    yield from (("Normal", plain(one)) for one in paper.about if one)
    for section in paper.sections:
        yield "Heading1", plain(section.title)
        for slot in section.slots:
            yield "Heading2", plain(f"{slot.label} ({slot.origin.value})")
            yield from (("Gap" if slot.origin is Origin.GAP else "Normal", plain(one)) for one in slot.lines)
