"""The values that may be suggested now: what is no longer in force, in use or employed is not offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.assistance.usage import PARTY_KIND
from diarium.classification.models import Classification, ClassificationScheme, RecordType
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.register.models import Authority, Unit
from diarium.register.vocabulary import PARTY_KIND_LABELS
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS

Labels = Mapping[str, str]


def labels(session: Session, codes: frozenset[str], values: Mapping[str, Iterable[str]]) -> dict[str, Labels]:
    """What each of `values` (by field) is called; one that can't be chosen at the authorities `codes` is missing.

    At most one statement a field.
    """
    found: dict[str, Labels] = {}
    for field, wanted in values.items():
        keys = sorted(set(wanted))
        if field == "classification":
            found[field] = _classes(session, keys)
        elif field == "responsible":
            found[field] = _officers(session, codes, keys)
        elif field == "unit":
            found[field] = _units(session, codes, keys)
        elif field == "authority":
            found[field] = _authorities(session, codes, keys)
        elif field == "record_type":
            found[field] = _record_types(session, keys)
        elif field == "provision":
            found[field] = _provisions(session)
        elif field == PARTY_KIND:
            found[field] = {kind.value: str(label) for kind, label in PARTY_KIND_LABELS.items()}
        else:
            found[field] = {key: key for key in keys}
    return found


def scope_label(scope: str) -> str | None:
    """What a scope is called."""
    return next((str(label) for key, label in SCOPE_LABELS.items() if key.value == scope), None)


def _classes(session: Session, codes: Iterable[str]) -> Labels:
    day = today()
    rows = session.execute(
        select(Classification.code, Classification.title)
        .join(ClassificationScheme)
        .where(Classification.code.in_(codes), ClassificationScheme.valid_from <= day)
        .where(or_(ClassificationScheme.valid_to.is_(None), ClassificationScheme.valid_to >= day))
    )
    return {code: f"{code} {title}" for code, title in rows}


def _officers(session: Session, codes: frozenset[str], usernames: Iterable[str]) -> Labels:
    here = select(Membership.user_id).where(Membership.authority_code.in_(codes))
    rows = session.execute(
        select(User.username, User.name).where(User.username.in_(usernames), User.is_active, User.id.in_(here))
    )
    return {row.username: row.name for row in rows}


def _units(session: Session, codes: frozenset[str], names: Iterable[str]) -> Labels:
    rows = session.scalars(
        select(Unit.name)
        .join(Unit.authority)
        .where(Authority.code.in_(codes), Unit.name.in_(names), Unit.is_active)
    )
    return {name: name for name in rows}


def _authorities(session: Session, codes: frozenset[str], wanted: Iterable[str]) -> Labels:
    rows = session.execute(
        select(Authority.code, Authority.name).where(Authority.code.in_(codes), Authority.code.in_(wanted))
    )
    return {row.code: row.name for row in rows}


def _record_types(session: Session, names: list[str]) -> Labels:
    """A type that somebody wrote by hand may be offered, but none that was taken out of use."""
    retired = set(
        session.scalars(select(RecordType.name).where(RecordType.name.in_(names), RecordType.is_active.is_(False)))
    )
    return {name: name for name in names if name not in retired}


def _provisions(session: Session) -> Labels:
    return dict(provisions.options(session))
