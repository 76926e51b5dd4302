"""The allow-list: what of the register the public sees. Nothing leaves the register but what is named here.

Every field of the results is filled by name from the register's objects; a field that is added to the register
stays hidden until somebody adds it here. Number, date and authority are always shown (OSL 5 kap. 2 §), unless the
whole class is kept out of the web register; for all else `verdicts` says whether, and if not, why.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace

from diarium.classification.models import PublishingRule
from diarium.i18n import local_date, today
from diarium.public import file_names, verdicts, waiting
from diarium.public.findings import MAX_TEXT, FileText
from diarium.public.names import names_somebody
from diarium.public.verdicts import CaseRules, Hidden
from diarium.public.vocabulary import CANCELLED, Visibility
from diarium.register.models import Case, Document, Party, Record
from diarium.secrecy import scanning
from diarium.secrecy.models import Scope


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
    """What is shown of a record. `published_at`: when it could be seen first, exact only where facts are shown."""

    uid: uuid.UUID
    running_number: int
    number_text: str
    visibility: Visibility
    direction: str
    official_on: dt.date
    published_at: dt.datetime
    title: str | None = None
    record_type: str | None = None
    parties: tuple[ProjectedParty, ...] = ()
    are_parties_omitted: bool = False
    moved_to_uid: uuid.UUID | None = None
    moved_to_number: str | None = None
    documents: tuple[ProjectedDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectedCase:
    """What is shown of a case and its records. `due_on`: the next day on which more is to be shown.

    `disposed_on`, `disposed_by`: when it, or only its files, were disposed of, and by which decision; told only
    where the case is shown, or where nothing else is left of it.
    """

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
    last_event_on: dt.date
    published_at: dt.datetime
    records: tuple[ProjectedRecord, ...]
    due_on: dt.date | None = None
    closed_on: dt.date | None = None
    title: str | None = None
    case_type: str | None = None
    status: str | None = None
    class_code: str | None = None
    class_title: str | None = None
    unit: str | None = None
    parties: tuple[ProjectedParty, ...] = ()
    are_parties_omitted: bool = False
    disposed_on: dt.date | None = None
    disposed_by: str | None = None

    def without_documents(self, uids: Set[uuid.UUID]) -> ProjectedCase:
        """The same without some files."""
        records = tuple(
            replace(record, documents=tuple(d for d in record.documents if d.uid not in uids))
            for record in self.records
        )
        return replace(self, records=records)


TextOf = Callable[[str], FileText | None]
"""Gives the text of a content by its checksum; None for one that was not examined yet."""


def project_case(
    case: Case, text_of: TextOf = lambda _sha256: FileText(""), day: dt.date | None = None
) -> ProjectedCase | None:
    """What the public sees of `case` on `day` (today); None for a class that is kept out altogether."""
    rules = verdicts.case_rules(case, day or today())
    if rules.rule is PublishingRule.NOTHING:
        return None
    records = tuple(_project_record(record, rules, text_of) for record in case.records)
    # Of a case that is marked, withdrawn or not yet shown, that its files are gone is nobody's business either.
    is_told = rules.visibility in (Visibility.FACTS, Visibility.DISPOSED)
    disposal = case.disposals[-1] if case.disposals and is_told else None
    always = ProjectedCase(
        uid=case.uid,
        authority_code=case.authority.code,
        authority_name=case.authority.name,
        series_code=case.series.code,
        year=case.year,
        number=case.number,
        number_text=case.number_text,
        visibility=rules.visibility,
        opened_on=case.opened_on,
        registered_count=case.record_count,
        last_event_on=max((case.opened_on, *(record.official_on for record in case.records))),
        published_at=_published_at(case, rules.visibility, rules.first_day),
        due_on=_due_on(case, rules),
        status=CANCELLED if rules.visibility is Visibility.CANCELLED else None,
        records=records,
        disposed_on=local_date(disposal.disposed_at) if disposal else None,
        disposed_by=disposal.decision if disposal else None,
    )
    return _with_case_facts(always, case, rules) if rules.visibility is Visibility.FACTS else always


def _with_case_facts(always: ProjectedCase, case: Case, rules: CaseRules) -> ProjectedCase:
    # The type and the class tell in brief what the matter is about, as the title does: they go with it.
    kept = verdicts.tells_matter(rules.visibility, rules.why, rules.marks)
    no_parties = verdicts.shows_parties(rules.visibility, rules.why, rules.marks)
    shown_class = None if kept else case.classification
    return replace(
        always,
        closed_on=case.closed_on,
        title=verdicts.title(case, kept, rules.hidden).shown,
        case_type=verdicts.line(case.case_type, kept, rules.hidden).shown,
        status=case.status.value,
        class_code=shown_class.code if shown_class else None,
        class_title=shown_class.title if shown_class else None,
        unit=case.unit.name if case.unit else None,
        parties=() if no_parties else _parties(case.parties),
        are_parties_omitted=bool(no_parties),
    )


def _project_record(record: Record, of_case: CaseRules, text_of: TextOf) -> ProjectedRecord:
    rules = verdicts.record_rules(record, of_case)
    shows_facts = rules.visibility is Visibility.FACTS
    kept = verdicts.tells_matter(rules.visibility, rules.why, rules.marks)
    no_parties = verdicts.shows_parties(rules.visibility, rules.why, rules.marks)
    became = _became(record)
    return ProjectedRecord(
        uid=record.uid,
        running_number=record.running_number,
        number_text=record.number_text,
        visibility=rules.visibility,
        direction="" if rules.visibility is Visibility.WAITING else record.direction.value,
        official_on=record.official_on,
        published_at=_published_at(record, rules.visibility, rules.first_day),
        title=verdicts.title(record, kept, of_case.hidden).shown,
        record_type=verdicts.line(record.record_type, kept, of_case.hidden).shown,
        parties=() if no_parties else _parties(record.parties),
        are_parties_omitted=shows_facts and bool(no_parties),
        moved_to_uid=became.uid if became else None,
        moved_to_number=became.number_text if became else None,
        documents=() if verdicts.files_of(record, rules, of_case) else _documents(record, of_case, text_of),
    )


def _became(record: Record) -> Record | None:
    """What a moved record is now, if its new number is shown to the public."""
    became = record.moved_to
    if became is None or verdicts.publishing_rule(became.case)[0] is PublishingRule.NOTHING:
        return None
    return became


def _published_at(target: Case | Record, visibility: Visibility, first_day: dt.date) -> dt.datetime:
    """Since when the facts can be seen; of what shows none not even the hour is told."""
    if visibility is not Visibility.FACTS:
        return waiting.beginning_of(waiting.first_day(target, 0))
    owners = (target,) if isinstance(target, Case) else (target, target.case)
    ends = [mark.lifted_at for item in owners for mark in item.restrictions if mark.scope is Scope.WHOLE]
    ends += [withdrawal.ended_at for item in owners for withdrawal in item.withdrawals]
    begun = waiting.beginning_of(first_day).astimezone(dt.UTC)
    return max(target.registered_at, begun, *(end for end in ends if end is not None))


def _due_on(case: Case, rules: CaseRules) -> dt.date | None:
    if rules.rule is PublishingRule.NUMBER_ONLY or rules.delay == 0:
        return None
    days = {rules.first_day, *(verdicts.record_rules(record, rules).first_day for record in case.records)}
    return min((day for day in days if day > rules.day), default=None)


def _parties(parties: Iterable[Party]) -> tuple[ProjectedParty, ...]:
    return tuple(ProjectedParty(item.role.value, verdicts.party(item).shown) for item in parties)


def _documents(record: Record, of_case: CaseRules, text_of: TextOf) -> tuple[ProjectedDocument, ...]:
    # The place is that among the released files: it does not change when one of them is marked or withdrawn.
    released = enumerate((document for document in record.documents if document.is_released), start=1)
    found = []
    for place, document in released:
        text = text_of(document.sha256)
        if text is not None and not verdicts.file(document, record, of_case, text):
            searchable = _searchable(text.text, of_case.hidden)
            found.append(_project_document(record, document, place, searchable))
    return tuple(found)


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
