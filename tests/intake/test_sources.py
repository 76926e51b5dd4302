"""Adding and disabling mailboxes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.identity.permissions import SYSTEM
from diarium.intake import sources
from diarium.intake.errors import InvalidSource, SourceNotFound
from diarium.intake.sources import NewMailbox
from diarium.intake.vocabulary import Security
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
