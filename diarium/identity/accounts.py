"""What is done to a user that exists: renamed, closed and opened, given a new password, given other roles.

Each takes an administrator of every authority where the user has a role, or the system; each is an audit event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.changes import feed
from diarium.i18n import gettext as _
from diarium.identity import passwords, second_factor
from diarium.identity import service as identity
from diarium.identity.errors import LastAdministrator, UnknownUser
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission, Role


def user_by_name(session: Session, username: str) -> User:
    """The user with `username`, active or not. Raises: UnknownUser."""
    found = session.scalar(select(User).where(User.username == username.strip().lower()))
    if found is None:
        raise UnknownUser(_("Det finns ingen användare ”%(name)s”.", name=username), field="username")
    return found


def facts_of(user: User) -> dict[str, object]:
    """What `change` changes, as pages show and events keep it."""
    return {"name": user.name, "email": user.email}


def roles_of(user: User, codes: Iterable[str]) -> dict[str, object]:
    """The roles of `user` at the authorities of `codes`, as pages show and events keep them."""
    return {"roles": _by_authority(codes, {(item.authority_code, item.role) for item in user.memberships})}


def change(session: Session, actor: Actor, user: User, *, name: str, email: str | None, seen: str) -> None:
    """Gives `user` another name or address; `seen` is the fingerprint of the facts that the page showed.

    Raises: NotAllowed; InvalidUser and InvalidText with the field's name; Stale.
    """
    _lock(session, actor, user)
    before = facts_of(user)
    revision.require_seen(before, seen)
    user.name = texts.required_line(name, 200, "name", _("Skriv personens namn."))
    user.email = identity.checked_email(email)
    changed = revision.note(session, actor, "user.changed", identity.subject(user), before, facts_of(user))
    if "name" in changed:
        feed.publish(session, "user", user.uid, "user.changed")  # indexes know the officer by name


def disable(session: Session, actor: Actor, user: User) -> None:
    """Closes the account: no login, no session and no token of `user` is worth anything.

    Raises: NotAllowed; LastAdministrator if an authority would be left without any.
    """
    administered = _administered(user)
    others = _other_administrators(session, user, administered)
    _lock(session, actor, user)
    if user.is_active:
        _require_others(actor, administered, others)
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
    user.password_hash = passwords.hashed(password, about=(user.username, user.name))
    identity.raise_epoch(session, user)
    audit.write(session, actor, "user.password_set", identity.subject(user))


def set_roles(
    session: Session, actor: Actor, user: User, roles: Mapping[str, Iterable[Role]], *, seen: str | None = None
) -> bool:
    """Replaces the roles of `user` at the authorities of `roles` (codes); roles elsewhere stay as they are.

    No role at all for a code takes the user away from that authority. Counts from the next request on. `seen` is
    the fingerprint of the roles that a page showed.

    A user without any role is everybody's: any administrator may have set their password or made them a token.
    With the first role given again those are worth nothing, and the answer is true: a new password has to be set.

    Raises: NotAllowed; LastAdministrator if an authority would be left without any; Stale.
    """
    given_up = {code for code, some in roles.items() if Role.ADMINISTRATOR not in some}
    others = _other_administrators(session, user, given_up)
    _lock(session, actor, user)
    for code in roles:
        actor.require(Permission.ADMINISTER, code)
    if seen is not None:
        revision.require_seen(roles_of(user, roles), seen)
    _require_others(actor, given_up & _administered(user), others)
    wanted = {(code, role) for code, some in roles.items() for role in some}
    present = {(item.authority_code, item.role): item for item in user.memberships if item.authority_code in roles}
    if wanted == set(present):
        return False
    is_reset = not user.memberships
    if is_reset:
        _reset_login(session, actor, user)
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
    return is_reset


def join_new_authority(session: Session, actor: Actor, code: str) -> None:
    """Makes whoever added the authority with `code` its first administrator. Raises: NotAllowed."""
    identity.require_administrator(actor)
    if actor.user_id is None:
        return  # the system needs no role
    user = session.get_one(User, actor.user_id)
    session.add(Membership(user_id=user.id, authority_code=code, role=Role.ADMINISTRATOR))
    session.flush()
    session.refresh(user, ["memberships"])
    after = {"roles": {code: [Role.ADMINISTRATOR]}}
    audit.write(
        session, actor, "user.roles_set", identity.subject(user), before={"roles": {code: []}}, after=after
    )


def _administered(user: User) -> set[str]:
    return {item.authority_code for item in user.memberships if item.role is Role.ADMINISTRATOR}


def _other_administrators(session: Session, user: User, codes: Collection[str]) -> set[str]:
    """Those of `codes` that somebody else administers.

    All of their administrators are locked, in one order and before anything else: two who take each other's role
    away at once queue, and the second is refused.
    """
    if not codes:
        return set()
    rows = session.execute(
        select(Membership.authority_code, Membership.user_id)
        .join(User)
        .where(Membership.role == Role.ADMINISTRATOR, Membership.authority_code.in_(codes), User.is_active)
        .order_by(Membership.id)
        .with_for_update()
    )
    return {code for code, user_id in rows if user_id != user.id}


def _require_others(actor: Actor, codes: Collection[str], others: set[str]) -> None:
    # At the command line the system may: whoever runs it can also make a new administrator there.
    missing = sorted(set(codes) - others)
    if missing and not actor.is_system:
        raise LastAdministrator(
            _(
                "%(codes)s har ingen annan administratör. Ge rollen till någon annan först.",
                codes=", ".join(missing),
            ),
            field="roles",
        )


def _lock(session: Session, actor: Actor, user: User) -> None:
    session.flush()
    session.refresh(user, with_for_update={"key_share": True})
    session.refresh(user, ["memberships"])
    identity.require_control(actor, user)


def _reset_login(session: Session, actor: Actor, user: User) -> None:
    for token in identity.tokens_of(session, user):
        identity.revoke_token(session, actor, token)
    user.password_hash = None
    second_factor.forget_all(session, user)
    identity.raise_epoch(session, user)
    audit.write(session, actor, "user.login_reset", identity.subject(user))


def _note_active(session: Session, actor: Actor, user: User, action: str) -> None:
    before, after = {"is_active": not user.is_active}, {"is_active": user.is_active}
    audit.write(session, actor, action, identity.subject(user), before=before, after=after)


def _by_authority(codes: Iterable[str], roles: set[tuple[str, Role]]) -> dict[str, list[Role]]:
    return {code: sorted(role for owner, role in roles if owner == code) for code in codes}
