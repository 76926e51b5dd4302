"""The tables of docs/disposal.md say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from diarium.classification.vocabulary import RetentionEvent
from diarium.disposal.inventory import FATES, Fate
from diarium.disposal.models import DEPTH_TEXTS
from diarium.disposal.obstacles import OBSTACLE_LABELS, REMARK_LABELS
from diarium.disposal.reckoning import COUNTED_FROM

DOCUMENT = Path(__file__).parents[2] / "docs" / "disposal.md"


def table(head: str) -> dict[str, str]:
    """The rows of the table whose first column is called so."""
    text = DOCUMENT.read_text(encoding="utf-8")
    _before, found, rest = text.partition(f"| {head} |")
    assert found, head
    lines = rest.split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {re.sub("`", "", row[0]): re.sub("`", "", row[1]) for row in cells}


def test_obstacles_and_remarks_are_those_of_the_program() -> None:
    assert table("obstacle") == {key.value: str(text) for key, text in OBSTACLE_LABELS.items()}
    assert table("remark") == {key.value: str(text) for key, text in REMARK_LABELS.items()}


def test_depths_mean_what_the_certificate_says() -> None:
    assert table("depth") == {key.value: str(text) for key, text in DEPTH_TEXTS.items()}


def test_rules_are_counted_from_what_the_document_says() -> None:
    told = {None if key == "(none)" else key: text for key, text in table("event of the rule").items()}
    assert told == {key: kind.value for key, kind in COUNTED_FROM.items()}
    assert set(told) == {None, *(event.value for event in RetentionEvent)}


def test_every_table_that_may_tell_of_a_case_stands_there() -> None:
    assert table("table") == {name: fate.value for name, fate in FATES.items() if fate is not Fate.APART}
