"""`diarium webhook` and the scopes of `diarium token`."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from diarium.composition import Diarium
from diarium.identity import tokens
from diarium.webhooks import signing
from diarium.webhooks.models import Webhook
from diarium.webhooks.vocabulary import EventKind
from tests.cli.conftest import Run


def test_webhook_is_added_listed_stopped_and_resumed(run: Run, services: Diarium) -> None:
    added = run("webhook", "add", "https://system.example/", "--authority", "KS", "--name", "Prov")
    assert added.exit_code == 0, added.stderr
    uid, secret = added.stdout.strip().split("\t")
    with services.database.reading() as session:
        made = session.scalars(select(Webhook)).one()
    assert secret == signing.secret_of(services.webhook_key, made)
    assert made.event_kinds == tuple(EventKind)
    assert run("webhook", "list").stdout == f"{uid}\tigång\tKS\thttps://system.example/\tProv\t0\n"
    assert run("webhook", "stop", uid).exit_code == 0
    assert "\tstoppad\t" in run("webhook", "list").stdout
    assert run("webhook", "resume", uid).exit_code == 0
    assert run("webhook", "replay", uid).stdout == "0\n"


def test_webhook_that_can_not_be_is_refused(run: Run, services: Diarium) -> None:
    to_ks = ("--authority", "KS", "--name", "Prov")
    assert run("webhook", "add", "http://system.example/", *to_ks).exit_code == 1
    assert run("webhook", "add", "https://127.0.0.1/", *to_ks).exit_code == 1
    assert run("webhook", "add", "https://system.example/", "--authority", "XX", "--name", "Prov").exit_code == 1
    assert run("webhook", "add", "https://system.example/", *to_ks, "--kind", "case.lost").exit_code == 2
    assert run("webhook", "stop", str(uuid.uuid4())).exit_code == 1
    assert run("webhook", "list").stdout == ""


def test_token_has_the_scopes_that_are_named_and_they_are_listed(run: Run, services: Diarium) -> None:
    made = run("token", "create", "rut", "--name", "Sök", "--scope", "search:read", "--scope", "register:read")
    with services.database.reading() as session:
        holder = tokens.holder(session, made.stdout.strip())
    assert holder is not None
    assert set(holder.scopes) == {"search:read", "register:read"}
    assert run("token", "list", "rut").stdout.strip().split("\t")[3:] == ["Sök", "-", "register:read search:read"]
    assert run("token", "create", "rut", "--name", "x", "--scope", "everything").exit_code == 2
