"""`diarium register`: the same use case as the other doors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from diarium.api.application import register_api
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM
from diarium.register.models import Record
from tests.cli.conftest import Run

BASE = (
    "register",
    "--authority",
    "KS",
    "--direction",
    "incoming",
    "--received",
    "2024-05-01",
    "--title",
    "Ansökan",
)


def _records(services: Diarium) -> list[dict[str, Any]]:
    """What the register holds of each record, but for who registered it and the keys."""
    with services.database.reading() as session:
        return [
            {
                "direction": record.direction,
                "official_on": record.official_on,
                "title": record.title,
                "record_type": record.record_type,
                "medium": record.medium,
                "case_title": record.case.title,
                "case_status": record.case.status,
                "classification": record.case.classification.code if record.case.classification else None,
                "parties": [(party.name, party.kind, party.role) for party in record.parties],
                "restrictions": [(item.provision.code, item.scope) for item in record.restrictions],
                "documents": [(item.file_name, item.sha256, item.position) for item in record.documents],
            }
            for record in session.scalars(select(Record).order_by(Record.id))
        ]


def test_only_the_number_is_printed(run: Run, services: Diarium, tmp_path: Path) -> None:
    first, second = tmp_path / "ansökan.txt", tmp_path / "bilaga.txt"
    first.write_text("Hej", encoding="utf-8")
    second.write_text("Mer", encoding="utf-8")
    result = run(
        *BASE, "--sender", "Byggbolaget AB", "--sender-kind", "organisation", "--file", first, "--file", second
    )
    assert (result.exit_code, result.stdout) == (0, f"KS {today().year}/1-1\n")
    (record,) = _records(services)
    assert [name for name, _sha256, _position in record["documents"]] == ["ansökan.txt", "bilaga.txt"]
    assert record["case_title"] == "Ansökan"


def test_record_joins_a_case_however_its_number_is_written(run: Run, services: Diarium) -> None:
    run(*BASE)
    result = run(*BASE, "--case", f"ks{today().year}-0001")
    assert result.stdout == f"KS {today().year}/1-2\n"


def test_sender_of_an_outgoing_record_is_its_recipient(run: Run, services: Diarium) -> None:
    run(*("outgoing" if part == "incoming" else part for part in BASE), "--sender", "Anna")
    assert _records(services)[0]["parties"] == [("Anna", "person", "recipient")]


def test_command_line_and_api_make_the_same_row(run: Run, services: Diarium, tmp_path: Path) -> None:
    letter = tmp_path / "brev.txt"
    letter.write_bytes(b"Hej")
    result = run(
        *(*BASE, "--sender", "Byggbolaget AB", "--sender-kind", "organisation", "--file", letter),
        *("--new-case-title", "Bygglov", "--class", "2.1", "--type", "Ansökan"),
        *("--restrict", "26:1", "--restrict-scope", "parties", "--user", "rut"),
    )
    assert result.exit_code == 0, result.stderr
    app = Flask("api")
    register_api(app, services)
    with services.database.unit_of_work() as session:
        user = session.scalars(select(User).where(User.username == "rut")).one()
        headers = {"Authorization": f"Bearer {identity.create_token(session, SYSTEM, user, 'prov')}"}
    client = app.test_client()
    with letter.open("rb") as stream:
        upload = client.post("/api/v1/files", data={"file": (stream, letter.name)}, headers=headers).json
    assert upload is not None
    answer = client.post(
        "/api/v1/records",
        headers=headers,
        json={
            "direction": "incoming",
            "official_on": "2024-05-01",
            "title": "Ansökan",
            "record_type": "Ansökan",
            "new_case": {"authority": "KS", "title": "Bygglov", "classification": "2.1"},
            "parties": [{"name": "Byggbolaget AB", "kind": "organisation"}],
            "restrictions": [{"provision": "26:1", "scope": "parties"}],
            "documents": [{"ticket": upload["ticket"]}],
        },
    )
    assert answer.status_code == 201, answer.text
    by_command, by_api = _records(services)
    assert by_command == by_api


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--user", "siv"), "behörighet"),
        (("--user", "nobody"), "nobody"),
        (("--case", "KS 1999/1"), "KS 1999/1"),
        (("--restrict", "99:99"), "99:99"),
        (("--class", "99.99"), "99.99"),
    ],
)
def test_what_can_not_be_done_is_one_line_and_exit_code_1(
    run: Run, services: Diarium, more: tuple[str, ...], told: str
) -> None:
    result = run(*BASE, *more)
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert _records(services) == []


def test_date_that_has_not_come_is_refused(run: Run, services: Diarium) -> None:
    result = run(*("2999-01-01" if part == "2024-05-01" else part for part in BASE))
    assert result.exit_code == 1
    assert "2999-01-01" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("register",),
        (*BASE, "--case", "1", "--new-case-title", "x"),
        (*BASE, "--file", "/nowhere/at/all"),
        (*BASE, "--restrict-scope", "everything"),
        tuple("1/5 2024" if part == "2024-05-01" else part for part in BASE),
        ("nothing-like-that",),
    ],
)
def test_wrong_call_is_exit_code_2(run: Run, services: Diarium, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_without_preparation_the_command_to_run_is_told(run: Run) -> None:
    result = run(*BASE)
    assert result.exit_code == 1
    assert "diarium prepare" in result.stderr


def test_setting_that_can_not_be_used_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIARIUM_PORT", "many")
    result = run("status")
    assert result.exit_code == 1
    assert "DIARIUM_PORT" in result.stderr
