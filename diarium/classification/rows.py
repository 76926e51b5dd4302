"""Rows of a table, checked and turned into classes: every mistake is found at once, with its line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from diarium import texts
from diarium.classification.models import PublishingRule, Retention
from diarium.classification.vocabulary import EVENT_LABELS, PUBLISHING_LABELS, RETENTION_LABELS
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l

T = TypeVar("T")
COLUMNS: Mapping[str, str] = {
    "code": _l("Kod"),
    "title": _l("Rubrik"),
    "description": _l("Beskrivning"),
    "publishing": _l("Publicering"),
    "retention": _l("Bevarande eller gallring"),
    "retention_years": _l("Gallringsfrist i år"),
    "retention_event": _l("Fristen räknas från"),
    "retention_basis": _l("Stöd"),
    "record_types": _l("Handlingstyper"),
}
REQUIRED_COLUMNS = ("code", "title", "publishing")
CODE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,6}")
MAX_YEARS = 500
TYPES_ARE_PARTED_BY = "|"


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """What is decided of keeping: `years` after `event`, or for ever."""

    retention: Retention
    years: int | None = None
    event: str | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class as a table tells it."""

    code: str
    title: str
    description: str = ""
    publishing: PublishingRule = PublishingRule.NUMBER_ONLY
    retention: RetentionFacts | None = None
    record_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a table, where, and how to mend it. `line` is 0 where it concerns the whole table."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its line in the table; `cells` by the names of `COLUMNS`."""

    number: int
    cells: Mapping[str, str]


def read(
    lines: Sequence[Line], *, must_name_basis: bool = True
) -> tuple[tuple[ClassFacts, ...], tuple[Problem, ...]]:
    """The classes of a table in the scheme's order, and everything that is wrong with it.

    `must_name_basis`: a disposal without a decision or law behind it is a mistake (arkivlagen 1990:782 10 §).
    """
    problems: list[Problem] = []
    classes: dict[str, ClassFacts] = {}
    places: dict[str, int] = {}
    for line in lines:
        row = _Row(line, problems)
        facts = row.facts(must_name_basis)
        if facts is None:
            continue
        if facts.code in places:
            row.report("code", _("Koden står redan på rad %(line)s. Ta bort den ena.", line=places[facts.code]))
            continue
        places[facts.code], classes[facts.code] = line.number, facts
    # A row with a mistake still counts as there: its children lack nothing.
    written = {line.cells.get("code", "").strip() for line in lines}
    for code, facts in classes.items():
        above = parent_code(code)
        if above and above not in written:
            message = _("Klassen %(code)s saknas. Lägg till en rad för den.", code=above)
            problems.append(Problem(places[facts.code], str(COLUMNS["code"]), code, message))
    ordered = sorted(classes.values(), key=lambda item: sort_key(item.code))
    return tuple(ordered), tuple(sorted(problems, key=lambda item: item.line))


def parent_code(code: str) -> str:
    """The code of the class above; empty at the top."""
    return code.rpartition(".")[0]


def sort_key(code: str) -> str:
    """What sorts 10 behind 9."""
    return ".".join(part.rjust(4, "0") for part in code.strip().split("."))


def checked_code(text: str) -> str:
    """A class's code. Raises: InvalidText at "code"."""
    code = texts.required_line(text, 40, "code", _("Skriv klassens kod, som 3.2.1."))
    if not CODE.fullmatch(code):
        raise texts.InvalidText(_("Skriv koden med siffror och punkter, som 3.2.1."), field="code")
    return code


def publishing_of(text: str) -> PublishingRule:
    """The rule that `text` names, by its code or in words. Raises: InvalidText at "publishing"."""
    wanted = text.strip().casefold()
    for rule, label in PUBLISHING_LABELS.items():
        if wanted in (rule.value, str(label).casefold()):
            return rule
    allowed = ", ".join(f"”{label}”" for label in PUBLISHING_LABELS.values())
    raise texts.InvalidText(_("Skriv en av reglerna %(allowed)s.", allowed=allowed), field="publishing")


def retention_of(cells: Mapping[str, str], *, must_name_basis: bool) -> RetentionFacts | None:
    """What is decided of keeping, or nothing. Raises: InvalidText with the column."""
    wanted = cells.get("retention", "").strip().casefold()
    years, event = cells.get("retention_years", "").strip(), cells.get("retention_event", "")
    basis = texts.lines(cells.get("retention_basis"), 2000, "retention_basis")
    if not wanted:
        if years:
            raise texts.InvalidText(_("Skriv ”Gallras”, eller ta bort fristen."), field="retention")
        return None
    kinds = {
        name: kind for kind, label in RETENTION_LABELS.items() for name in (kind.value, str(label).casefold())
    }
    kind = kinds.get(wanted)
    if kind is None:
        raise texts.InvalidText(_("Skriv ”Bevaras” eller ”Gallras”."), field="retention")
    if kind is Retention.PRESERVE:
        if years:
            raise texts.InvalidText(_("Det som bevaras har ingen frist. Ta bort den."), field="retention_years")
        return RetentionFacts(kind, basis=basis)
    if not re.fullmatch("[0-9]{1,3}", years) or not 0 <= int(years) <= MAX_YEARS:
        message = _("Skriv gallringsfristen i hela år, högst %(most)s.", most=MAX_YEARS)
        raise texts.InvalidText(message, field="retention_years")
    if must_name_basis and not basis:
        message = _("Skriv vilket beslut eller vilken lag som gallringen stöder sig på.")
        raise texts.InvalidText(message, field="retention_basis")
    return RetentionFacts(kind, int(years), _event_of(event), basis)


def types_of(names: Iterable[str]) -> tuple[str, ...]:
    """Names of record types without blanks and doubles. Raises: InvalidText at "record_types"."""
    checked = (texts.line(name, 100, "record_types") for name in names)
    return tuple(dict.fromkeys(name for name in checked if name))


def _event_of(text: str) -> str | None:
    wanted = texts.line(text, 60, "retention_event")
    for event, label in EVENT_LABELS.items():
        if wanted.casefold() in (event.value, str(label).casefold()):
            return event.value
    return wanted or None


class _Row:
    """One row while it is read: what is wrong with a cell does not stop the reading of the others."""

    def __init__(self, line: Line, problems: list[Problem]) -> None:
        self._line = line
        self._problems = problems

    def report(self, column: str, message: str) -> None:
        value = self._line.cells.get(column, "")
        self._problems.append(Problem(self._line.number, str(COLUMNS.get(column, column)), value[:80], message))

    def facts(self, must_name_basis: bool) -> ClassFacts | None:
        cells = self._line.cells
        before = len(self._problems)
        missing = _("Skriv klassens rubrik.")
        code = self._tried(lambda: checked_code(cells.get("code", "")))
        title = self._tried(lambda: texts.required_line(cells.get("title"), 300, "title", missing))
        description = self._tried(lambda: texts.lines(cells.get("description"), 4000, "description"))
        publishing = self._tried(lambda: publishing_of(cells.get("publishing", "")))
        retention = self._tried(lambda: retention_of(cells, must_name_basis=must_name_basis))
        named = cells.get("record_types", "").split(TYPES_ARE_PARTED_BY)
        record_types = self._tried(lambda: types_of(named))
        if len(self._problems) > before or code is None or title is None or publishing is None:
            return None
        return ClassFacts(code, title, description or "", publishing, retention, record_types or ())

    def _tried(self, reading: Callable[[], T]) -> T | None:
        try:
            return reading()
        except DomainError as error:
            self.report(error.field or "code", error.message)
            return None
