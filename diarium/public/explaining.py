"""What the public sees of a case, and for all else why not: for staff, from the same rules as the projection.

What is shown is read from the projection itself; the reasons come from the verdicts that it is made of.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.classification.models import PublishingRule
from diarium.i18n import gettext as _
from diarium.i18n import show_date, today
from diarium.identity.permissions import Actor
from diarium.public import register_reading, verdicts, vocabulary
from diarium.public.projection import ProjectedCase, ProjectedRecord, TextOf, project_case
from diarium.public.reasons import REASON_LABELS, Reason
from diarium.public.verdicts import CaseRules, Reasons, RecordRules
from diarium.public.vocabulary import Visibility
from diarium.register.models import Case, Party, Record
from diarium.register.views import sight_of_record
from diarium.register.vocabulary import DIRECTION_LABELS, PARTY_ROLE_LABELS, STATUS_LABELS
from diarium.secrecy import access


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of the open register: what stands there, or None and why; neither: it is not filled in."""

    label: str
    shown: str | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file of a record. `label`: its name for those who may see it; `public_name`: its name on the web."""

    uid: uuid.UUID
    label: str
    public_name: str | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordExplanation:
    """What the public sees of a record. `heading`: how the web register calls it."""

    uid: uuid.UUID
    number: str
    heading: str
    visibility: Visibility | None
    why: tuple[str, ...]
    first_day: dt.date | None
    facts: tuple[Fact, ...]
    files: tuple[FileFact, ...]


@dataclass(frozen=True, slots=True)
class CaseExplanation:
    """What the public sees of a case and of each of its records; `visibility` None: not even that there is one."""

    uid: uuid.UUID
    number: str
    heading: str
    visibility: Visibility | None
    why: tuple[str, ...]
    first_day: dt.date | None
    facts: tuple[Fact, ...]
    records: tuple[RecordExplanation, ...]

    def of_record(self, uid: uuid.UUID) -> RecordExplanation:
        """The record with `uid`, which is one of the case."""
        return next(record for record in self.records if record.uid == uid)


def explain(session: Session, actor: Actor, case_uid: uuid.UUID) -> CaseExplanation:
    """Explains the case, which the actor may read. Constant number of statements, however many records it has."""
    (case,) = register_reading.cases_with(session, [case_uid])
    text_of = register_reading.texts_of(session, [case])
    day = today()
    rules = verdicts.case_rules(case, day)
    shown = project_case(case, text_of, day)
    told = _Told(access.may_see_protected(actor, case.authority.code))
    projected = {record.uid: record for record in shown.records} if shown else {}
    return CaseExplanation(
        uid=case.uid,
        number=case.number_text,
        heading=vocabulary.case_heading(shown.visibility, shown.title) if shown else "",
        visibility=shown.visibility if shown else None,
        why=told.reasons(rules.why),
        first_day=rules.first_day if shown and shown.visibility is Visibility.WAITING else None,
        facts=tuple(_case_facts(case, rules, shown, told)),
        records=tuple(
            _record(actor, record, rules, projected.get(record.uid), text_of, told) for record in case.records
        ),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """Puts reasons into words. That somebody has protected identity is told only to those who may know who."""

    sees_protected: bool

    def reasons(self, why: Iterable[Reason]) -> tuple[str, ...]:
        return tuple(str(REASON_LABELS[self._known(reason)]) for reason in why)

    def fact(self, label: str, shown: str | None, why: Reasons, *, is_filled: bool) -> Fact:
        return Fact(label, shown, self.reasons(why) if is_filled and shown is None else ())

    def _known(self, reason: Reason) -> Reason:
        return Reason.KEPT_FROM_YOU if reason is Reason.PROTECTED and not self.sees_protected else reason


def _case_facts(case: Case, rules: CaseRules, shown: ProjectedCase | None, told: _Told) -> Iterable[Fact]:
    kept = verdicts.tells_matter(rules.visibility, rules.why, rules.marks)
    no_facts = rules.why if rules.visibility is not Visibility.FACTS else ()
    always = rules.why if shown is None else ()
    a_class = case.classification
    yield told.fact(_("Nummer"), shown.number_text if shown else None, always, is_filled=True)
    yield told.fact(_("Myndighet"), shown.authority_name if shown else None, always, is_filled=True)
    yield told.fact(_("Öppnat"), show_date(shown.opened_on) if shown else None, always, is_filled=True)
    title = verdicts.title(case, kept, rules.hidden)
    yield told.fact(_("Rubrik"), shown.title if shown else None, title.why, is_filled=True)
    kind = verdicts.line(case.case_type, kept, rules.hidden)
    yield told.fact(_("Ärendetyp"), shown.case_type if shown else None, kind.why, is_filled=bool(case.case_type))
    of_class = f"{shown.class_code} {shown.class_title}" if shown and shown.class_code else None
    yield told.fact(_("Klass"), of_class, kept, is_filled=a_class is not None)
    status = str(STATUS_LABELS[case.status]) if shown and shown.status else None
    yield told.fact(_("Status"), status, no_facts, is_filled=True)
    closed = show_date(shown.closed_on) if shown and shown.closed_on else None
    yield told.fact(_("Avslutat"), closed, no_facts, is_filled=case.closed_on is not None)
    yield told.fact(_("Enhet"), shown.unit if shown else None, no_facts, is_filled=case.unit is not None)
    yield from _party_facts(case.parties, verdicts.shows_parties(rules.visibility, rules.why, rules.marks), told)


def _record(
    actor: Actor,
    record: Record,
    of_case: CaseRules,
    shown: ProjectedRecord | None,
    text_of: TextOf,
    told: _Told,
) -> RecordExplanation:
    rules = verdicts.record_rules(record, of_case)
    return RecordExplanation(
        uid=record.uid,
        number=record.number_text,
        heading=vocabulary.record_heading(shown.visibility, shown.title) if shown else "",
        visibility=shown.visibility if shown else None,
        why=told.reasons(rules.why),
        first_day=rules.first_day if shown and shown.visibility is Visibility.WAITING else None,
        facts=tuple(_record_facts(record, rules, of_case, shown, told)),
        files=tuple(_files(actor, record, rules, of_case, shown, text_of, told)),
    )


def _record_facts(
    record: Record, rules: RecordRules, of_case: CaseRules, shown: ProjectedRecord | None, told: _Told
) -> Iterable[Fact]:
    kept = verdicts.tells_matter(rules.visibility, rules.why, rules.marks)
    always = rules.why if shown is None else ()
    yield told.fact(_("Nummer"), shown.number_text if shown else None, always, is_filled=True)
    yield told.fact(_("Datum"), show_date(shown.official_on) if shown else None, always, is_filled=True)
    direction = str(DIRECTION_LABELS[record.direction]) if shown and shown.direction else None
    yield told.fact(_("Riktning"), direction, rules.why, is_filled=True)
    title = verdicts.title(record, kept, of_case.hidden)
    yield told.fact(_("Rubrik"), shown.title if shown else None, title.why, is_filled=True)
    kind = verdicts.line(record.record_type, kept, of_case.hidden)
    yield told.fact(
        _("Handlingstyp"), shown.record_type if shown else None, kind.why, is_filled=bool(record.record_type)
    )
    if record.moved_to_id is not None:
        yield Fact(_("Flyttad till"), shown.moved_to_number if shown else None)
    yield from _party_facts(record.parties, verdicts.shows_parties(rules.visibility, rules.why, rules.marks), told)


def _party_facts(parties: Iterable[Party], kept: Reasons, told: _Told) -> Iterable[Fact]:
    for item in parties:
        role = str(PARTY_ROLE_LABELS[item.role])
        if kept:
            yield Fact(role, None, told.reasons(kept))
        else:
            name = verdicts.party(item)
            yield Fact(role, vocabulary.party_name(name.shown), told.reasons(name.why))


def _files(
    actor: Actor,
    record: Record,
    rules: RecordRules,
    of_case: CaseRules,
    shown: ProjectedRecord | None,
    text_of: TextOf,
    told: _Told,
) -> Iterable[FileFact]:
    kept = rules.why if of_case.rule is PublishingRule.NOTHING else verdicts.files_of(record, rules, of_case)
    public_names = {document.uid: document.file_name for document in shown.documents} if shown else {}
    seen = sight_of_record(actor, record)
    for document in record.documents:
        label = document.file_name if seen.shows(document.id) else _("Fil %(place)s", place=document.position)
        why = kept or verdicts.file(document, record, of_case, text_of(document.sha256))
        yield FileFact(document.uid, label, public_names.get(document.uid), told.reasons(why))
