"""Second factors: an app that shows codes (RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.errors import InvalidLogin, InvalidUser
from diarium.identity.login_models import FactorKind, RecoveryCode, SecondFactor
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.identity.service import KnownDevice

ISSUER: Final = "diarium"
MOST: Final = 10
RECOVERY_CODES: Final = 10
_STEP_SECONDS: Final = 30
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class FactorKey:
    """Encrypts the secrets of code apps in the database. `text`: url-safe base64 of 32 bytes."""

    text: str

    def sealed(self, secret: str) -> bytes:
        """The secret as it is kept."""
        return Fernet(self.text.encode()).encrypt(secret.encode())

    def opened(self, kept: bytes) -> str:
        """The secret. Raises: InvalidLogin where the key is another than it was sealed with."""
        try:
            return Fernet(self.text.encode()).decrypt(kept).decode()
        except InvalidToken:
            raise InvalidLogin(
                _("Engångskoder kan inte prövas just nu. Kontakta den som sköter systemet."), field="code"
            ) from None


def of_user(session: Session, user_id: int) -> Sequence[SecondFactor]:
    """The confirmed factors of a user, oldest first."""
    query = select(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return session.scalars(query.order_by(SecondFactor.id)).all()


def has_code_app(session: Session, user_id: int) -> bool:
    """Whether a user has to show a code after the password."""
    query = select(SecondFactor.id).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return session.scalar(query.where(SecondFactor.kind == FactorKind.CODE_APP).limit(1)) is not None


def require_no_passkey(session: Session, user: User) -> None:
    """For a login with nothing but the password, where that is not enough: whoever has it must not be able to add
    a factor of their own beside the user's key. Raises: InvalidLogin; commit also then.
    """
    query = select(SecondFactor.id).where(SecondFactor.user_id == user.id, SecondFactor.confirmed_at.is_not(None))
    if session.scalar(query.where(SecondFactor.kind == FactorKind.PASSKEY).limit(1)) is None:
        return
    audit.write(session, identity.actor_of(user), "user.login_refused", identity.subject(user))
    raise InvalidLogin(
        _("Lösenordet räcker inte här. Logga in med din inloggningsnyckel. Har du inte kvar den kan en "
          "administratör ta bort den, så att du kan lägga till en ny."), field="username",
    )  # fmt: skip


def begin_code_app(session: Session, actor: Actor, user: User, key: FactorKey, name: str) -> SecondFactor:
    """A new code app, to be confirmed with its first code. One that was begun before and never confirmed is gone.

    Raises: InvalidText; InvalidUser where there are too many.
    """
    label = texts.required_line(name, 120, "name", _("Skriv vad du vill kalla appen eller telefonen."))
    require_room(session, user)
    unconfirmed = (SecondFactor.user_id == user.id, SecondFactor.confirmed_at.is_(None))
    session.execute(delete(SecondFactor).where(*unconfirmed, SecondFactor.kind == FactorKind.CODE_APP))
    factor = SecondFactor(
        user=user, kind=FactorKind.CODE_APP, name=label, secret=key.sealed(pyotp.random_base32())
    )
    session.add(factor)
    session.flush()
    return factor


def address_of(factor: SecondFactor, key: FactorKey) -> str:
    """What the app reads from the QR code. Raises: InvalidLogin."""
    return _app(factor, key).provisioning_uri(name=factor.user.username, issuer_name=ISSUER)


def secret_of(factor: SecondFactor, key: FactorKey) -> str:
    """The secret in groups of four, for typing. Raises: InvalidLogin."""
    plain = key.opened(factor.secret or b"")
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def confirm_code_app(session: Session, actor: Actor, factor: SecondFactor, key: FactorKey, code: str) -> list[str]:
    """Takes the app into use after its first code; gives new recovery codes, shown this once.

    Raises: InvalidUser where the code is not right.
    """
    step = _step_of(factor, key, code)
    if step is None:
        raise InvalidUser(
            _("Koden stämmer inte. Kontrollera att telefonens klocka går rätt och skriv koden som visas nu."),
            field="code",
        )
    factor.counter, factor.confirmed_at = step, now()
    after = {"kind": factor.kind, "name": factor.name}
    audit.write(session, actor, "user.factor_added", identity.subject(factor.user), after=after)
    return new_recovery_codes(session, actor, factor.user)


def check(session: Session, user: User, key: FactorKey, code: str, *, device: KnownDevice | None = None) -> None:
    """Takes a code of one of the user's apps, or a recovery code, each once. Failures count as those of passwords.

    Raises: InvalidLogin, TooManyAttempts: commit also then.
    """
    identity.require_patience(session, user, device)
    typed = "".join(code.split()).upper()
    # First: they help also where the apps' secrets can no longer be opened.
    if _use_recovery_code(session, user, typed):
        return
    for factor in of_user(session, user.id):
        if factor.kind is FactorKind.CODE_APP and (step := _step_of(factor, key, typed)) is not None:
            factor.counter, factor.used_at = step, now()
            return
    identity.note_failure(session, user, device)
    raise InvalidLogin(_("Koden stämmer inte eller är redan använd."), field="code")


def new_recovery_codes(session: Session, actor: Actor, user: User) -> list[str]:
    """New recovery codes instead of all earlier ones."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [
        "-".join("".join(secrets.choice(_LETTERS) for _letter in range(5)) for _part in range(2))
        for _code in range(RECOVERY_CODES)
    ]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hash(user, code)) for code in codes)
    audit.write(session, actor, "user.recovery_codes_made", identity.subject(user))
    return codes


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes can still be used."""
    query = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def remove(session: Session, actor: Actor, uid: uuid.UUID) -> None:
    """Takes one of the actor's own factors away; with the last one the recovery codes go. Raises: NotFound."""
    factor = session.scalar(
        select(SecondFactor)
        .where(SecondFactor.uid == uid, SecondFactor.user_id == actor.user_id)
        .with_for_update()
    )
    if factor is None:
        raise NotFound(_("Det finns ingen sådan inloggningsmetod."))
    user = factor.user
    before = {"kind": factor.kind, "name": factor.name}
    session.delete(factor)
    session.flush()
    if not has_code_app(session, user.id):
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    audit.write(session, actor, "user.factor_removed", identity.subject(user), before=before)


