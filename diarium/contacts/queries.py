"""Reading the party register: finding somebody as their name is typed, lists, duplicates."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, case, func, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from diarium.audit import service as audit
from diarium.audit.models import AuditEvent
from diarium.contacts import earlier, matching
from diarium.contacts.errors import ContactNotFound
from diarium.contacts.hits import ContactHit, of_contact
from diarium.contacts.models import Contact, ContactWord
from diarium.db.swedish import sort_key
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import rules
from diarium.register.models import Authority
from diarium.register.vocabulary import PartyKind

__all__ = [
    "ContactHit",
    "ContactPage",
    "ContactRow",
    "DuplicateGroup",
    "details",
    "duplicates",
    "find",
    "history",
    "page",
]

SHORTEST = 2
MOST_GROUPS = 50
_NUMBER = re.compile(r"[0-9][0-9\s+-]{3,}")
_Key = InstrumentedAttribute[str | None]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as lists and its own page show it."""

    uid: uuid.UUID
    authority_code: str
    authority_name: str
    kind: PartyKind
    name: str
    identity_number: str | None
    organisation: str | None
    address: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    email: str | None
    phone: str | None
    note: str | None
    is_active: bool
    is_protected: bool
    merged_into: uuid.UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class ContactPage:
    """A page of the register in Swedish order; `next_cursor` leads on."""

    rows: tuple[ContactRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Contacts that are perhaps one; `why` says what they share."""

    why: str
    contacts: tuple[ContactRow, ...]


def find(
    session: Session, actor: Actor, authority: str | None, text: str, *, limit: int = 8
) -> tuple[ContactHit, ...]:
    """Whom `text` may mean: contacts first, then parties of earlier records, each with why.

    `text` is the beginning of a name (or of any word of a contact's name), of an e-mail address or of an identity
    number; from parties an address or a number is known by the whole of it. `authority`: its code, or every one
    where the actor registers. Nothing comes from what is marked, about protected persons, or of other authorities.
    At most three statements.

    Raises: NotAllowed for an authority where the actor does not register.
    """
    codes = actor.authorities(Permission.REGISTER)
    if authority is not None:
        actor.require(Permission.REGISTER, authority)
        codes = frozenset({authority})
    typed = " ".join(rules.clean_text(text).split())
    if len(typed) < SHORTEST or not codes:
        return ()
    hits = [of_contact(contact) for contact in _contacts(session, codes, typed, limit)]
    if len(hits) < limit:
        known = {hit.same_as for hit in hits}
        hits += [
            hit
            for hit in earlier.parties(session, codes, typed, number=_whole_number(typed))
            if hit.same_as not in known
        ]
    return tuple(hits[:limit])


def page(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    authority: str | None = None,
    retired: bool = False,
    cursor: str | None = None,
    size: int = 50,
) -> ContactPage:
    """A page of the contacts of the authorities where the actor registers. Constant number of statements.

    `retired`: those that are no longer in use, instead of those that are. A `cursor` that is none begins anew.
    """
    codes = actor.authorities(Permission.REGISTER)
    query = select(Contact).join(Contact.authority).where(Authority.code.in_(codes))
    query = query.where(Contact.is_active.is_(not retired), Contact.is_protected.is_(False))
    if authority:
        query = query.where(Authority.code == authority)
    typed = " ".join(rules.clean_text(text).split())
    if typed:
        query = query.where(_retired_match(typed) if retired else _match(typed))
    place = _place(cursor)
    if place is not None:
        query = query.where(tuple_(Contact.name_key, Contact.id) > tuple_(*place))
    found = session.scalars(query.order_by(Contact.name_key, Contact.id).limit(size + 1)).all()
    more = len(found) > size
    last = found[size - 1] if more else None
    return ContactPage(_rows(session, found[:size]), None if last is None else f"{last.id}:{last.name_key}")


def details(session: Session, actor: Actor, uid: uuid.UUID) -> ContactRow:
    """A contact. Raises: ContactNotFound also where the actor does not register at its authority."""
    contact = session.scalar(select(Contact).where(Contact.uid == uid))
    if contact is None or not actor.may(Permission.REGISTER, contact.authority.code):
        raise ContactNotFound(_("Kontakten finns inte."))
    return _rows(session, [contact])[0]


def history(session: Session, actor: Actor, uid: uuid.UUID) -> Sequence[AuditEvent]:
    """What happened to a contact, newest first; of a protected one nothing that tells what stood there.

    Raises: ContactNotFound.
    """
    row = details(session, actor, uid)
    events = audit.history(session, [uid])
    return [event for event in events if event.action == "contact.protected"] if row.is_protected else events


def duplicates(session: Session, actor: Actor, authority: str) -> tuple[DuplicateGroup, ...]:
    """Groups of contacts that share identity number, e-mail address, or name and postal code.

    Two statements; at most `MOST_GROUPS` groups of a kind. Raises: NotAllowed.
    """
    actor.require(Permission.REGISTER, authority)
    owner = select(Authority.id).where(Authority.code == authority).scalar_subquery()
    in_use = (Contact.authority_id == owner, Contact.is_active)
    keys = {
        "identity_number": Contact.identity_number,
        "email_key": Contact.email_key,
        "match_key": Contact.match_key,
    }
    shared = [_shared(column, in_use).subquery(f"shared_{name}") for name, column in keys.items()]
    same = [column.in_(select(table.c.key)) for column, table in zip(keys.values(), shared, strict=True)]
    found = session.scalars(
        select(Contact).where(*in_use, or_(*same)).order_by(Contact.name_key, Contact.id)
    ).all()
    why = {
        "identity_number": _("Samma person- eller organisationsnummer"),
        "email_key": _("Samma e-postadress"),
        "match_key": _("Samma namn och postnummer"),
    }
    rows = {row.uid: row for row in _rows(session, found)}
    groups: list[DuplicateGroup] = []
    seen: set[frozenset[uuid.UUID]] = set()
    for name in keys:
        for members in _grouped(found, name):
            together = frozenset(contact.uid for contact in members)
            if together not in seen:
                seen.add(together)
                groups.append(DuplicateGroup(why[name], tuple(rows[contact.uid] for contact in members)))
    return tuple(groups)


def _shared(column: _Key, in_use: Iterable[ColumnExpressionArgument[bool]]) -> Select[str | None]:
    return (
        select(column.label("key"))
        .where(*in_use, column.is_not(None))
        .group_by(column)
        .having(func.count() > 1)
        .order_by(column)
        .limit(MOST_GROUPS)
    )


def _grouped(contacts: Iterable[Contact], key: str) -> list[list[Contact]]:
    by_key: dict[str, list[Contact]] = {}
    for contact in contacts:
        value = getattr(contact, key)
        if value is not None:
            by_key.setdefault(value, []).append(contact)
    return [members for members in by_key.values() if len(members) > 1]


def _contacts(session: Session, codes: frozenset[str], typed: str, limit: int) -> Sequence[Contact]:
    """The contacts in use that fit, those whose name begins so first."""
    start = sort_key(typed)
    begins = (Contact.name_key >= start) & (Contact.name_key < matching.after(start))
    query = select(Contact).join(Contact.authority)
    query = query.where(Authority.code.in_(codes), Contact.is_active, _match(typed))
    return session.scalars(
        query.order_by(case((begins, 0), else_=1), Contact.name_key, Contact.id).limit(limit)
    ).all()


def _match(typed: str) -> ColumnElement[bool]:
    """By words, e-mail address or identity number: each a range of an index."""
    ways: list[Select[int]] = []
    for number, word in enumerate(sorted(matching.words(typed), key=len, reverse=True)[:4]):
        table = aliased(ContactWord, name=f"word{number}")
        one = select(table.contact_id).where(table.word >= word, table.word < matching.after(word))
        ways = [one] if not ways else [ways[0].where(ways[0].selected_columns[0].in_(one))]
    email = matching.email_key(typed) or ""
    ways.append(select(Contact.id).where(Contact.email_key >= email, Contact.email_key < matching.after(email)))
    ways += [
        select(Contact.id).where(Contact.identity_number >= start, Contact.identity_number < matching.after(start))
        for start in _number_beginnings(typed)
    ]
    return Contact.id.in_(union_all(*ways))


def _retired_match(typed: str) -> ColumnElement[bool]:
    """Retired contacts have no words: by the beginning of the name."""
    key = sort_key(typed)
    return (Contact.name_key >= key) & (Contact.name_key < matching.after(key))


def _number_beginnings(typed: str) -> tuple[str, ...]:
    """The forms in which identity numbers that begin so are kept: twelve digits, or NNNNNN-NNNC."""
    if not _NUMBER.fullmatch(typed):
        return ()
    digits = re.sub(r"\D", "", typed)
    forms = {digits}
    if 6 < len(digits) <= 10:
        forms.add(f"{digits[:6]}-{digits[6:]}")
    whole = _whole_number(typed)
    return tuple(sorted(forms | ({whole} if whole else set())))


def _whole_number(typed: str) -> str | None:
    """The identity number that `typed` is, in the form in which it is kept, or nothing."""
    if not _NUMBER.fullmatch(typed):
        return None
    for kind in (PartyKind.ORGANISATION, PartyKind.PERSON):
        try:
            return rules.identity_number(kind, typed)
        except DomainError:
            continue
    return None


def _place(cursor: str | None) -> tuple[str, int] | None:
    number, colon, key = (cursor or "").partition(":")
    return (key, int(number)) if colon and number.isascii() and number.isdecimal() and len(number) < 19 else None


def _rows(session: Session, contacts: Sequence[Contact]) -> tuple[ContactRow, ...]:
    wanted = {contact.merged_into_id for contact in contacts if contact.merged_into_id is not None}
    uids = {
        row.id: row.uid for row in session.execute(select(Contact.id, Contact.uid).where(Contact.id.in_(wanted)))
    }
    return tuple(_row(contact, uids.get(contact.merged_into_id or 0)) for contact in contacts)


def _row(contact: Contact, merged_into: uuid.UUID | None) -> ContactRow:
    return ContactRow(
        uid=contact.uid,
        authority_code=contact.authority.code,
        authority_name=contact.authority.name,
        kind=contact.kind,
        name=contact.name,
        identity_number=contact.identity_number,
        organisation=contact.organisation,
        address=contact.address,
        postal_code=contact.postal_code,
        city=contact.city,
        country=contact.country,
        email=contact.email,
        phone=contact.phone,
        note=contact.note,
        is_active=contact.is_active,
        is_protected=contact.is_protected,
        merged_into=merged_into,
        version=contact.version,
    )
