"""Parties of earlier records: whom somebody already wrote down, as far as all at the authority may see them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from diarium.contacts import matching
from diarium.contacts.hits import ContactHit, sameness
from diarium.contacts.models import Contact
from diarium.db.swedish import sort_key
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.register.models import Authority, Case, Party, Record
from diarium.register.vocabulary import PartyRole, RecordStatus
from diarium.secrecy.models import Restriction

_MOST_NAMES = 25
_MOST_OF_ONE = 40
"""So many of the latest parts of one name are looked at: a sender with thousands costs as much as one with few."""


def parties(session: Session, codes: frozenset[str], typed: str, *, number: str | None) -> list[ContactHit]:
    """Those whose name begins with `typed`, whose e-mail address it is or whose identity number is `number`.

    The details are those of the latest record; those with most records come first. Never from what is marked,
    with or beside protected identity, cancelled, or of other authorities than `codes`; nor those whom a protected
    contact may be. Two statements.
    """
    wanted = _latest(_names(typed), typed, number)
    rows = _without_protected(session, codes, session.execute(_open_to_all(codes, wanted)).all())
    grouped: dict[tuple[str, ...], list[tuple[Party, int | None]]] = {}
    for party, record_id in sorted(rows, key=lambda row: -row[0].id):
        grouped.setdefault(sameness(party.name_key, party.kind, party.identity_number), []).append(
            (party, record_id)
        )
    hits = [(len(found), _hit(key, found)) for key, found in grouped.items()]
    return [hit for _count, hit in sorted(hits, key=lambda item: (-item[0], item[1].same_as))]


def _names(typed: str) -> Select[str]:
    """The first names in order that begin so, each found by one step in the index however many have it."""
    start = sort_key(typed)
    end = matching.after(start)
    first = select(func.min(Party.name_key).label("key")).where(Party.name_key >= start, Party.name_key < end)
    names = first.cte("names", recursive=True)
    following = (
        select(func.min(Party.name_key))
        .where(Party.name_key > names.c.key, Party.name_key < end)
        .scalar_subquery()
    )
    names = names.union_all(select(following).where(names.c.key.is_not(None)))
    return select(names.c.key).where(names.c.key.is_not(None)).limit(_MOST_NAMES)


def _latest(names: Select[str], typed: str, number: str | None) -> Select[int]:
    """The latest parts of each of the names, and of those with the address or number."""
    ways: list[ColumnElement[bool]] = [Party.name_key.in_(names)]
    if "@" in typed:
        ways.append(Party.email_key == matching.email_key(typed))
    if number is not None:
        ways.append(Party.identity_number == number)
    place = func.row_number().over(partition_by=Party.name_key, order_by=Party.id.desc())
    ranked = select(Party.id, place.label("place")).where(or_(*ways)).subquery()
    return select(ranked.c.id).where(ranked.c.place <= _MOST_OF_ONE)


def _open_to_all(codes: frozenset[str], wanted: Select[int]) -> Select[Party, int | None]:
    """The parts that are seen by everybody who reads the authority."""
    beside, mark = aliased(Party), aliased(Restriction)
    marked = exists().where(mark.lifted_at.is_(None), or_(mark.record_id == Record.id, mark.case_id == Case.id))
    protected = exists().where(beside.is_protected, or_(beside.record_id == Record.id, beside.case_id == Case.id))
    return (
        select(Party, Record.id)
        .outerjoin(Record, Record.id == Party.record_id)
        .join(Case, Case.id == func.coalesce(Party.case_id, Record.case_id))
        .join(Authority, Authority.id == Case.authority_id)
        .where(Party.id.in_(wanted), Authority.code.in_(codes), Party.is_protected.is_(False))
        .where(or_(Record.id.is_(None), Record.status == RecordStatus.REGISTERED), ~marked, ~protected)
    )


def _without_protected(
    session: Session, codes: frozenset[str], rows: Sequence[Row[Party, int | None]]
) -> list[Row[Party, int | None]]:
    """Those that are not a protected contact: by number or address, or by a name whose numbers don't differ."""
    keys = {row[0].id: matching.shield(row[0].name_key, row[0].email_key, row[0].identity_number) for row in rows}
    if not keys:
        return []
    names, emails, numbers = ({key for key in column if key} for column in zip(*keys.values(), strict=True))
    found = session.execute(
        select(Contact.name_key, Contact.email_key, Contact.match_key)
        .join(Authority, Authority.id == Contact.authority_id)
        .where(Authority.code.in_(codes), Contact.is_protected)
        .where(or_(Contact.name_key.in_(names), Contact.email_key.in_(emails), Contact.match_key.in_(numbers)))
    ).all()
    return [row for row in rows if not any(_is_same(keys[row[0].id], (*contact,)) for contact in found)]


def _is_same(party: tuple[str | None, ...], contact: tuple[str | None, ...]) -> bool:
    name, email, number = (one is not None and one == other for one, other in zip(party, contact, strict=True))
    return number or email or (name and None in (party[2], contact[2]))


def _hit(key: tuple[str, ...], found: Sequence[tuple[Party, int | None]]) -> ContactHit:
    party = found[0][0]
    return ContactHit(
        uid=None,
        name=party.name,
        kind=party.kind,
        identity_number=party.identity_number,
        organisation=party.organisation,
        address=party.address,
        postal_code=party.postal_code,
        city=party.city,
        country=party.country,
        email=party.email,
        phone=party.phone,
        why=_why(found),
        same_as=key,
    )


def _why(found: Sequence[tuple[Party, int | None]]) -> str:
    records = len({record for _party, record in found if record is not None})
    if not records:
        return _("Part i ett tidigare ärende")
    roles = {party.role for party, record in found if record is not None}
    if records >= _MOST_OF_ONE:
        return _("I minst %(num)s tidigare handlingar", num=records)
    if roles == {PartyRole.SENDER}:
        return ngettext(
            "Avsändare i %(num)s tidigare handling", "Avsändare i %(num)s tidigare handlingar", records
        )
    if roles == {PartyRole.RECIPIENT}:
        return ngettext(
            "Mottagare i %(num)s tidigare handling", "Mottagare i %(num)s tidigare handlingar", records
        )
    return ngettext("I %(num)s tidigare handling", "I %(num)s tidigare handlingar", records)
