"""What is done to a user that exists: closed and opened, given a new password, given other roles.

Each takes an administrator of every authority where the user has a role, or the system; each is an audit event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.i18n import gettext as _
from diarium.identity import passwords
from diarium.identity import service as identity
from diarium.identity.errors import UnknownUser
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission, Role


def user_by_name(session: Session, username: str) -> User:
    """The user with `username`, active or not. Raises: UnknownUser."""
    found = session.scalar(select(User).where(User.username == username.strip().lower()))
    if found is None:
        raise UnknownUser(_("Det finns ingen användare ”%(name)s”.", name=username), field="username")
    return found


def disable(session: Session, actor: Actor, user: User) -> None:
    """Closes the account: no login, no session and no token of `user` is worth anything. Raises: NotAllowed."""
    _lock(session, actor, user)
    if user.is_active:
        user.is_active = False
        # Else the old cookies would live again with the account.
        identity.raise_epoch(session, user)
        _note_active(session, actor, user, "user.disabled")


def enable(session: Session, actor: Actor, user: User) -> None:
    """Opens a closed account with the password, roles and tokens that it had. Raises: NotAllowed."""
    _lock(session, actor, user)
    if not user.is_active:
        user.is_active = True
        _note_active(session, actor, user, "user.enabled")


def set_password(session: Session, actor: Actor, user: User, password: str) -> None:
    """Gives `user` a new password and ends their sessions; tokens stay. Raises: NotAllowed, InvalidUser."""
    _lock(session, actor, user)
    user.password_hash = passwords.hashed(password)
    identity.raise_epoch(session, user)
    audit.write(session, actor, "user.password_set", identity.subject(user))


def set_roles(session: Session, actor: Actor, user: User, roles: Mapping[str, Iterable[Role]]) -> None:
    """Replaces the roles of `user` at the authorities of `roles` (codes); roles elsewhere stay as they are.

    No role at all for a code takes the user away from that authority. Counts from the next request on.
    Raises: NotAllowed.
    """
    _lock(session, actor, user)
    for code in roles:
        actor.require(Permission.ADMINISTER, code)
    wanted = {(code, role) for code, some in roles.items() for role in some}
    present = {(item.authority_code, item.role): item for item in user.memberships if item.authority_code in roles}
    if wanted == set(present):
        return
    for key in present.keys() - wanted:
        session.delete(present[key])
    for code, role in sorted(wanted - present.keys()):
        session.add(Membership(user_id=user.id, authority_code=code, role=role))
    session.flush()
    session.refresh(user, ["memberships"])
    before, after = _by_authority(roles, set(present)), _by_authority(roles, wanted)
    audit.write(
        session, actor, "user.roles_set", identity.subject(user), before={"roles": before}, after={"roles": after}
    )


def _lock(session: Session, actor: Actor, user: User) -> None:
    session.flush()
    session.refresh(user, with_for_update={"key_share": True})
    session.refresh(user, ["memberships"])
    identity.require_control(actor, user)


def _note_active(session: Session, actor: Actor, user: User, action: str) -> None:
    before, after = {"is_active": not user.is_active}, {"is_active": user.is_active}
    audit.write(session, actor, action, identity.subject(user), before=before, after=after)


def _by_authority(codes: Iterable[str], roles: set[tuple[str, Role]]) -> dict[str, list[Role]]:
    return {code: sorted(role for owner, role in roles if owner == code) for code in codes}
