"""Mailboxes, scan folders and files given by hand, from the command line."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.intake.models import IntakeItem
from tests.cli.conftest import Run
from tests.intake.dovecot import PASSWORD, running_dovecot
from tests.intake.letters import letter


def subjects(services: Diarium) -> list[str]:
    with services.database.reading() as session:
        return list(session.scalars(select(IntakeItem.subject).order_by(IntakeItem.id)))


def test_mailbox_is_added_tested_collected_and_disabled(
    run: Run, services: Diarium, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_dovecot() as server:
        server.deliver_all([letter("Första"), letter("Andra")])
        added = run(
            "mailbox", "add", "--authority", "KS", "--host", "127.0.0.1", "--port", str(server.port),
            "--security", "none", "--username", "ks", "--password-variable", "DIARIUM_MAILBOX_PROV",
        )  # fmt: skip
        uid = added.stdout.strip()
        monkeypatch.delenv("DIARIUM_MAILBOX_PROV", raising=False)
        refused = run("mailbox", "test", uid)
        assert refused.exit_code == 1
        assert "DIARIUM_MAILBOX_PROV är inte satt" in refused.stderr
        monkeypatch.setenv("DIARIUM_MAILBOX_PROV", PASSWORD)
        assert run("mailbox", "test", uid).stdout == "Det går bra. 2 meddelanden i mappen, 2 inte hämtade.\n"
        collected = run("collect", "--once")
        assert collected.exit_code == 0
        assert "ks/INBOX: 2 hämtade, 2 nya, 0 dubbletter, 0 fanns redan, 0 misslyckade." in collected.stdout
        server.stop()
        failed = run("collect", "--once")
        assert failed.exit_code == 1
        assert "Servern tar inte emot anslutningar" in failed.stdout
        listed = json.loads(run("mailbox", "list", "--json").stdout)
        assert [(row["authority"], row["is_active"]) for row in listed] == [("KS", True)]
        assert listed[0]["last_error"].startswith("Servern tar inte emot")
        assert PASSWORD not in run("mailbox", "list").stdout
        assert run("mailbox", "disable", uid).exit_code == 0
        assert run("collect", "--once").stdout == ""
    assert subjects(services) == ["Första", "Andra"]


def test_password_itself_is_not_taken_for_the_name_of_its_variable(run: Run, services: Diarium) -> None:
    refused = run(
        "mailbox", "add", "--authority", "KS", "--host", "imap.example.se", "--username", "ks",
        "--password-variable", "Sommar2026",
    )  # fmt: skip
    assert refused.exit_code == 1
    assert "ska börja med DIARIUM_MAILBOX_" in refused.stderr


def test_scan_folder_is_added_read_and_disabled(run: Run, services: Diarium, tmp_path: Path) -> None:
    place = tmp_path / "skanner"
    place.mkdir()
    uid = run("scan-folder", "add", "--authority", "KS", place).stdout.strip()
    scan = place / "a.pdf"
    scan.write_bytes(b"%PDF")
    os.utime(scan, (time.time() - 60, time.time() - 60))
    assert "1 hämtade, 1 nya" in run("collect", "--once").stdout
    assert [path.name for path in (place / "mottaget").iterdir()] == ["a.pdf"]
    assert str(place) in run("scan-folder", "list").stdout
    assert json.loads(run("scan-folder", "list", "--json").stdout)[0]["last_error"] is None
    assert run("scan-folder", "disable", uid).exit_code == 0
    assert run("collect", "--once").stdout == ""
    assert subjects(services) == ["a.pdf"]


def test_scan_folder_among_the_registers_own_data_is_refused(run: Run, services: Diarium) -> None:
    refused = run("scan-folder", "add", "--authority", "KS", services.settings.blob_folder)
    assert refused.exit_code == 1
    assert "egna data" in refused.stderr


def test_files_given_by_hand_become_items(run: Run, services: Diarium, tmp_path: Path) -> None:
    (tmp_path / "brev.eml").write_bytes(letter("Remiss", files=(("x.pdf", b"x"),)))
    (tmp_path / "ansökan.pdf").write_bytes(b"%PDF")
    (tmp_path / "tom.pdf").write_bytes(b"")
    names = [tmp_path / name for name in ("brev.eml", "ansökan.pdf", "tom.pdf", "brev.eml")]
    result = run("receive", *names, "--authority", "KS", "--user", "rut")
    assert result.exit_code == 0
    told = [line.partition(" ")[2] for line in result.stdout.splitlines()]
    assert told == ["ny brev.eml", "ny ansökan.pdf", "går inte att läsa, se posten tom.pdf", "dubblett brev.eml"]
    assert subjects(services) == ["Remiss", "ansökan.pdf", "tom.pdf", "Remiss"]


def test_files_for_an_authority_where_the_user_may_not_register_are_refused(
    run: Run, services: Diarium, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert run("receive", tmp_path / "a.pdf", "--authority", "KS", "--user", "siv").exit_code == 1
    assert subjects(services) == []


@pytest.mark.parametrize("command", ["mailbox", "scan-folder"])
def test_source_that_is_not_there_is_told(run: Run, services: Diarium, command: str) -> None:
    refused = run(command, "disable", "00000000-0000-4000-8000-000000000000")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Fel: Det finns ingen sådan")


def test_worker_collects_by_itself(
    run: Run, services: Diarium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "skanner"
    place.mkdir()
    run("scan-folder", "add", "--authority", "KS", place)
    scan = place / "a.pdf"
    scan.write_bytes(b"%PDF")
    os.utime(scan, (time.time() - 60, time.time() - 60))
    assert run("worker", "--once").exit_code == 0
    assert subjects(services) == ["a.pdf"]
