"""Users and tokens from the command line."""

from __future__ import annotations

import pytest
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


def test_user_is_disabled_and_enabled_again(run: Run, services: Diarium) -> None:
    for command, active in (("disable", False), ("enable", True)):
        result = run("user", command, "rut")
        assert (result.exit_code, result.stdout) == (0, "")
        with services.database.reading() as session:
            assert session.scalars(select(User.is_active).where(User.username == "rut")).one() is active


def test_password_is_set_from_standard_input_or_asked_for_twice(run: Run, services: Diarium) -> None:
    assert run("user", "password", "rut", "--password-stdin", given="ett-första-lösenord\n").exit_code == 0
    with services.database.unit_of_work() as session:
        epoch = identity.log_in(session, "rut", "ett-första-lösenord").session_epoch
    result = run("user", "password", "rut", given="ett-andra-lösenord\nett-andra-lösenord\n")
    assert result.exit_code == 0
    assert "ett-andra-lösenord" not in result.output
    with services.database.unit_of_work() as session:
        assert identity.log_in(session, "rut", "ett-andra-lösenord").session_epoch > epoch


def test_roles_are_replaced_at_the_authorities_that_are_named(run: Run, services: Diarium) -> None:
    def roles() -> dict[str, set[str]]:
        with services.database.reading() as session:
            found = identity.actor_of(session.scalars(select(User).where(User.username == "rut")).one()).roles
            return {code: {role.value for role in some} for code, some in found.items()}

    wanted = ("--role", "archivist", "--role", "case_officer")
    assert run("user", "roles", "rut", *wanted, "--authority", "sn").exit_code == 0
    assert roles() == {"KS": {"registrar"}, "SN": {"archivist", "case_officer"}}
    assert run("user", "roles", "rut", "--no-role", "--authority", "KS").exit_code == 0
    assert roles() == {"SN": {"archivist", "case_officer"}}
    assert run("user", "roles", "rut", "--authority", "SN").exit_code == 2
    assert run("user", "roles", "rut", "--no-role", *wanted, "--authority", "SN").exit_code == 2
    assert run("user", "roles", "rut", *wanted, "--authority", "XX").exit_code == 1
    assert roles() == {"SN": {"archivist", "case_officer"}}


def test_tokens_are_listed_without_their_secret_and_revoked_by_id_or_name(run: Run, services: Diarium) -> None:
    secrets = [run("token", "create", "rut", "--name", name).stdout.strip() for name in ("Ett", "Två")]
    listed = [line.split("\t") for line in run("token", "list", "rut").stdout.splitlines()]
    assert [(fields[1], fields[3]) for fields in listed] == [("giltig", "Ett"), ("giltig", "Två")]
    assert run("token", "revoke", listed[0][0]).stdout.strip() == listed[0][0]
    assert run("token", "revoke", "Två").stdout.strip() == listed[1][0]
    again = run("token", "list", "rut").stdout
    assert [line.split("\t")[1] for line in again.splitlines()] == ["återkallad", "återkallad"]
    assert not any(secret in again for secret in secrets)
    with services.database.reading() as session:
        assert [identity.user_of_token(session, secret) for secret in secrets] == [None, None]


@pytest.mark.parametrize(
    "command",
    [
        ("user", "disable", "nobody"),
        ("user", "enable", "nobody"),
        ("user", "password", "nobody", "--password-stdin"),
        ("user", "roles", "nobody", "--no-role", "--authority", "KS"),
        ("token", "list", "nobody"),
        ("token", "revoke", "nothing"),
    ],
)
def test_command_on_somebody_unknown_says_so_in_one_line(
    run: Run, services: Diarium, command: tuple[str, ...]
) -> None:
    result = run(*command, given="ett-långt-lösenord\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
