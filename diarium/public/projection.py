"""The allow-list: what of the register the public sees. Nothing leaves the register but what is named here.

Every field of the results is filled by name from the register's objects; a field that is added to the register
stays hidden until somebody adds it here. Number, dates, direction and authority are always shown (OSL 5 kap. 2 §),
unless the whole class is kept out of the web register.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace

from diarium.classification.models import PublishingRule
from diarium.public import file_names
from diarium.public.names import names_somebody
from diarium.public.vocabulary import CANCELLED, Visibility
from diarium.register import following
from diarium.register.models import Case, Document, Party, Record
from diarium.register.views import concerns_protected
from diarium.register.vocabulary import CaseStatus, PartyKind, RecordStatus
from diarium.secrecy import scanning
from diarium.secrecy.models import Restriction, Scope

MAX_TEXT = 500_000
"""So many characters of a released file can be searched."""


@dataclass(frozen=True, slots=True)
class ProjectedParty:
    """A party; `name` is None for private persons, protected or not."""

    role: str
    name: str | None


@dataclass(frozen=True, slots=True)
class ProjectedDocument:
    """A released file under a name that says nothing but its record's number."""

    uid: uuid.UUID
    place: int
    file_name: str
    sha256: str
    size: int
    mime: str
    text: str


@dataclass(frozen=True, slots=True)
class ProjectedRecord:
    """What is shown of a record."""

    uid: uuid.UUID
    running_number: int
    number_text: str
    visibility: Visibility
    direction: str
    official_on: dt.date
    title: str | None = None
    record_type: str | None = None
    parties: tuple[ProjectedParty, ...] = ()
    are_parties_omitted: bool = False
    documents: tuple[ProjectedDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectedCase:
    """What is shown of a case and its records."""

    uid: uuid.UUID
    authority_code: str
    authority_name: str
    series_code: str
    year: int
    number: int
    number_text: str
    visibility: Visibility
    opened_on: dt.date
    registered_count: int
    records: tuple[ProjectedRecord, ...]
    closed_on: dt.date | None = None
    title: str | None = None
    case_type: str | None = None
    status: str | None = None
    class_code: str | None = None
    class_title: str | None = None
    unit: str | None = None
    parties: tuple[ProjectedParty, ...] = ()
    are_parties_omitted: bool = False

    def without_documents(self, uids: Set[uuid.UUID]) -> ProjectedCase:
        """The same without some files."""
        records = tuple(
            replace(record, documents=tuple(d for d in record.documents if d.uid not in uids))
            for record in self.records
        )
        return replace(self, records=records)


TextOf = Callable[[str], str]
"""Gives the text of a content by its checksum."""


def project_case(case: Case, text_of: TextOf = lambda _sha256: "") -> ProjectedCase | None:
    """What the public sees of `case`; None for a class that is kept out of the web register altogether."""
    rule = publishing_rule(case)
    if rule is PublishingRule.NOTHING:
        return None
    marks = _scopes(case.restrictions)
    visibility = _visibility(rule, marks, is_cancelled=case.status is CaseStatus.CANCELLED)
    hidden = _hidden(case)
    always = ProjectedCase(
        uid=case.uid,
        authority_code=case.authority.code,
        authority_name=case.authority.name,
        series_code=case.series.code,
        year=case.year,
        number=case.number,
        number_text=case.number_text,
        visibility=visibility,
        opened_on=case.opened_on,
        registered_count=case.record_count,
        status=CANCELLED if visibility is Visibility.CANCELLED else None,
        records=tuple(_project_record(r, rule, marks, visibility, hidden, text_of) for r in case.records),
    )
    return _with_case_facts(always, case, marks, hidden) if visibility is Visibility.FACTS else always


def publishing_rule(case: Case) -> PublishingRule:
    """What the case's class and series allow. Without a class only the number (deny unless allowed)."""
    rule = case.classification.publishing if case.classification else PublishingRule.NUMBER_ONLY
    if case.series.is_restricted and rule is not PublishingRule.NOTHING:
        return PublishingRule.NUMBER_ONLY  # OSF 2009:641 3 §
    return rule


def _with_case_facts(always: ProjectedCase, case: Case, marks: frozenset[Scope], hidden: Hidden) -> ProjectedCase:
    # The type and the class tell in brief what the matter is about, as the title does: they go with it.
    tells_matter = Scope.TITLE not in marks
    shows_parties = Scope.PARTIES not in marks
    shown_class = case.classification if tells_matter else None
    return ProjectedCase(
        uid=always.uid,
        authority_code=always.authority_code,
        authority_name=always.authority_name,
        series_code=always.series_code,
        year=always.year,
        number=always.number,
        number_text=always.number_text,
        visibility=always.visibility,
        opened_on=always.opened_on,
        registered_count=always.registered_count,
        records=always.records,
        closed_on=case.closed_on,
        title=_title(case, hidden) if tells_matter else None,
        case_type=_harmless(case.case_type, hidden) if tells_matter else None,
        status=case.status.value,
        class_code=shown_class.code if shown_class else None,
        class_title=shown_class.title if shown_class else None,
        unit=case.unit.name if case.unit else None,
        parties=_parties(case.parties) if shows_parties else (),
        are_parties_omitted=not shows_parties,
    )


def _project_record(
    record: Record,
    rule: PublishingRule,
    case_marks: frozenset[Scope],
    of_case: Visibility,
    hidden: Hidden,
    text_of: TextOf,
) -> ProjectedRecord:
    marks = case_marks | _scopes(record.restrictions)
    is_cancelled = record.status is RecordStatus.CANCELLED or of_case is Visibility.CANCELLED
    visibility = _visibility(rule, marks, is_cancelled=is_cancelled)
    shows_facts = visibility is Visibility.FACTS
    tells_matter = shows_facts and Scope.TITLE not in marks
    shows_parties = shows_facts and Scope.PARTIES not in marks
    # A file holds title and parties too: any mark takes it away, whatever its scope.
    shows_files = shows_facts and rule is PublishingRule.METADATA_AND_FILES and not marks
    if concerns_protected(record):
        shows_files = False  # it may tell where they live
    return ProjectedRecord(
        uid=record.uid,
        running_number=record.running_number,
        number_text=record.number_text,
        visibility=visibility,
        direction=record.direction.value,
        official_on=record.official_on,
        title=_title(record, hidden) if tells_matter else None,
        record_type=_harmless(record.record_type, hidden) if tells_matter else None,
        parties=_parties(record.parties) if shows_parties else (),
        are_parties_omitted=shows_facts and not shows_parties,
        documents=_documents(record, hidden, text_of) if shows_files else (),
    )


def _later_marks(record: Record) -> list[Restriction]:
    """Markings of what a moved record became: its title stands in its old case too."""
    later = (item for item in following.chain(record) if item is not record)
    return [mark for item in later for mark in (*item.restrictions, *item.case.restrictions)]


def _visibility(rule: PublishingRule, marks: frozenset[Scope], *, is_cancelled: bool) -> Visibility:
    if is_cancelled:
        return Visibility.CANCELLED
    if rule is PublishingRule.NUMBER_ONLY:
        return Visibility.NUMBER_ONLY
    return Visibility.OMITTED if Scope.WHOLE in marks else Visibility.FACTS


def _scopes(restrictions: Iterable[Restriction]) -> frozenset[Scope]:
    return frozenset(item.scope for item in restrictions if item.is_in_force)


def _title(target: Case | Record, hidden: Hidden) -> str | None:
    return _harmless(target.public_title or target.title, hidden)


def _harmless(text: str | None, hidden: Hidden) -> str | None:
    """`text`, or None where it holds a personal number, an address, a phone number or what is hidden elsewhere."""
    if not text or scanning.scan(text) or names_somebody(text, hidden.names):
        return None
    folded = text.casefold()
    return None if any(title in folded for title in hidden.titles) else text


def _parties(parties: Iterable[Party]) -> tuple[ProjectedParty, ...]:
    return tuple(ProjectedParty(p.role.value, None if _is_private(p) else p.name) for p in parties)


def _is_private(party: Party) -> bool:
    """A sole trader's organisation number is a personal number: the trader is a private person too."""
    number = party.identity_number or ""
    return (
        party.is_protected
        or party.kind is PartyKind.PERSON
        or scanning.holds_personal_number(number)
        or bool(scanning.scan(party.name))
    )


@dataclass(frozen=True, slots=True)
class Hidden:
    """What no shown text of a case may hold: names of private or marked parties; marked titles, case folded."""

    names: tuple[str, ...]
    titles: tuple[str, ...]


def _hidden(case: Case) -> Hidden:
    """Private persons of the case and its records; where the parties are marked, all of them.

    A case often bears the title of its first record: a mark on one title covers the same words elsewhere.
    """
    names = _hidden_names(case.parties, all_of_them=Scope.PARTIES in _scopes(case.restrictions))
    titles = []
    for record in case.records:
        marks = _scopes([*record.restrictions, *_later_marks(record)])
        names += _hidden_names(record.parties, all_of_them=bool({Scope.PARTIES, Scope.WHOLE} & marks))
        if {Scope.TITLE, Scope.WHOLE} & marks:
            titles.append(record.title.casefold())
    return Hidden(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(titles)))


def _hidden_names(parties: Iterable[Party], *, all_of_them: bool) -> list[str]:
    return [party.name for party in parties if all_of_them or _is_private(party)]


def _documents(record: Record, hidden: Hidden, text_of: TextOf) -> tuple[ProjectedDocument, ...]:
    released = [document for document in record.documents if document.is_released]
    return tuple(
        _project_document(record, document, place, _searchable(text_of(document.sha256), hidden))
        for place, document in enumerate(released, start=1)
    )


def _project_document(record: Record, document: Document, place: int, text: str) -> ProjectedDocument:
    mime = file_names.known_type(document.blob.mime, document.file_name)
    return ProjectedDocument(
        uid=document.uid,
        place=place,
        file_name=file_names.neutral_name(record.number_text, place, mime),
        sha256=document.sha256,
        size=document.blob.size,
        mime=mime,
        text=text,
    )


def _searchable(text: str, hidden: Hidden) -> str:
    """The text by which a released file is found; none if it would be found by somebody's number or name."""
    if scanning.holds_personal_number(text) or names_somebody(text, hidden.names):
        return ""
    return text[:MAX_TEXT]
