"""Passkeys (WebAuthn): a key in the telephone or the computer, which replaces password and code at once."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

import webauthn
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from diarium import texts
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.identity import second_factor
from diarium.identity import service as identity
from diarium.identity.errors import InvalidLogin, InvalidUser
from diarium.identity.login_models import FactorKind, SecondFactor
from diarium.identity.models import User
from diarium.identity.permissions import Actor

_MOST_ANSWER: Final = 20_000
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,1400}")
_UNREADABLE: Final = (WebAuthnException, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For which site a key is good. `identifier`: its host name; `origin`: its address as browsers tell it."""

    identifier: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser is asked: `options` as JSON, and the challenge that its answer must hold."""

    options: str
    challenge: bytes


def ask_to_register(session: Session, user: User, party: RelyingParty) -> Question:
    """Asks the browser for a new key of `user`, other than those already known. Raises: InvalidUser."""
    second_factor.require_room(session, user)
    known = [factor.credential_id for factor in second_factor.of_user(session, user.id) if factor.credential_id]
    options = webauthn.generate_registration_options(
        rp_id=party.identifier,
        rp_name=party.name,
        user_id=user.uid.bytes,
        user_name=user.username,
        user_display_name=user.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(text)) for text in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            # The key's own PIN or finger is the second factor.
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return Question(webauthn.options_to_json(options), options.challenge)


def register(
    session: Session, actor: Actor, user: User, party: RelyingParty, challenge: bytes, answer: str, name: str
) -> None:
    """Keeps the public half of the new key. Raises: InvalidUser, InvalidText."""
    label = texts.required_line(name, 120, "passkey_name", _("Skriv vad du vill kalla nyckeln."))
    second_factor.require_room(session, user)
    try:
        made = webauthn.verify_registration_response(
            credential=answer[:_MOST_ANSWER],
            expected_challenge=challenge,
            expected_rp_id=party.identifier,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise InvalidUser(_("Nyckeln kunde inte läggas till. Försök igen."), field="passkey_name") from None
    identifier = bytes_to_base64url(made.credential_id)
    if session.scalar(select(SecondFactor.id).where(SecondFactor.credential_id == identifier)) is not None:
        raise InvalidUser(_("Nyckeln är redan tillagd."), field="passkey_name")
    session.add(
        SecondFactor(
            user=user,
            kind=FactorKind.PASSKEY,
            name=label,
            credential_id=identifier,
            public_key=made.credential_public_key,
            counter=made.sign_count,
            confirmed_at=now(),
        )
    )
    session.flush()
    after = {"kind": FactorKind.PASSKEY, "name": label}
    audit.write(session, actor, "user.factor_added", identity.subject(user), after=after)


def ask_to_log_in(party: RelyingParty) -> Question:
    """Asks the browser for any key of this site: it knows whose it is."""
    options = webauthn.generate_authentication_options(
        rp_id=party.identifier, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Question(webauthn.options_to_json(options), options.challenge)


def log_in(session: Session, party: RelyingParty, challenge: bytes, answer: str, *, asked_at: dt.datetime) -> User:
    """The active user whose key signed the challenge that was given out at `asked_at`.

    A key that has been used since then is refused: its answer may be a copy, and many keys count nothing that
    would show it. Commit also when this raises. Raises: InvalidLogin.
    """
    found = _find(session, answer)
    user = found.user if found is not None else None
    try:
        if found is None or user is None or not user.is_active or found.public_key is None:
            raise ValueError
        if found.used_at is not None and found.used_at >= asked_at:
            raise ValueError
        proved = webauthn.verify_authentication_response(
            credential=answer[:_MOST_ANSWER],
            expected_challenge=challenge,
            expected_rp_id=party.identifier,
            expected_origin=party.origin,
            credential_public_key=found.public_key,
            credential_current_sign_count=found.counter,
            require_user_verification=True,
        )
    except _UNREADABLE:
        identity.note_failure(session, user, None)
        raise InvalidLogin(
            _("Nyckeln gäller inte här. Logga in med lösenord i stället."), field="username"
        ) from None
    found.counter, found.used_at = proved.new_sign_count, now()
    return user


def _find(session: Session, answer: str) -> SecondFactor | None:
    try:
        identifier = webauthn.helpers.parse_authentication_credential_json(answer[:_MOST_ANSWER]).id
    except _UNREADABLE:
        return None
    if not _IDENTIFIER.fullmatch(identifier):
        return None
    return session.scalar(
        select(SecondFactor)
        .where(SecondFactor.credential_id == identifier, SecondFactor.kind == FactorKind.PASSKEY)
        .with_for_update()
    )
