"""Changing the table of provisions: the lawyer's, each with its source and the days between which it applies."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.permissions import Actor
from diarium.secrecy.errors import InvalidProvision, ProvisionNotFound
from diarium.secrecy.models import Provision, Restriction
from diarium.secrecy.queries import in_law_order

_LAW = re.compile(r"[A-ZÅÄÖ]{2,6}")
_CHAPTER = re.compile(r"[0-9]{1,2}")
_PARAGRAPH = re.compile(r"[0-9]{1,3}( ?[a-z])?")


@dataclass(frozen=True, slots=True)
class ProvisionFacts:
    """A provision with where it was taken from; `valid_from` None only for what was shipped without a day."""

    law: str
    chapter: str
    paragraph: str
    subject: str
    harm_test: str = ""
    max_years: str = ""
    typical_use: str = ""
    source: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Whether a provision of a table is new, and what is wrong with its row."""

    line: int
    citation: str
    is_new: bool
    problem: str = ""
    column: str = ""


def add_provision(session: Session, actor: Actor, facts: ProvisionFacts) -> Provision:
    """Adds a provision. Raises: NotAllowed; InvalidText and InvalidProvision with the field's name."""
    identity.require_administrator(actor)
    if facts.valid_from is None:
        raise InvalidProvision(_("Skriv från vilken dag lagrummet gäller."), field="valid_from")
    provision = Provision()
    with session.no_autoflush:
        _write(session, provision, facts)
    session.add(provision)
    session.flush()
    audit.write(session, actor, "provision.added", subject(provision), after=facts_of(provision))
    return provision


def change_provision(
    session: Session, actor: Actor, uid: uuid.UUID, facts: ProvisionFacts, *, seen: str
) -> Provision:
    """Changes a provision; law, chapter and paragraph only while no marking names it.

    Raises: NotAllowed; ProvisionNotFound; InvalidText and InvalidProvision with the field's name; Stale.
    """
    identity.require_administrator(actor)
    provision = provision_by_uid(session, uid)
    session.refresh(provision, with_for_update=True)
    before = facts_of(provision)
    revision.require_seen(before, seen)
    old_place = (provision.law, provision.chapter, provision.paragraph)
    if facts.valid_from is None and provision.valid_from is not None:
        raise InvalidProvision(_("Skriv från vilken dag lagrummet gäller."), field="valid_from")
    with session.no_autoflush:
        _write(session, provision, facts)
        moved = old_place != (provision.law, provision.chapter, provision.paragraph)
        if moved and markings(session, provision):
            raise InvalidProvision(
                _("Lagrummet används i markeringar. Avsluta det här och lägg till ett nytt i stället."),
                field="law",
            )
    revision.note(session, actor, "provision.changed", subject(provision), before, facts_of(provision))
    return provision


def check_table(session: Session, actor: Actor, rows: Sequence[tuple[int, ProvisionFacts]]) -> tuple[Found, ...]:
    """Looks through a table of provisions without changing anything. Raises: NotAllowed."""
    identity.require_administrator(actor)
    known = {_key(item.law, item.chapter, item.paragraph) for item in session.scalars(select(Provision))}
    found = []
    for line, facts in rows:
        key = _key(facts.law, facts.chapter, facts.paragraph)
        citation = f"{facts.law} {facts.chapter}:{facts.paragraph}"[:60]
        try:
            if facts.valid_from is None:
                raise InvalidProvision(_("Skriv från vilken dag lagrummet gäller."), field="valid_from")
            _checked(facts)
            found.append(Found(line, citation, is_new=key not in known))
        except DomainError as error:
            found.append(Found(line, citation, False, error.message, error.field or ""))
        known.add(key)
    return tuple(found)


def add_new(session: Session, actor: Actor, rows: Sequence[tuple[int, ProvisionFacts]]) -> int:
    """Adds the provisions of a table that are not there yet; returns how many. Raises: as `add_provision`."""
    found = check_table(session, actor, rows)
    if any(item.problem for item in found):
        raise InvalidProvision(_("Rätta felen i tabellen och läs in den igen."), field="files")
    new = [facts for (_line, facts), item in zip(rows, found, strict=True) if item.is_new]
    for facts in new:
        add_provision(session, actor, facts)
    return len(new)


