"""Adding and disabling mailboxes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.identity.permissions import SYSTEM, Actor, Role
from diarium.intake import sources
from diarium.intake.errors import InvalidSource, SourceNotFound
from diarium.intake.sources import NewMailbox
from diarium.intake.vocabulary import Security
from diarium.register.models import Authority
from tests.conftest import Municipality

MAILBOX = NewMailbox("KS", "imap.ekdala.example", "ks@ekdala.example", "DIARIUM_MAILBOX_KS")


def test_administrator_adds_a_mailbox_with_the_usual_port(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        added = sources.add_mailbox(session, municipality.administrator, MAILBOX)
        assert (added.port, added.security, added.folder) == (993, Security.TLS, "INBOX")
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "mailbox.added")).one()
        assert event.after is not None
        assert event.after["password_variable"] == "DIARIUM_MAILBOX_KS"
        assert [one.id for one in sources.mailboxes(session, municipality.administrator)] == [added.id]
        assert sources.mailboxes(session, municipality.outsider) == []
        with pytest.raises(SourceNotFound):
            sources.mailbox(session, municipality.registrar, added.uid)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "imap ekdala"}, "host"),
        ({"host": "imap.ekdala.example/x"}, "host"),
        ({"port": 70_000}, "port"),
        ({"username": " "}, "username"),
        ({"folder": ""}, "folder"),
        ({"security": Security.NONE}, "security"),
        ({"security": Security.STARTTLS, "port": 993}, "security"),
        ({"password_variable": "DIARIUM_SECRET_KEY"}, "password_variable"),
        ({"password_variable": "hemligt"}, "password_variable"),
        ({"password_variable": "DIARIUM_MAILBOX_"}, "password_variable"),
    ],
)
def test_mailbox_that_can_not_be_used_is_refused_at_its_field(
    sqlite_municipality: Municipality, facts: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidSource) as refusal, sqlite_municipality.database.unit_of_work() as session:
        sources.add_mailbox(session, SYSTEM, replace(MAILBOX, **facts))  # type: ignore[arg-type]
    assert refusal.value.field == field


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_line_to_the_own_machine_may_be_open(sqlite_municipality: Municipality, host: str) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        assert (
            sources.add_mailbox(session, SYSTEM, replace(MAILBOX, host=host, security=Security.NONE)).port == 143
        )


def test_mailbox_belongs_to_one_authority(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        added = sources.add_mailbox(session, SYSTEM, MAILBOX)
        for authority in ("KS", "SN"):
            with pytest.raises(InvalidSource, match="finns redan hos Kommunstyrelsen"):
                sources.add_mailbox(session, SYSTEM, replace(MAILBOX, authority=authority))
        sources.disable(session, SYSTEM, added)
        assert sources.add_mailbox(session, SYSTEM, MAILBOX).is_active


def test_only_administrators_of_the_authority_add_mailboxes(sqlite_municipality: Municipality) -> None:
    for who in (sqlite_municipality.registrar, sqlite_municipality.outsider):
        with pytest.raises(NotAllowed), sqlite_municipality.database.unit_of_work() as session:
            sources.add_mailbox(session, who, MAILBOX)


def administrator_of(municipality: Municipality, *codes: str) -> Actor:
    """An administrator of the authorities with `codes` alone."""
    return replace(municipality.administrator, roles={code: frozenset({Role.ADMINISTRATOR}) for code in codes})


def test_administrator_of_one_board_names_no_password_of_another(sqlite_municipality: Municipality) -> None:
    siv = administrator_of(sqlite_municipality, "SN")
    theirs = replace(MAILBOX, authority="SN", host="imap.elsewhere.example", username="sn")
    for variable in ("DIARIUM_MAILBOX_KS", "DIARIUM_MAILBOX_KS_2", "DIARIUM_MAILBOX_SNUS", "DIARIUM_MAILBOX_PROV"):
        wanted = replace(theirs, password_variable=variable)
        with (
            pytest.raises(InvalidSource, match="Socialnämnden") as refusal,
            sqlite_municipality.database.unit_of_work() as session,
        ):
            sources.add_mailbox(session, siv, wanted)
        assert refusal.value.field == "password_variable"
    with sqlite_municipality.database.unit_of_work() as session:
        for place, variable in enumerate(("DIARIUM_MAILBOX_SN", "DIARIUM_MAILBOX_SN_FAKTUROR")):
            wanted = replace(theirs, username=f"sn{place}", password_variable=variable)
            assert sources.add_mailbox(session, siv, wanted).is_active


def test_password_belongs_to_the_board_whose_code_says_most_of_its_name(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        for code in ("SN_IFO", "ÄN", "AN"):
            session.add(Authority(code=code, name=f"Nämnden {code}", active_from=dt.date(2000, 1, 1)))
    tried = {
        ("SN", "DIARIUM_MAILBOX_SN_IFO"): False,
        ("SN", "DIARIUM_MAILBOX_SN_IFO_2"): False,
        ("SN_IFO", "DIARIUM_MAILBOX_SN_IFO_2"): True,
        ("SN_IFO", "DIARIUM_MAILBOX_SN"): False,
        # Both boards would be called so: nobody but who runs the server can tell which is meant.
        ("ÄN", "DIARIUM_MAILBOX_AN"): False,
        ("AN", "DIARIUM_MAILBOX_AN"): False,
    }
    for (code, variable), is_allowed in tried.items():
        command = replace(MAILBOX, authority=code, username=f"{code}@x.example", password_variable=variable)
        who = administrator_of(sqlite_municipality, code)
        with sqlite_municipality.database.unit_of_work() as session:
            if is_allowed:
                assert sources.add_mailbox(session, who, command).authority.code == code
            else:
                with pytest.raises(InvalidSource):
                    sources.add_mailbox(session, who, command)


@pytest.mark.parametrize(
    "facts",
    [
        {"folder": "inbox"},
        {"folder": "Skickat"},
        {"port": 143, "security": Security.STARTTLS},
        {"username": "KS@Ekdala.Example"},
        {"host": "IMAP.ekdala.example"},
    ],
)
def test_account_of_another_board_is_refused_in_whatever_way_it_is_written(
    sqlite_municipality: Municipality, facts: dict[str, object]
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        sources.disable(session, SYSTEM, sources.add_mailbox(session, SYSTEM, MAILBOX))
    theirs = replace(MAILBOX, authority="SN", password_variable="DIARIUM_MAILBOX_SN", **facts)  # type: ignore[arg-type]
    with (
        pytest.raises(InvalidSource, match="finns redan hos Kommunstyrelsen"),
        sqlite_municipality.database.unit_of_work() as session,
    ):
        sources.add_mailbox(session, administrator_of(sqlite_municipality, "SN"), theirs)


def test_inbox_is_one_folder_however_it_is_written(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        assert sources.add_mailbox(session, SYSTEM, replace(MAILBOX, folder="Inbox")).folder == "INBOX"
        with pytest.raises(InvalidSource, match="finns redan"):
            sources.add_mailbox(session, SYSTEM, replace(MAILBOX, folder="inbox"))


def test_who_runs_the_server_lets_boards_share_an_account_but_no_folder(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        sources.add_mailbox(session, SYSTEM, MAILBOX)
        assert sources.add_mailbox(session, SYSTEM, replace(MAILBOX, authority="SN", folder="SN")).is_active
        with pytest.raises(InvalidSource, match="finns redan hos Kommunstyrelsen"):
            sources.add_mailbox(
                session, SYSTEM, replace(MAILBOX, authority="SN", port=143, security=Security.STARTTLS)
            )
