"""Passkeys: each answer is taken once, and no answer whatever breaks the login."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from diarium.db.base import now
from diarium.identity import accounts, passkeys
from diarium.identity import service as identity
from diarium.identity.errors import InvalidLogin, InvalidUser
from diarium.identity.login_models import FactorKind, SecondFactor
from diarium.identity.passkeys import RelyingParty
from diarium.identity.permissions import SYSTEM, Role
from tests.conftest import Municipality

PARTY = RelyingParty("diarium.ekdala.se", "https://diarium.ekdala.se", "Ekdala")


class SoftKey:
    """A key as a telephone holds it, which like synchronised ones counts nothing."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.identifier = bytes_to_base64url(secrets.token_bytes(16))

    def add_to(self, session: Session, username: str) -> None:
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        session.add(
            SecondFactor(
                user=accounts.user_by_name(session, username),
                kind=FactorKind.PASSKEY,
                name="Telefonen",
                credential_id=self.identifier,
                public_key=cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y}),
                confirmed_at=now(),
            )
        )
        session.flush()

    def answer(self, challenge: bytes, party: RelyingParty = PARTY) -> str:
        asked = {
            "type": "webauthn.get",
            "challenge": bytes_to_base64url(challenge),
            "origin": party.origin,
            "crossOrigin": False,
        }
        client = json.dumps(asked).encode()
        known = hashlib.sha256(party.identifier.encode()).digest() + b"\x05" + struct.pack(">I", 0)
        signed = self._key.sign(known + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": known, "signature": signed}
        return json.dumps(
            {
                "id": self.identifier,
                "rawId": self.identifier,
                "type": "public-key",
                "response": {name: bytes_to_base64url(value) for name, value in response.items()},
            }
        )


def test_an_answer_that_somebody_has_copied_opens_nothing_more(municipality: Municipality) -> None:
    key = SoftKey()
    with municipality.database.unit_of_work() as session:
        key.add_to(session, "rut")
    question, asked_at = passkeys.ask_to_log_in(PARTY), now()
    answer = key.answer(question.challenge)
    with municipality.database.unit_of_work() as session:
        assert passkeys.log_in(session, PARTY, question.challenge, answer, asked_at=asked_at).username == "rut"
    with municipality.database.unit_of_work() as session, pytest.raises(InvalidLogin):
        passkeys.log_in(session, PARTY, question.challenge, answer, asked_at=asked_at)
    new, asked_at = passkeys.ask_to_log_in(PARTY), now()
    with municipality.database.unit_of_work() as session:
        assert passkeys.log_in(session, PARTY, new.challenge, key.answer(new.challenge), asked_at=asked_at)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[" * 19_000,
        '{"id": ' * 2_000,
        json.dumps({"id": "a\x00b"}),
        json.dumps({"id": "\ud800"}),
        json.dumps({"id": "å", "rawId": "å", "response": {"clientDataJSON": "å"}, "type": "public-key"}),
        "null",
    ],
)
def test_no_answer_whatever_breaks_anything(municipality: Municipality, answer: str) -> None:
    whole = json.loads(SoftKey().answer(b"x"))
    try:
        whole |= json.loads(answer)
    except (ValueError, TypeError, RecursionError):
        made = answer
    else:
        whole.setdefault("response", {})
        made = json.dumps(whole)
    with municipality.database.unit_of_work() as session:
        with pytest.raises(InvalidLogin):
            passkeys.log_in(session, PARTY, b"x", made, asked_at=now())
        user = accounts.user_by_name(session, "rut")
        with pytest.raises(InvalidUser):
            passkeys.register(session, identity.actor_of(user), user, PARTY, b"x", made, "Ny")


def test_a_known_key_with_a_spoilt_answer_is_refused(sqlite_municipality: Municipality) -> None:
    key = SoftKey()
    with sqlite_municipality.database.unit_of_work() as session:
        key.add_to(session, "rut")
        whole = json.loads(key.answer(b"x"))
        for field in ("clientDataJSON", "authenticatorData", "signature"):
            for spoilt in ("", "AA", "!!!", whole["response"][field][:-4], bytes_to_base64url(b"[" * 9_000)):
                made = {**whole, "response": {**whole["response"], field: spoilt}}
                with pytest.raises(InvalidLogin):
                    passkeys.log_in(session, PARTY, b"x", json.dumps(made), asked_at=now())


def test_a_login_given_back_after_all_roles_were_lost_has_no_keys_of_before(
    sqlite_municipality: Municipality,
) -> None:
    """Any administrator may have set the password of somebody without roles, and added a key of their own."""
    key, m = SoftKey(), sqlite_municipality
    with m.database.unit_of_work() as session:
        key.add_to(session, "rut")
        user = accounts.user_by_name(session, "rut")
        codes = {row.authority_code for row in user.memberships}
        accounts.set_roles(session, SYSTEM, user, dict.fromkeys(codes, ()))
        accounts.set_roles(session, SYSTEM, user, {"KS": (Role.REGISTRAR,)})
    question, asked_at = passkeys.ask_to_log_in(PARTY), now()
    with m.database.unit_of_work() as session, pytest.raises(InvalidLogin):
        passkeys.log_in(session, PARTY, question.challenge, key.answer(question.challenge), asked_at=asked_at)
