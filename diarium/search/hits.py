"""From what an engine has kept of a document to a hit with its words marked: the same for every engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from diarium.search.highlight import Marker, mark, snippet
from diarium.search.port import Hit
from diarium.search.query_tree import Field, Node


@dataclass(frozen=True, slots=True)
class Kept:
    """What an engine keeps of a document to show it."""

    key: str
    case_key: str
    kind: str
    number: str
    title: str
    body: str
    date: dt.date | None
    authority: str
    year: int
    record_type: str
    direction: str
    status: str
    classification: str
    officer: str
    version: int


def hits_of(node: Node, found: Iterable[tuple[float, Kept]]) -> tuple[Hit, ...]:
    """The hits of `found` (score and document) in the same order."""
    in_title = Marker.of(node, (Field.TEXT, Field.TITLE))
    in_text = Marker.of(node, (Field.TEXT,))
    return tuple(_hit(in_title, in_text, score, kept) for score, kept in found)


def relative(scores: Iterable[float], best: float) -> list[float]:
    """Scores from 1.0 (the best of the search) downwards.

    They are relative because absolute ones tell how common a word is in documents that one may not see.
    """
    return [round(max(score, 0.0) / best, 3) if best > 0 else 0.0 for score in scores]


def _hit(in_title: Marker, in_text: Marker, score: float, kept: Kept) -> Hit:
    return Hit(
        key=kept.key,
        case_key=kept.case_key,
        kind=kept.kind,
        number=kept.number,
        title=kept.title,
        title_html=mark(kept.title, in_title),
        snippet_html=snippet(kept.body, in_text),
        score=score,
        date=kept.date,
        authority=kept.authority,
        year=kept.year,
        record_type=kept.record_type,
        direction=kept.direction,
        status=kept.status,
        classification=kept.classification,
        officer=kept.officer,
        version=kept.version,
    )
