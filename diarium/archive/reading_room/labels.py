"""What elements, attributes and codes are called in Swedish: `data/labels.csv`, which the archivist owns."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).parent / "data" / "labels.csv"


@dataclass(frozen=True, slots=True)
class Labels:
    """The table. What it does not know keeps its own name."""

    elements: Mapping[str, str]
    attributes: Mapping[str, str]
    own: Mapping[str, str]
    values: Mapping[str, str]

    def element(self, name: str) -> str:
        """An element's name in Swedish."""
        return self.elements.get(name, name)

    def attribute(self, name: str) -> str:
        """An attribute's name in Swedish."""
        return self.attributes.get(name, name)

    def own_name(self, name: str) -> str:
        """The name of an own element, in Swedish where it is one of diarium's."""
        return self.own.get(name, name)

    def value(self, element: str, text: str) -> str:
        """What the text of an element stands for, "" if nothing is known."""
        return self.values.get(f"{element}={text}", "")

    def attribute_value(self, element: str, name: str, value: str) -> str:
        """What an attribute's code stands for, "" if nothing is known."""
        return self.values.get(f"{element}.{name}={value}") or self.values.get(f"{name}={value}", "")


def _read() -> Labels:
    tables: dict[str, dict[str, str]] = {"element": {}, "attribute": {}, "own": {}, "value": {}}
    with _FILE.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            tables[row["kind"]][row["name"]] = row["label"]
    return Labels(tables["element"], tables["attribute"], tables["own"], tables["value"])


LABELS: Final = _read()
