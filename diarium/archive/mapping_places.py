"""How a table of facts and places is written: one `Place` for each field of the package model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where one fact stands. `fact`: field of the package model; `erms`: XPath in the document with the cases.

    `also`: its other places. `newer`: the XPath in ERMS 3.0, where it is another.
    """

    fact: str
    erms: str
    also: str = ""
    newer: str = ""


Places = Mapping[str, tuple[Place, ...]]
"""The places of every field, by the name of the class."""
_OWN = "additionalInformation/ownElement/ownElement"


def own(base: str, name: str) -> str:
    """The own element `name` of ERMS, in the additional information of `base` ("": of the document)."""
    return f"{base}/{_OWN}[@name='{name}']/value" if base else f"{_OWN}[@name='{name}']/value"


def owns(base: str, *names: str) -> Iterator[Place]:
    """Facts that are own elements of the same name."""
    return (Place(name, own(base, name)) for name in names)
