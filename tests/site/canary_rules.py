"""What the public may see, said once more as a lawyer would: nothing here knows of the program's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from diarium.classification.models import PublishingRule
from diarium.secrecy.models import Scope

LIMITED = (PublishingRule.NOTHING, PublishingRule.NUMBER_ONLY)


@dataclass(slots=True)
class Thing:
    """What the model knows of a case or record: its words, and what keeps them from the public."""

    key: int
    title: str
    company: str
    person: str
    marks: dict[str, Scope] = field(default_factory=dict)
    is_withdrawn: bool = False
    is_cancelled: bool = False
    has_protected: bool = False


@dataclass(slots=True)
class KnownFile:
    """A file with the word that its text holds."""

    key: int
    word: str
    is_released: bool
    is_withdrawn: bool = False
    marks: set[str] = field(default_factory=set)


@dataclass(slots=True)
class KnownRecord(Thing):
    """A record of `case`."""

    case: KnownCase | None = None
    became: KnownRecord | None = None
    files: list[KnownFile] = field(default_factory=list)


@dataclass(slots=True)
class KnownCase(Thing):
    """A case of a class."""

    class_code: str = "1.1"
    records: list[KnownRecord] = field(default_factory=list)
    is_closed: bool = False
    is_disposed: bool = False
    has_no_files: bool = False


def visible(cases: Sequence[KnownCase], rules: Mapping[str, PublishingRule], *, is_waiting: bool) -> Iterator[str]:
    """The words that the rules let through. `is_waiting`: the delay has not passed (all came in on one day)."""
    if is_waiting:
        return
    for case in cases:
        rule = rules[case.class_code]
        if rule in LIMITED or case.is_cancelled or case.is_withdrawn or case.is_disposed:
            continue
        scopes = set(case.marks.values())
        if Scope.WHOLE in scopes:
            continue
        if Scope.TITLE not in scopes:
            yield case.title
        if Scope.PARTIES not in scopes:
            yield case.company
        for record in case.records:
            yield from _of_record(case, record, rule)


def _of_record(case: KnownCase, record: KnownRecord, rule: PublishingRule) -> Iterator[str]:
    scopes = {*case.marks.values(), *record.marks.values()}
    if record.is_cancelled or record.is_withdrawn or Scope.WHOLE in scopes:
        return
    if Scope.TITLE not in scopes and record.title not in _titles_kept_back(case):
        yield record.title
    if Scope.PARTIES not in scopes:
        yield record.company
    has_protected = record.has_protected or case.has_protected
    if scopes or has_protected or rule is not PublishingRule.METADATA_AND_FILES:
        return
    for file in record.files:
        if file.is_released and not file.is_withdrawn and not file.marks:
            yield file.word


def _titles_kept_back(case: KnownCase) -> set[str]:
    """A title that is kept back on one record of a case is not shown on another."""
    found = set()
    for record in case.records:
        marks, withdrawn, later = [*record.marks.values()], record.is_withdrawn, record.became
        while later is not None and later.case is not None:
            marks += [*later.marks.values(), *later.case.marks.values()]
            withdrawn = withdrawn or later.is_withdrawn or later.case.is_withdrawn
            later = later.became
        if withdrawn or {Scope.TITLE, Scope.WHOLE} & set(marks):
            found.add(record.title)
    return found
