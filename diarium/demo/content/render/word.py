"""Memos and reports as Word documents."""

from __future__ import annotations

import datetime as dt
import io
from functools import lru_cache

from docx import Document
from docx.enum.style import WD_STYLE_TYPE

from diarium.demo.content.model import DemoFile
from diarium.demo.content.render.archive import rewritten


def render(file: DemoFile) -> bytes:
    """The file as DOCX with headings, text and fixed properties."""
    document = Document(io.BytesIO(_template()))
    made = dt.datetime.combine(file.date, dt.time(9, 0))
    properties = document.core_properties
    properties.author, properties.last_modified_by = file.letterhead, file.letterhead
    properties.title, properties.language, properties.comments = file.title, "sv-SE", ""
    properties.created, properties.modified, properties.revision = made, made, 1
    document.add_heading(file.title, level=1)
    document.add_paragraph("\n".join(f"{label}: {value}" for label, value in file.fields))
    for section in file.sections:
        if section.heading:
            document.add_heading(section.heading, level=2)
        for paragraph in section.paragraphs:
            document.add_paragraph(paragraph)
    document.add_paragraph("\n".join(file.signature))
    target = io.BytesIO()
    document.save(target)
    return rewritten(target, made)


@lru_cache(maxsize=1)
def _template() -> bytes:
    """An empty document without what no demo file uses: table styles, copies of styles, thumbnail. Ten times less
    to read and to pack."""
    document = Document()
    for style in list(document.styles):
        if style.type is WD_STYLE_TYPE.TABLE and style.name != "Normal Table":
            style.delete()
    for relations in (document.part.rels, document.part.package.rels):
        for key, relation in list(relations.items()):
            if relation.reltype.rpartition("/")[2] in {"stylesWithEffects", "thumbnail", "customXml"}:
                relations.pop(key)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
