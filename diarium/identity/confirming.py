"""Proving once more who one is, before something sensitive is done."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.i18n import gettext as _
from diarium.identity import passwords, second_factor, sessions
from diarium.identity import service as identity
from diarium.identity.errors import InvalidLogin
from diarium.identity.models import User
from diarium.identity.second_factor import FactorKey
from diarium.identity.service import KnownDevice


def confirm(
    session: Session, user: User, session_uid: uuid.UUID, secret: str, key: FactorKey, device: KnownDevice | None
) -> None:
    """Takes the password, or a code where the user has no password, and makes the session fresh again.

    Raises: InvalidLogin, TooManyAttempts: commit also then.
    """
    if user.password_hash is None:
        second_factor.check(session, user, key, secret, device=device)
    else:
        identity.require_patience(session, user, device)
        if not passwords.matches(user.password_hash, secret):
            identity.note_failure(session, user, device)
            raise InvalidLogin(_("Lösenordet stämmer inte."), field="confirm_secret")
    sessions.confirm(session, session_uid)
    audit.write(session, identity.actor_of(user), "user.confirmed", identity.subject(user))
