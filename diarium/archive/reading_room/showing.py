"""The lines of an item as a tree with Swedish names, for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diarium.archive.reading_room.labels import LABELS
from diarium.archive.reading_room.lines import REST, Line, grown

_OWN = frozenset({"ownElement", "EgetElement", "attribute", "Egenskap"})
_OWN_VALUES = frozenset({"value", "Varde"})
_OWN_NAMES = ("name", "Namn")
# Boxes of what has no element of its own: long, and seldom asked for.
_BOXES = frozenset({"ownElement", "EgnaElement"})
_ABOUT = frozenset({"ownElementDescription", "EgnaElementBeskrivning"})


@dataclass(frozen=True, slots=True)
class Told:
    """A value: as written, and what it stands for ("" if nothing is known)."""

    label: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """An element. `is_hidden`: its text and values are not for this reader. `label` may be a name of its own."""

    label: str
    name: str
    value: str
    meaning: str
    attributes: tuple[Told, ...]
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What a page writes next: an element, one that holds others (`is_branch`), or without a node its end."""

    node: Node | None
    is_branch: bool = False
    is_open: bool = True


def steps_of(lines: Sequence[Line], *, sees_protected: bool) -> list[Step]:
    """The lines as nested elements, in order. Nothing is left out but what tells who is protected."""
    steps: list[Step] = []
    waiting: list[Line | None] = list(reversed(_without_frame(grown(lines))))
    while waiting:
        line = waiting.pop()
        if line is None:
            steps.append(Step(None))
            continue
        node, children = _node(line, sees_protected)
        steps.append(Step(node, bool(children), line.name not in _BOXES))
        if children:
            waiting.append(None)
            waiting += reversed(children)
    return steps


def _without_frame(roots: list[Line]) -> list[Line]:
    """What stands in the item itself: its own element says nothing but what its attributes do."""
    first = roots[0] if roots else None
    if first is None or first.depth or not first.children:
        return roots
    frame = Line(0, first.name, first.attributes, first.text, first.number, first.is_protected)
    return [*([frame] if first.attributes or first.text else []), *first.children, *roots[1:]]


def _node(line: Line, sees_protected: bool) -> tuple[Node, list[Line]]:
    """The element, and those that stand in it. The only value of an own element stands as its own."""
    is_hidden = line.is_protected and not sees_protected
    own_name = next((line.get(name) for name in _OWN_NAMES if line.get(name)), "") if line.name in _OWN else ""
    value, children = line.text, line.children
    if own_name and not value and len(children) == 1 and children[0].name in _OWN_VALUES:
        only = children[0]
        if not only.children and not only.attributes:
            value, children = only.text, []
            is_hidden |= only.is_protected and not sees_protected
    attributes = tuple(
        Told(LABELS.attribute(name), text, LABELS.attribute_value(line.name, name, text))
        for name, text in line.attributes
        if not (own_name and name in _OWN_NAMES and LABELS.own_name(own_name) == text)
    )
    label = LABELS.own_name(own_name) if own_name else LABELS.element(line.name)
    if line.name in _BOXES and children and children[0].name in _ABOUT and not own_name:
        about = children[0]
        if about.text and not (about.is_protected or about.children or about.attributes):
            label, children = about.text, children[1:]
    node = Node(
        label="" if line.name == REST else label,
        name=line.name,
        value="" if is_hidden else value,
        meaning="" if is_hidden else LABELS.value(line.name, value),
        attributes=() if is_hidden else attributes,
        is_hidden=is_hidden,
    )
    return node, children
