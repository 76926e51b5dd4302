"""Each request is reviewed anew, and the review is kept: what was done with the document before binds nobody.

A marking is a reminder of secrecy, no decision: what is marked can be released, what is not marked can be refused.
Source: TF 2 kap. 15 §; OSL 5 kap. 5 §, 6 kap. 3 §, 10 kap. 14 §.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.disclosure import loading, lookup
from diarium.disclosure.errors import HiddenMaterial, InvalidRequest, RequestConflict
from diarium.disclosure.handling import begin, number_of
from diarium.disclosure.masking import MASK_FINDING_LABELS, MaskedFile
from diarium.disclosure.models import DisclosureRequest, DisclosureReview, MaskedCopy, RequestedItem
from diarium.disclosure.vocabulary import GIVES_OUT, LIMITS, NEEDS_REASON, ReviewOutcome
from diarium.disclosure.wording import kept_text
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register import following, journal
from diarium.register.models import Document, Record
from diarium.register.views import concerns_protected, sight_of_case, sight_of_record
from diarium.register.vocabulary import RecordStatus
from diarium.secrecy import marking

_MOST_PROVISIONS = 10


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """A review as it is written down. `outcome`: a value of `ReviewOutcome`; `provisions`: "26:1" and the like.

    `withheld`: files that are not given out at all; `masked`: copies to be given out instead of files, looked
    into by `masking.inspect`; `confirmed`: what was found there was looked at, and may leave. `seen`: the files
    that whoever reviews was shown; None asks for no check.
    """

    outcome: str
    provisions: tuple[str, ...] = ()
    reason: str = ""
    terms: str = ""
    withheld: tuple[uuid.UUID, ...] = ()
    masked: tuple[MaskedFile, ...] = ()
    confirmed: bool = False
    seen: tuple[uuid.UUID, ...] | None = None


def review(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    item_uid: uuid.UUID,
    facts: ReviewFacts,
    *,
    version: int | None = None,
) -> DisclosureReview:
    """Reviews one item. Earlier reviews stay; this one counts from now on.

    Raises: RequestNotFound, RequestConflict, EditConflict; HiddenMaterial where the actor may not see it all;
    InvalidRequest, UnknownProvision at `outcome`, `provisions`, `reason`, `terms`, `masked` or `confirmed`.
    """
    request = lookup.locked(session, actor, uid, version)
    item = lookup.item_of(request, item_uid)
    if not item.is_wanted:
        raise RequestConflict(_("Den delen är struken och prövas inte."))
    outcome = _outcome(item, facts.outcome)
    require_sight(actor, item)
    if outcome in GIVES_OUT:
        require_open_parts(session, item, "outcome")
    documents = list(item.record.documents) if item.record is not None else []
    if facts.seen is not None and set(facts.seen) != {document.uid for document in documents}:
        raise RequestConflict(
            _("Handlingens filer har ändrats sedan du öppnade sidan. Läs dem och spara prövningen igen.")
        )
    citations = _citations(session, outcome, facts.provisions)
    made = DisclosureReview(
        record=item.record,
        outcome=outcome,
        citations=citations,
        reason=_reason(request, item, outcome, facts.reason),
        terms=_terms(request, outcome, facts.terms),
        document_ids=[document.id for document in documents],
        withheld_ids=_withheld(outcome, documents, facts),
        knew_protected=item.record is not None and concerns_protected(item.record),
        reviewed_by_id=actor.user_id,
        reviewed_by_name=actor.name,
        masked_copies=_masked(actor, outcome, documents, facts),
    )
    item.reviews.append(made)
    begin(session, actor, request)
    _tell(session, actor, request, item, made)
    return made


def require_sight(actor: Actor, item: RequestedItem) -> None:
    """Raises: HiddenMaterial unless the actor may see all of what the item is about (OSL 8 kap. 1 §)."""
    if item.record is not None:
        sees = sight_of_record(actor, item.record).everything
    else:
        sees = item.case is None or sight_of_case(actor, item.case).everything
    if not sees:
        raise HiddenMaterial(
            _("%(number)s är dold för dig. Låt någon som får se den pröva den.", number=number_of(item))
        )


def require_open_parts(session: Session, item: RequestedItem, field: str) -> None:
    """For a case that is let out as a whole: nothing in it may ask for a review of its own.

    Raises: InvalidRequest at `field` if a record of the case is marked, or about somebody with protected identity.
    """
    if item.case is None:
        return
    records = session.scalars(
        select(Record)
        .where(Record.case_id == item.case.id, Record.status == RecordStatus.REGISTERED)
        .options(*loading.RECORD_LOADS)
    ).all()
    following.load(session, records)
    if any(_is_marked_record(record) for record in records):
        raise InvalidRequest(_("Dela upp ärendet i dess handlingar och pröva var och en."), field=field)


def is_outdated(made: DisclosureReview) -> bool:
    """Whether the record was marked, or turned out to be about somebody with protected identity, since then."""
    record = made.record
    if record is None:
        case = made.item.case
        marks = case.restrictions if case is not None else []
        return any(mark.is_in_force and mark.made_at > made.reviewed_at for mark in marks)
    fresh = any(mark.is_in_force and mark.made_at > made.reviewed_at for mark in following.marks_on(record))
    return fresh or (not made.knew_protected and concerns_protected(record))


def _outcome(item: RequestedItem, value: str) -> ReviewOutcome:
    if value not in list(ReviewOutcome):
        raise InvalidRequest(_("Välj vad prövningen kom fram till."), field="outcome")
    outcome = ReviewOutcome(value)
    if item.record is None and item.case is None and outcome is not ReviewOutcome.NOT_HELD:
        raise InvalidRequest(
            _("Bestäm först vilken handling eller vilket ärende som avses. Utan det går det bara att svara att "
              "handlingen inte finns här."),
            field="outcome",
        )  # fmt: skip
    if item.record is None and outcome is ReviewOutcome.MASKED:
        raise InvalidRequest(_("Dela upp ärendet i dess handlingar och pröva var och en."), field="outcome")
    return outcome


def _citations(session: Session, outcome: ReviewOutcome, provisions: Sequence[str]) -> list[str]:
    written = [text for text in provisions if text.strip()]
    if outcome not in LIMITS:
        if written:
            raise InvalidRequest(
                _("Lagrum anges bara när något inte lämnas ut eller lämnas ut med förbehåll."), field="provisions"
            )
        return []
    if not written:
        raise InvalidRequest(
            _("Ange lagrummet som hindrar att handlingen lämnas ut, till exempel 26:1."), field="provisions"
        )
    try:
        found = [marking.find_provision(session, text).citation for text in written[:_MOST_PROVISIONS]]
    except DomainError as error:
        raise InvalidRequest(error.message, field="provisions") from error
    return list(dict.fromkeys(found))


def _reason(request: DisclosureRequest, item: RequestedItem, outcome: ReviewOutcome, text: str) -> str | None:
    missing = None
    if outcome is ReviewOutcome.NOT_HELD:
        missing = _("Skriv varför den inte finns här: aldrig kommit in, gallrad, eller var den finns i stället.")
    elif outcome in NEEDS_REASON:
        missing = _("Skriv skälen: vad som är hemligt och vilken skada det skulle göra att lämna ut det.")
    elif is_marked(item):
        missing = _("Handlingen är sekretessmarkerad. Skriv varför den ändå kan lämnas ut.")
    return kept_text(request, text, "reason", missing=missing)


def is_marked(item: RequestedItem) -> bool:
    """Whether a marking reminds of secrecy here, or somebody has protected identity."""
    if item.record is not None:
        return _is_marked_record(item.record)
    if item.case is not None:
        return any(mark.is_in_force for mark in item.case.restrictions)
    return False


def _is_marked_record(record: Record) -> bool:
    return any(mark.is_in_force for mark in following.marks_on(record)) or concerns_protected(record)


def _terms(request: DisclosureRequest, outcome: ReviewOutcome, text: str) -> str | None:
    if outcome is not ReviewOutcome.RESERVATION:
        return None
    missing = _("Skriv vad förbehållet innebär: vad den som får handlingen inte får göra med uppgifterna.")
    return kept_text(request, text, "terms", missing=missing)


def _withheld(outcome: ReviewOutcome, documents: Sequence[Document], facts: ReviewFacts) -> list[int]:
    if outcome is not ReviewOutcome.MASKED:
        return []
    return [document.id for document in documents if document.uid in facts.withheld]


def _masked(
    actor: Actor, outcome: ReviewOutcome, documents: Sequence[Document], facts: ReviewFacts
) -> list[MaskedCopy]:
    if outcome is not ReviewOutcome.MASKED:
        if facts.masked:
            raise InvalidRequest(_("En maskad kopia hör till utfallet att en del lämnas ut."), field="outcome")
        return []
    by_uid = {document.uid: document for document in documents}
    withheld = set(facts.withheld) & by_uid.keys()
    if not facts.masked and not withheld:
        raise InvalidRequest(
            _("Ladda upp minst en maskad kopia, eller välj filer som inte lämnas ut."), field="masked"
        )
    copies = [_copy(actor, by_uid, withheld, file) for file in facts.masked]
    found = list(dict.fromkeys(finding for file in facts.masked for finding in file.findings))
    if found and not facts.confirmed:
        raise InvalidRequest(
            _("Den maskade kopian ser fortfarande ut att innehålla: %(what)s. En svart ruta räcker inte, texten "
              "under kan kopieras. Ladda upp en ny kopia, eller bekräfta att du har läst den.",
              what=", ".join(str(MASK_FINDING_LABELS[item]) for item in found)),
            field="confirmed",
        )  # fmt: skip
    return copies


def _copy(
    actor: Actor, documents: dict[uuid.UUID, Document], withheld: set[uuid.UUID], file: MaskedFile
) -> MaskedCopy:
    original = documents.get(file.document_uid) if file.document_uid is not None else None
    if file.document_uid is not None and (original is None or file.document_uid in withheld):
        raise InvalidRequest(
            _("Välj en av handlingens filer som ”%(name)s” är en maskad kopia av.", name=file.file_name),
            field="masked",
        )
    if file.sha256 in {document.sha256 for document in documents.values()}:
        raise InvalidRequest(
            _("”%(name)s” är samma fil som originalet. Ladda upp den maskade kopian.", name=file.file_name),
            field="masked",
        )
    return MaskedCopy(
        document=original,
        sha256=file.sha256,
        file_name=file.file_name,
        findings=[finding.value for finding in file.findings],
        added_by_name=actor.name,
    )


def _tell(
    session: Session, actor: Actor, request: DisclosureRequest, item: RequestedItem, made: DisclosureReview
) -> None:
    """On the request, and on the record, where the next one who reviews it looks. The reasons may tell what is
    secret: they stand in the review alone.
    """
    provision = ", ".join(made.citations) or None
    after: dict[str, object] = {"number": number_of(item), "review": made.uid, "provision": provision}
    lookup.note(session, actor, request, f"reviewed_{made.outcome}", after=after)
    if isinstance(item.record, Record):
        about = journal.record_subject(item.record)
        audit.write(session, actor, f"record.disclosure_{made.outcome}", about, after={"provision": provision})
