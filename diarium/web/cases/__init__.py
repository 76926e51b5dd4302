"""Cases in the browser: lists, one case with its time line, the steps of its life, what is corrected, print."""

from diarium.web.cases import (
    correcting,
    deadlines,
    decisions,
    finding,
    handing_over,
    marks,
    notes,
    parties,
    sheets,
    steps,
    views,
)
from diarium.web.cases.frame import blueprint

__all__ = [
    "blueprint",
    "correcting",
    "deadlines",
    "decisions",
    "finding",
    "handing_over",
    "marks",
    "notes",
    "parties",
    "sheets",
    "steps",
    "views",
]
