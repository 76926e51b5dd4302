"""Users and tokens from the command line."""

from __future__ import annotations

from sqlalchemy import select

from diarium.composition import Diarium
from diarium.identity import service as identity
from diarium.identity.models import AccessToken, User
from tests.cli.conftest import Run

ADD = ("user", "add", "nils", "--name", "Nils Ny", "--role", "registrar", "--authority", "ks", "--authority", "SN")


def test_user_is_added_with_role_at_each_authority_and_can_log_in(run: Run, services: Diarium) -> None:
    result = run(*ADD, given="ett-långt-lösenord\nett-långt-lösenord\n")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "nils")
    assert "ett-långt-lösenord" not in result.output
    with services.database.unit_of_work() as session:
        actor = identity.actor_of(identity.log_in(session, "nils", "ett-långt-lösenord"))
        assert {code: set(roles) for code, roles in actor.roles.items()} == {
            "KS": {"registrar"},
            "SN": {"registrar"},
        }


def test_password_is_read_from_standard_input_where_wanted(run: Run, services: Diarium) -> None:
    assert run(*ADD, "--password-stdin", given="ett-långt-lösenord\n").exit_code == 0
    with services.database.unit_of_work() as session:
        assert identity.log_in(session, "nils", "ett-långt-lösenord").name == "Nils Ny"


def test_short_password_unknown_authority_and_taken_name_are_refused(run: Run, services: Diarium) -> None:
    assert run(*ADD, "--password-stdin", given="kort\n").exit_code == 1
    assert run(*ADD, "--no-password", "--authority", "XX").exit_code == 1
    assert run("user", "add", "rut", *ADD[3:], "--no-password").exit_code == 1
    with services.database.reading() as session:
        assert set(session.scalars(select(User.username))) == {"rut", "siv"}


def test_token_is_printed_once_and_gives_the_rights_of_its_user(run: Run, services: Diarium) -> None:
    result = run("token", "create", "rut", "--name", "E-tjänst")
    token = result.stdout.strip()
    with services.database.reading() as session:
        owner = identity.user_of_token(session, token)
        assert owner is not None
        assert owner.username == "rut"
        assert token not in session.scalars(select(AccessToken.token_hash)).one()


def test_token_for_nobody_is_refused(run: Run, services: Diarium) -> None:
    result = run("token", "create", "nobody", "--name", "x")
    assert (result.exit_code, result.stdout) == (1, "")