def remove_all(session: Session, actor: Actor, user: User) -> None:
    """Takes all factors of somebody who has lost them away, and ends their sessions. Raises: NotAllowed."""
    identity.require_control(actor, user)
    forget_all(session, user)
    identity.raise_epoch(session, user)
    audit.write(session, actor, "user.factors_reset", identity.subject(user))


def forget_all(session: Session, user: User) -> None:
    """Takes all factors and recovery codes away. The caller has asked for permission, and notes it."""
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def require_room(session: Session, user: User) -> None:
    """Raises: InvalidUser where the user has as many factors as anybody may have."""
    if len(of_user(session, user.id)) >= MOST:
        raise InvalidUser(_("Du har redan %(most)s. Ta bort någon först.", most=MOST), field="name")


def _app(factor: SecondFactor, key: FactorKey) -> pyotp.TOTP:
    return pyotp.TOTP(key.opened(factor.secret or b""), interval=_STEP_SECONDS)


def _step_of(factor: SecondFactor, key: FactorKey, code: str) -> int | None:
    """The step of time that `code` belongs to: now or one before or after, and later than the last one taken."""
    typed = "".join(code.split())
    app, here = _app(factor, key), int(time.time()) // _STEP_SECONDS
    for step in (here, here - 1, here + 1):
        if step > factor.counter and hmac.compare_digest(
            app.generate_otp(step), typed.encode().decode("ascii", "ignore")
        ):
            return step
    return None


def _use_recovery_code(session: Session, user: User, typed: str) -> bool:
    query = select(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    for row in session.scalars(query.with_for_update()):
        if hmac.compare_digest(row.code_hash, _hash(user, typed)):
            row.used_at = now()
            audit.write(session, identity.actor_of(user), "user.recovery_code_used", identity.subject(user))
            return True
    return False


def _hash(user: User, code: str) -> str:
    """A code has 49 random bits and is tried ten times in a quarter of an hour: a plain hash is enough."""
    plain = code.upper().replace("-", "")
    return hashlib.sha256(f"{user.uid}:{plain}".encode()).hexdigest()
