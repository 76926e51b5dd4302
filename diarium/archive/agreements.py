"""Delivery agreements of an authority: listed, added, changed, retired by whoever exports there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from diarium.archive.agreement_facts import AgreementFacts, checked
from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.criteria import PackageLimits
from diarium.archive.delivery_errors import AgreementConflict, AgreementNotFound, InvalidAgreement
from diarium.archive.package_delivery import Delivery
from diarium.archive.package_people import Contact, Organisation
from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.opening import open_transport
from diarium.archive.transport.settings import checked_fingerprints
from diarium.audit import service as audit
from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.db.swedish import sort_key
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup
from diarium.register.models import Authority
from diarium.settings import DeliverySettings

ENTITY_TYPE = "delivery_agreement"


def delivery_of(session: Session, agreement: DeliveryAgreement) -> Delivery:
    """What packages under the agreement say of it."""
    return Delivery(
        creator=_organisation(agreement.creator_name, agreement.creator_code),
        editor=_organisation(agreement.editor_name, agreement.editor_code),
        preserver=_organisation(agreement.receiver_name, agreement.receiver_code),
        contact=Contact(agreement.contact_name, agreement.contact_email, agreement.contact_phone)
        if agreement.contact_name
        else None,
        submission_agreement=agreement.number,
        previous_submission_agreements=tuple(agreement.previous_numbers),
        reference_code=agreement.reference_code,
        previous_reference_codes=tuple(agreement.previous_reference_codes),
        archival_name=agreement.archival_name,
        information_class=agreement.information_class,
    )


def limits_of(agreement: DeliveryAgreement) -> PackageLimits:
    """How much one package under the agreement may hold."""
    return PackageLimits(max_bytes=agreement.max_package_bytes, max_files=agreement.max_package_files)


def listing(session: Session, actor: Actor, *, only_active: bool = False) -> Sequence[DeliveryAgreement]:
    """The agreements of the authorities that the actor exports for, in Swedish order within each."""
    query = _visible(actor)
    if only_active:
        query = query.where(DeliveryAgreement.is_active)
    found = session.scalars(query).all()
    return sorted(
        found, key=lambda row: (sort_key(row.authority.name), not row.is_active, sort_key(row.name), row.id)
    )


def find(session: Session, actor: Actor, uid: uuid.UUID) -> DeliveryAgreement:
    """The agreement. Raises: AgreementNotFound, also where the actor does not export for its authority."""
    found = session.scalar(_visible(actor).where(DeliveryAgreement.uid == uid))
    if found is None:
        raise AgreementNotFound(_("Överenskommelsen finns inte."))
    return found


def history(session: Session, agreement: DeliveryAgreement) -> Sequence[AuditEvent]:
    """What was changed when and by whom, newest first."""
    return audit.history(session, [agreement.uid], limit=100)


def create(
    session: Session, actor: Actor, authority_code: str, facts: AgreementFacts, policy: DeliverySettings
) -> DeliveryAgreement:
    """Adds an agreement.

    Raises: NotAllowed; InvalidFact (no such authority); InvalidAgreement, InvalidTransport, InvalidText.
    """
    authority = lookup.authority(session, authority_code)
    actor.require(Permission.EXPORT, authority.code)
    values = checked(facts, policy)
    _lock(session, authority)
    _check_name_is_free(session, authority, values["name"], None)
    agreement = DeliveryAgreement(authority=authority, changed_by_name=actor.name, **values)
    session.add(agreement)
    _note(session, actor, agreement, "created", None, values)
    return agreement


def change(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    facts: AgreementFacts,
    policy: DeliverySettings,
    *,
    version: int,
) -> DeliveryAgreement:
    """Changes an agreement that the actor saw in `version`. Packages that are made already stay as they are.

    Raises: AgreementNotFound; InvalidAgreement, InvalidTransport, InvalidText; AgreementConflict.
    """
    agreement = find(session, actor, uid)
    values = checked(facts, policy)
    _lock(session, agreement.authority)
    _lock_version(session, agreement, version)
    _check_name_is_free(session, agreement.authority, values["name"], agreement)
    before = {name: getattr(agreement, name) for name, new in values.items() if getattr(agreement, name) != new}
    if before:
        for name in before:
            setattr(agreement, name, values[name])
        _touch(agreement, actor)
        _note(session, actor, agreement, "changed", before, {name: values[name] for name in before})
    return agreement


def set_active(session: Session, actor: Actor, uid: uuid.UUID, *, active: bool, version: int) -> DeliveryAgreement:
    """Ends an agreement, so that nothing new is delivered under it, or takes it into use again.

    Raises: AgreementNotFound, AgreementConflict.
    """
    agreement = find(session, actor, uid)
    _lock_version(session, agreement, version)
    if agreement.is_active != active:
        agreement.is_active = active
        _touch(agreement, actor)
        verb = "restored" if active else "retired"
        _note(session, actor, agreement, verb, {"is_active": not active}, {"is_active": active})
    return agreement


def accept_host_key(
    session: Session, actor: Actor, uid: uuid.UUID, fingerprint: str, *, version: int
) -> DeliveryAgreement:
    """Accepts the key that an SFTP server showed, in place of any other: the actor has compared it.

    Raises: AgreementNotFound, AgreementConflict; InvalidAgreement, InvalidTransport for what is no fingerprint.
    """
    agreement = find(session, actor, uid)
    keys = list(checked_fingerprints(fingerprint))
    if agreement.transport is not TransportKind.SFTP or len(keys) != 1:
        raise InvalidAgreement(_("Det finns ingen värdnyckel att godkänna."), field="host_keys")
    _lock_version(session, agreement, version)
    before = {"host_keys": list(agreement.transport_settings.get("host_keys", ()))}
    agreement.transport_settings = {**agreement.transport_settings, "host_keys": keys}
    _touch(agreement, actor)
    _note(session, actor, agreement, "host_key_accepted", before, {"host_keys": keys})
    return agreement


def probe(database: Database, actor: Actor, uid: uuid.UUID, policy: DeliverySettings) -> None:
    """Tries the connection: logs in, writes a small file and removes it. That it was tried is noted.

    Raises: AgreementNotFound; TransportError, UnknownHostKey.
    """
    with database.reading() as session:
        agreement = find(session, actor, uid)
        kind, facts = agreement.transport, dict(agreement.transport_settings)
    outcome = "works"
    try:
        with open_transport(kind, facts, policy) as transport:
            transport.probe()
    except TransportError as error:
        outcome = type(error).__name__
        raise
    finally:
        with database.unit_of_work() as session:
            _note(session, actor, find(session, actor, uid), "probed", None, {"outcome": outcome})


def subject_of(agreement: DeliveryAgreement) -> audit.Subject:
    """The agreement as audit events name it."""
    return audit.Subject(ENTITY_TYPE, agreement.uid, agreement.name, agreement.authority.code)


def _visible(actor: Actor) -> Select[DeliveryAgreement]:
    query = select(DeliveryAgreement).options(selectinload(DeliveryAgreement.authority))
    if actor.is_system:
        return query
    codes = actor.authorities(Permission.EXPORT)
    return query.join(DeliveryAgreement.authority).where(Authority.code.in_(codes))


def _organisation(name: str | None, code: str | None) -> Organisation | None:
    return Organisation(name, code) if name else None


def _lock(session: Session, authority: Authority) -> None:
    """Names are compared within the authority: two who add the same one at once queue."""
    session.flush()
    session.refresh(authority, with_for_update={"key_share": True})


def _lock_version(session: Session, agreement: DeliveryAgreement, version: int) -> None:
    session.refresh(agreement, with_for_update=True)
    if agreement.version != version:
        raise AgreementConflict(
            _("Någon annan har ändrat överenskommelsen sedan du öppnade sidan. Läs igenom och ändra igen.")
        )


def _check_name_is_free(session: Session, authority: Authority, name: str, own: DeliveryAgreement | None) -> None:
    rows = session.execute(
        select(DeliveryAgreement.id, DeliveryAgreement.name).where(DeliveryAgreement.authority_id == authority.id)
    )
    if sort_key(name) in {sort_key(other) for row, other in rows if own is None or row != own.id}:
        raise InvalidAgreement(
            _("%(owner)s har redan en överenskommelse som heter ”%(name)s”. Välj ett annat namn.",
              owner=authority.name, name=name),
            field="name",
        )  # fmt: skip


def _touch(agreement: DeliveryAgreement, actor: Actor) -> None:
    agreement.version += 1
    agreement.changed_at, agreement.changed_by_name = now(), actor.name


def _note(
    session: Session,
    actor: Actor,
    agreement: DeliveryAgreement,
    verb: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    session.flush()
    audit.write(session, actor, f"{ENTITY_TYPE}.{verb}", subject_of(agreement), before=before, after=after)
