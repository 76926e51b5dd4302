"""Codes after the password: each once, and nobody kept out of their own browser by an outsider's guesses."""

from __future__ import annotations

import time
import uuid

import pyotp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from diarium.identity import accounts, second_factor
from diarium.identity import service as identity
from diarium.identity.errors import InvalidLogin, InvalidUser, TooManyAttempts
from diarium.identity.models import User
from diarium.identity.second_factor import FactorKey
from diarium.identity.service import KnownDevice
from tests.conftest import Municipality

KEY = FactorKey(Fernet.generate_key().decode())
RIGHT = "rut-hemligt-lösen"


def rut(session: Session) -> User:
    return accounts.user_by_name(session, "rut")


def with_app(session: Session) -> tuple[pyotp.TOTP, list[str]]:
    """Gives "rut" a code app, confirmed with an old code so that today's are unused."""
    user = rut(session)
    actor = identity.actor_of(user)
    factor = second_factor.begin_code_app(session, actor, user, KEY, "Min telefon")
    app = pyotp.TOTP(second_factor.secret_of(factor, KEY).replace(" ", ""))
    codes = second_factor.confirm_code_app(session, actor, factor, KEY, app.at(time.time() - 30))
    return app, codes


def test_a_code_is_taken_once_and_an_older_one_never_after_it(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        app, _codes = with_app(session)
        assert second_factor.has_code_app(session, rut(session).id)
        code = app.at(time.time())
        second_factor.check(session, rut(session), KEY, f" {code[:3]} {code[3:]} ")
        for used in (code, app.at(time.time() - 30), "000000", "", "åäö"):
            with pytest.raises(InvalidLogin):
                second_factor.check(session, rut(session), KEY, used)


def test_an_app_that_shows_a_wrong_code_is_not_taken_into_use(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        user = rut(session)
        factor = second_factor.begin_code_app(session, identity.actor_of(user), user, KEY, "Telefonen")
        with pytest.raises(InvalidUser) as told:
            second_factor.confirm_code_app(session, identity.actor_of(user), factor, KEY, "123")
        assert told.value.field == "code"
        assert not second_factor.has_code_app(session, user.id)


def test_the_secret_is_not_readable_in_the_database_nor_with_another_key(
    sqlite_municipality: Municipality,
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        app, _codes = with_app(session)
        (factor,) = second_factor.of_user(session, rut(session).id)
        assert app.secret.encode() not in (factor.secret or b"")
        with pytest.raises(InvalidLogin, match="Kontakta den som sköter systemet"):
            second_factor.secret_of(factor, FactorKey(Fernet.generate_key().decode()))


def test_a_recovery_code_opens_also_where_the_key_of_the_apps_is_lost(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        _app, codes = with_app(session)
        second_factor.check(session, rut(session), FactorKey(Fernet.generate_key().decode()), codes[0])


def test_each_recovery_code_opens_once_and_new_ones_end_the_old(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        _app, codes = with_app(session)
        user = rut(session)
        assert len(set(codes)) == second_factor.RECOVERY_CODES
        second_factor.check(session, user, KEY, codes[0].lower())
        with pytest.raises(InvalidLogin):
            second_factor.check(session, user, KEY, codes[0])
        assert second_factor.recovery_codes_left(session, user.id) == len(codes) - 1
        second_factor.new_recovery_codes(session, identity.actor_of(user), user)
        with pytest.raises(InvalidLogin):
            second_factor.check(session, user, KEY, codes[1])


def test_guessed_codes_come_to_the_same_limit_as_passwords(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        app, _codes = with_app(session)
        for _time in range(identity.MAX_FAILURES):
            with pytest.raises(InvalidLogin):
                second_factor.check(session, rut(session), KEY, "000000")
        with pytest.raises(TooManyAttempts):
            second_factor.check(session, rut(session), KEY, app.at(time.time()))


def test_an_outsider_who_guesses_keeps_nobody_out_of_their_own_browser(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        own = KnownDevice(rut(session).uid, "a" * 32)
        of_another = KnownDevice(uuid.uuid4(), "a" * 32)
        for _time in range(identity.MAX_FAILURES):
            with pytest.raises(InvalidLogin):
                identity.log_in(session, "rut", "gissning")
        for device in (None, of_another):
            with pytest.raises(TooManyAttempts):
                identity.log_in(session, "rut", RIGHT, device=device)
        assert identity.log_in(session, "rut", RIGHT, device=own).username == "rut"
        for _time in range(identity.MAX_FAILURES):
            with pytest.raises(InvalidLogin):
                identity.log_in(session, "rut", "gissning", device=own)
        with pytest.raises(TooManyAttempts):
            identity.log_in(session, "rut", RIGHT, device=own)


@pytest.mark.parametrize(
    "password",
    ["lösenord123", "Sommar2024!", "registrator1", "qwertyuiopå", "ruthemligt", "aaaaaaaaaaaa", "2026-11-25"],
)
def test_a_password_that_anybody_would_try_first_is_refused(
    sqlite_municipality: Municipality, password: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session, pytest.raises(InvalidUser) as told:
        accounts.set_password(session, m.administrator, rut(session), password)
    assert told.value.field == "password"
    assert "lätt att gissa" in told.value.message
