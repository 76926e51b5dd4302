"""Finds deliveries for an actor, locked where they change, and notes each step: event and audit together."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from diarium.archive.delivery_errors import DeliveryConflict, DeliveryNotFound
from diarium.archive.delivery_models import DeliveryEvent, PackageDelivery
from diarium.archive.delivery_states import DeliveryState, DeliveryStep, require_step
from diarium.archive.models import ExportPart
from diarium.audit import service as audit
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority

ENTITY_TYPE = "delivery"


def loaded() -> Select[PackageDelivery]:
    """Deliveries with what every page shows of them."""
    return select(PackageDelivery).options(
        selectinload(PackageDelivery.authority),
        selectinload(PackageDelivery.agreement),
        selectinload(PackageDelivery.part).selectinload(ExportPart.export),
        selectinload(PackageDelivery.replaces).selectinload(PackageDelivery.agreement),
    )


def visible(actor: Actor, query: Select[PackageDelivery]) -> Select[PackageDelivery]:
    """The query, for the authorities that the actor exports for."""
    if actor.is_system:
        return query
    codes = actor.authorities(Permission.EXPORT)
    mine = select(Authority.id).where(Authority.code.in_(codes))
    return query.where(PackageDelivery.authority_id.in_(mine))


def find(session: Session, actor: Actor, uid: uuid.UUID) -> PackageDelivery:
    """The delivery. Raises: DeliveryNotFound, also where the actor does not export for its authority."""
    found = session.scalar(visible(actor, loaded()).where(PackageDelivery.uid == uid))
    if found is None:
        raise DeliveryNotFound(_("Leveransen finns inte."))
    return found


def locked(session: Session, actor: Actor, uid: uuid.UUID, version: int | None) -> PackageDelivery:
    """The delivery, locked until the transaction ends and counted up, for a step of a person.

    `version`: as the actor saw it; None asks for no check. Raises: DeliveryNotFound, DeliveryConflict.
    """
    found = find(session, actor, uid)
    session.refresh(found, with_for_update=True)
    if version is not None and found.version != version:
        raise DeliveryConflict(
            _("Någon annan har arbetat med leveransen sedan du öppnade sidan. Läs igenom och gör om steget.")
        )
    found.version += 1
    return found


def require_protected(actor: Actor, delivery: PackageDelivery) -> None:
    """Raises: NotAllowed where protected identities stand in the package and the actor may not see them."""
    code = delivery.authority.code
    if delivery.part.has_protected and not actor.may(Permission.READ_PROTECTED, code):
        raise NotAllowed(
            _("Paketet innehåller skyddade personuppgifter. Bara den som får läsa sådana kan hämta det. Det kan "
              "sändas utan att någon öppnar det.")
        )  # fmt: skip


def go(
    session: Session,
    actor: Actor,
    delivery: PackageDelivery,
    step: DeliveryStep,
    state: DeliveryState,
    *,
    text: str | None = None,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Brings the delivery into `state` and notes the step. Raises: DeliveryConflict if it can't go there."""
    require_step(delivery.state, state)
    before = delivery.state
    delivery.state = state
    note(session, actor, delivery, step, text=text, before=before, facts=facts)


def note(
    session: Session,
    actor: Actor,
    delivery: PackageDelivery,
    step: DeliveryStep,
    *,
    text: str | None = None,
    before: DeliveryState | None = None,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Notes a step that leaves the state as it is, or has changed it from `before`."""
    session.add(
        DeliveryEvent(
            delivery=delivery,
            step=step,
            state=delivery.state,
            actor_id=actor.user_id,
            actor_name=actor.name,
            text=text,
        )
    )
    session.flush()
    audit.write(
        session,
        actor,
        f"{ENTITY_TYPE}.{step}",
        subject_of(delivery),
        before=None if before is None else {"state": before},
        after={"state": delivery.state, **(facts or {})},
        reason=text,
    )


def subject_of(delivery: PackageDelivery) -> audit.Subject:
    """The delivery as audit events name it."""
    return audit.Subject(ENTITY_TYPE, delivery.uid, delivery.reference, delivery.authority.code)
