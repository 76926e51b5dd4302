"""Brings a classification scheme in from a table: looked through first, then taken as a new version."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from diarium.classification import authorising, queries, rows, versions
from diarium.classification.errors import InvalidScheme
from diarium.classification.models import ClassificationScheme
from diarium.classification.rows import ClassFacts, Line, Problem
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.permissions import Actor


@dataclass(frozen=True, slots=True)
class Changed:
    """A class that reads otherwise in the table: (fact's name, old, new) of each difference."""

    code: str
    title: str
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a table would change of the scheme in force."""

    added: tuple[ClassFacts, ...]
    removed: tuple[ClassFacts, ...]
    changed: tuple[Changed, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Report:
    """A table that was looked through: what it holds, what is wrong, what it would change."""

    classes: tuple[ClassFacts, ...]
    problems: tuple[Problem, ...]
    difference: Difference


def shipped_scheme() -> list[dict[str, str]]:
    """The rows of the municipal scheme that comes with the program."""
    with (Path(__file__).parent / "data" / "scheme.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def import_scheme(
    session: Session, table: Iterable[Mapping[str, str]], *, name: str, version: str, valid_from: dt.date
) -> ClassificationScheme:
    """Adds a scheme to a new register; its rows stand in any order.

    Columns are those of `rows.COLUMNS`. Raises: InvalidScheme with the first mistake.
    """
    lines = [
        Line(place, {**row, "publishing": row.get("publishing") or "metadata"})
        for place, row in enumerate(table, start=2)
    ]
    classes, problems = rows.read(lines, must_name_basis=False)
    if problems:
        first = problems[0]
        message = _(
            "Rad %(row)s, %(column)s: %(problem)s", row=first.line, column=first.column, problem=first.message
        )
        raise InvalidScheme(message)
    scheme = versions.added(session, name=name, version=version, valid_from=valid_from)
    versions.write_classes(session, scheme, classes)
    return scheme


def check(session: Session, actor: Actor, lines: Sequence[Line]) -> Report:
    """Looks through a table without changing anything. Raises: NotAllowed."""
    identity.require_administrator(actor)
    classes, problems = rows.read(lines)
    if not classes and not problems:
        problems = (Problem(0, "", "", _("Tabellen har inga klasser. Lägg till rader under rubrikraden.")),)
    present = queries.scheme_on(session, today())
    return Report(classes, problems, _difference(queries.facts_of_scheme(session, present), classes))


def import_version(
    session: Session, actor: Actor, lines: Sequence[Line], *, version: str, valid_from: dt.date
) -> ClassificationScheme:
    """Takes a table as a new version of the scheme that is in force from `valid_from`.

    Cases keep the version that they were classified with. Raises: NotAllowed; NeedsEveryAuthority; InvalidScheme
    if the table has any mistake; InvalidText and InvalidScheme with the field's name.
    """
    authorising.require_all(session, actor, "valid_from")
    report = check(session, actor, lines)
    if report.problems:
        raise InvalidScheme(_("Rätta felen i tabellen och läs in den igen."), field="files")
    scheme = versions.added_next(session, version=version, valid_from=valid_from)
    versions.write_classes(session, scheme, report.classes)
    found = report.difference
    counts = {"added": len(found.added), "removed": len(found.removed), "changed": len(found.changed)}
    versions.note(session, actor, "scheme.imported", scheme, after={"classes": len(report.classes), **counts})
    return scheme


def _difference(before: Sequence[ClassFacts], after: Sequence[ClassFacts]) -> Difference:
    old, new = ({item.code: item for item in some} for some in (before, after))
    changed = [
        Changed(code, item.title, facts)
        for code, item in new.items()
        if code in old and (facts := _facts_that_differ(old[code], item))
    ]
    return Difference(
        added=tuple(item for code, item in new.items() if code not in old),
        removed=tuple(item for code, item in old.items() if code not in new),
        changed=tuple(changed),
        unchanged=len(old.keys() & new.keys()) - len(changed),
    )


def _facts_that_differ(old: ClassFacts, new: ClassFacts) -> tuple[tuple[str, str, str], ...]:
    before, after = queries.in_words(old), queries.in_words(new)
    return tuple(
        (str(rows.COLUMNS[name]), before[name], value) for name, value in after.items() if before[name] != value
    )
