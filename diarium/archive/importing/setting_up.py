"""Sets up what the cases of a package rest on, before the first of them: authority, series, units, classes.

What is here is used, what is not is made. Series and schemes that are made beside others are not in use.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive.importing import matching
from diarium.archive.importing.model import Choices
from diarium.archive.package_model import PackageClass, PackageInfo, PackageScheme, PackageSeries, PackageUnit
from diarium.audit import service as audit
from diarium.classification.models import Classification, ClassificationScheme, RecordType, RetentionRule
from diarium.classification.rows import sort_key
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.register import taking_over
from diarium.register.models import Authority, DiarySeries, Unit


@dataclass(slots=True)
class Keys:
    """The keys of what is here, by what the package calls it. Filled while the cases pass by.

    `opened_series`: those that told the public only numbers there, and here tell more.
    """

    authority_id: int
    package_code: str
    keeps_shares: bool
    is_in_use: bool
    series: dict[str, int] = field(default_factory=dict)
    units: dict[uuid.UUID, int] = field(default_factory=dict)
    classes: dict[uuid.UUID, int] = field(default_factory=dict)
    users: dict[uuid.UUID, int] = field(default_factory=dict)
    provisions: dict[str, int] = field(default_factory=dict)
    opened_series: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)


def prepare(session: Session, actor: Actor, info: PackageInfo, choices: Choices) -> Keys:
    """Ties authority, series, units and classes of a package to what is here, and makes what is not.

    Raises: NotAllowed.
    """
    owner = matching.authority_with(session, choices.authority)
    taking_over.require_right(actor, owner.code if owner else None, is_read_only=choices.is_read_only)
    is_same = owner is None or owner.uid == info.authority.uid
    if owner is None:
        owner = _new_authority(session, info, choices)
        taking_over.set_up(session, actor, [owner])
    keys = Keys(
        authority_id=owner.id,
        package_code=info.authority.code,
        keeps_shares=is_same and not choices.is_read_only,
        is_in_use=not choices.is_read_only,
    )
    for item in info.series:
        row = matching.series(owner.series, item)
        if row is None:
            row = _new_series(session, owner, item, is_active=item.is_active and keys.is_in_use)
            taking_over.set_up(session, actor, [row])
        keys.series[item.code] = row.id
        if item.is_restricted and not row.is_restricted:
            keys.opened_series.add(item.code)
    for unit in info.units:
        keys.units[unit.uid] = unit_row(
            session, actor, owner, unit, is_active=unit.is_active and keys.is_in_use
        ).id
    for scheme in info.schemes:
        keys.classes |= _classes(session, actor, scheme)
    return keys


def _new_authority(session: Session, info: PackageInfo, choices: Choices) -> Authority:
    item = info.authority
    is_here = session.scalar(select(Authority.id).where(Authority.uid == item.uid)) is not None
    return Authority(
        uid=uuid.uuid5(item.uid, choices.authority) if is_here else item.uid,
        code=choices.authority.strip().upper(),
        name=item.name,
        organisation_number=item.organisation_number,
        email=item.email,
        phone=item.phone,
        postal_address=item.postal_address,
        active_from=item.active_from,
        active_to=item.active_to,
    )


def _new_series(session: Session, owner: Authority, item: PackageSeries, *, is_active: bool) -> DiarySeries:
    is_here = session.scalar(select(DiarySeries.id).where(DiarySeries.uid == item.uid)) is not None
    return DiarySeries(
        uid=uuid.uuid5(owner.uid, str(item.uid)) if is_here else item.uid,
        authority=owner,
        code=item.code,
        name=item.name,
        number_format=item.number_format,
        restarts_yearly=item.restarts_yearly,
        is_restricted=item.is_restricted,
        is_active=is_active,
        opens_on=item.opens_on,
        closes_on=item.closes_on,
    )


def unit_row(session: Session, actor: Actor, owner: Authority, item: PackageUnit, *, is_active: bool) -> Unit:
    """The unit; one that is not here is made."""
    row = matching.unit(owner.units, item)
    if row is None:
        is_here = session.scalar(select(Unit.id).where(Unit.uid == item.uid)) is not None
        uid = uuid.uuid5(owner.uid, str(item.uid)) if is_here else item.uid
        row = Unit(uid=uid, authority=owner, name=item.name, is_active=is_active)
        taking_over.set_up(session, actor, [row])
    return row


def _classes(session: Session, actor: Actor, item: PackageScheme) -> dict[uuid.UUID, int]:
    """The keys of a scheme's classes. A scheme that is made beside others is not the one in force."""
    row = matching.scheme(session, item)
    is_here = row is not None
    if row is None:
        is_alone = not matching.has_schemes(session)
        row = ClassificationScheme(
            uid=item.uid,
            name=item.name,
            version=matching.free_version(session, item.name, item.version),
            valid_from=item.valid_from,
            valid_to=item.valid_to if is_alone else matching.ended_before(item.valid_from, item.valid_to, today()),
        )
        taking_over.set_up(session, actor, [row])
    found = {one.uid: here for one in item.classes if (here := matching.class_in(session, row, one.code))}
    new = [one for one in item.classes if one.uid not in found]
    if new and is_here:  # whoever looks after the scheme must find out
        after = {"classes": len(new)}
        subject = audit.Subject("scheme", row.uid, f"{row.name} {row.version}")
        audit.write(session, actor, "scheme.taken_over", subject, after=after)
    found |= _new_classes(session, row, new)
    return {key: here.id for key, here in found.items()}


def _new_classes(
    session: Session, owner: ClassificationScheme, items: Iterable[PackageClass]
) -> dict[uuid.UUID, Classification]:
    rules: dict[uuid.UUID, RetentionRule] = {}
    made: dict[uuid.UUID, Classification] = {}
    for item in sorted(items, key=lambda one: sort_key(one.code)):
        rule = None
        if item.disposal is not None:
            rule = rules.get(item.disposal.uid) or _rule(session, item)
            rules[item.disposal.uid] = rule
        parent = matching.class_in(session, owner, item.parent_code) if item.parent_code else None
        is_here = session.scalar(select(Classification.id).where(Classification.uid == item.uid)) is not None
        row = Classification(
            uid=uuid.uuid5(owner.uid, str(item.uid)) if is_here else item.uid,
            scheme=owner,
            parent=parent,
            code=item.code,
            sort_key=sort_key(item.code),
            title=item.title,
            description=item.description,
            publishing=item.publishing,
            retention_rule=rule,
            record_types=_record_types(session, item.record_types),
        )
        session.add(row)
        session.flush()
        made[item.uid] = row
    return made


def _record_types(session: Session, names: Iterable[str]) -> list[RecordType]:
    wanted = list(dict.fromkeys(name[:100] for name in names))
    found = {row.name: row for row in session.scalars(select(RecordType).where(RecordType.name.in_(wanted)))}
    return [found.get(name) or RecordType(name=name) for name in wanted]


def _rule(session: Session, item: PackageClass) -> RetentionRule:
    disposal = item.disposal
    if disposal is None:
        raise LookupError(item.code)
    row = session.scalar(select(RetentionRule).where(RetentionRule.uid == disposal.uid))
    if row is None:
        row = RetentionRule(
            uid=disposal.uid,
            retention=disposal.retention,
            years=disposal.years,
            event=disposal.event,
            basis=disposal.basis,
        )
        session.add(row)
    return row