def provisions(session: Session) -> tuple[Provision, ...]:
    """All provisions, also those that no longer apply, in the law's order."""
    return in_law_order(session.scalars(select(Provision)))


def markings(session: Session, provision: Provision) -> int:
    """How many markings name the provision, lifted ones too."""
    query = select(func.count()).select_from(Restriction).where(Restriction.provision_id == provision.id)
    return session.scalar(query) or 0


def provision_by_uid(session: Session, uid: uuid.UUID) -> Provision:
    """The provision with `uid`. Raises: ProvisionNotFound."""
    found = session.scalar(select(Provision).where(Provision.uid == uid))
    if found is None:
        raise ProvisionNotFound(_("Lagrummet finns inte."))
    return found


def facts_of(provision: Provision) -> dict[str, object]:
    """What `change_provision` changes, as pages show and events keep it."""
    return asdict(_given(provision))


def subject(provision: Provision) -> audit.Subject:
    """The provision as audit events name it."""
    return audit.Subject("provision", provision.uid, provision.citation)


def _given(provision: Provision) -> ProvisionFacts:
    return ProvisionFacts(
        law=provision.law,
        chapter=provision.chapter,
        paragraph=provision.paragraph,
        subject=provision.subject,
        harm_test=provision.harm_test,
        max_years=provision.max_years,
        typical_use=provision.typical_use,
        source=provision.source,
        valid_from=provision.valid_from,
        valid_to=provision.valid_to,
    )


def _key(law: str, chapter: str, paragraph: str) -> tuple[str, str, str]:
    return law.strip().upper(), chapter.strip(), paragraph.replace(" ", "").lower()


def _checked(facts: ProvisionFacts) -> dict[str, object]:
    law = texts.required_line(facts.law, 10, "law", _("Skriv lagens förkortning, som OSL.")).upper()
    chapter = texts.required_line(facts.chapter, 6, "chapter", _("Skriv kapitlets nummer."))
    paragraph = texts.required_line(facts.paragraph, 8, "paragraph", _("Skriv paragrafens nummer."))
    for pattern, value, field, message in (
        (_LAW, law, "law", _("Skriv lagens förkortning med två till sex bokstäver, som OSL.")),
        (_CHAPTER, chapter, "chapter", _("Skriv kapitlet med siffror, som 26.")),
        (_PARAGRAPH, paragraph, "paragraph", _("Skriv paragrafen som 1 eller 3 a.")),
    ):
        if not pattern.fullmatch(value):
            raise InvalidProvision(message, field=field)
    if facts.valid_from and facts.valid_to and facts.valid_to < facts.valid_from:
        raise InvalidProvision(_("Sista dagen kan inte ligga före den första."), field="valid_to")
    return {
        "law": law,
        "chapter": chapter,
        "paragraph": paragraph,
        "subject": texts.required_line(facts.subject, 400, "subject", _("Skriv vad lagrummet gäller.")),
        "harm_test": texts.line(facts.harm_test, 60, "harm_test"),
        "max_years": texts.line(facts.max_years, 60, "max_years"),
        "typical_use": texts.lines(facts.typical_use, 2000, "typical_use"),
        "source": texts.required_line(
            facts.source, 200, "source", _("Skriv varifrån uppgifterna är tagna, till exempel lagens lydelse.")
        ),
        "valid_from": facts.valid_from,
        "valid_to": facts.valid_to,
    }


def _write(session: Session, provision: Provision, facts: ProvisionFacts) -> None:
    checked = _checked(facts)
    key = _key(facts.law, facts.chapter, facts.paragraph)
    others = session.scalars(
        select(Provision).where(Provision.law == checked["law"], Provision.chapter == checked["chapter"])
    )
    if any(other is not provision and _key(other.law, other.chapter, other.paragraph) == key for other in others):
        raise InvalidProvision(_("Lagrummet finns redan i tabellen."), field="paragraph")
    for name, value in checked.items():
        setattr(provision, name, value)
