"""Agreements, deliveries and receipts from the command line."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.archive.delivery_models import PackageDelivery, PackageReceipt
from diarium.archive.delivery_states import DeliveryState
from diarium.composition import Diarium
from tests.archive.delivery_bench import approved_part
from tests.cli.conftest import Run

CONTENT = b"paket" * 100


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "arkivet"
    folder.mkdir()
    monkeypatch.setenv("DIARIUM_DELIVERY_FOLDERS", str(folder))
    return folder


def agreed(run: Run, inbox: Path) -> str:
    made = run(
        "agreement", "add", "--authority", "KS", "--name", "Kommunarkivet", "--number", "ÖK-1",
        "--receiver", "Kommunarkivet", "--transport", "folder", "--set", f"path={inbox}",
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    return made.stdout.strip()


def test_a_package_is_delivered_and_answered(run: Run, services: Diarium, inbox: Path, tmp_path: Path) -> None:
    agreement = agreed(run, inbox)
    assert run("agreement", "try", agreement).exit_code == 0
    listed = json.loads(run("agreement", "list", "--json").stdout)
    assert [(row["uid"], row["transport"], row["is_active"]) for row in listed] == [(agreement, "folder", True)]
    part = approved_part(services.database, services.settings.export_folder, CONTENT)
    done = run("deliver", str(part.uid), "--agreement", agreement)
    assert (done.exit_code, "Framme hos mottagaren" in done.stdout) == (0, True), done.stderr
    assert [path.read_bytes() for path in inbox.iterdir()] == [CONTENT]
    delivery = done.stdout.split()[0]
    answer = tmp_path / "kvittens.txt"
    answer.write_text("Godkänd")
    told = run("receipt", delivery, "--outcome", "accepted", "--reference", "AIP-1", "--file", answer)
    assert (told.exit_code, told.stdout.strip()) == (0, "Godkänd av mottagaren")
    with services.database.reading() as session:
        receipt = session.scalars(select(PackageReceipt)).one()
    assert (receipt.receiver_reference, receipt.file_name) == ("AIP-1", "kvittens.txt")
    rows = json.loads(run("deliver", "--list", "--json").stdout)
    assert [(row["reference"], row["state"]) for row in rows] == [("ÖK-1-1", "confirmed")]
    assert "ÖK-1-1" in run("deliver", "--list").stdout
    again = run("receipt", delivery, "--outcome", "rejected", "--remark", "Fel")
    assert (again.exit_code, "läge är nu" in again.stderr) == (1, True)


def test_what_can_not_be_sent_is_told_and_left_to_the_worker(run: Run, services: Diarium, inbox: Path) -> None:
    agreement = agreed(run, inbox)
    part = approved_part(services.database, services.settings.export_folder, CONTENT)
    inbox.rmdir()
    tried = run("deliver", str(part.uid), "--agreement", agreement)
    assert (tried.exit_code, "kan inte användas" in tried.stderr) == (1, True)
    with services.database.reading() as session:
        assert session.scalars(select(PackageDelivery.state)).one() is DeliveryState.SENDING


def test_mistakes_are_told_in_one_line(run: Run, services: Diarium, inbox: Path) -> None:
    agreement = agreed(run, inbox)
    assert run("deliver").exit_code == 2
    for arguments, words in (
        (("deliver", str(uuid.uuid4()), "--agreement", agreement), "Paketet finns inte"),
        (("agreement", "try", str(uuid.uuid4())), "finns inte"),
        (("agreement", "accept-key", agreement, "SHA256:" + "a" * 43), "ingen värdnyckel"),
    ):
        told = run(*arguments)
        assert (told.exit_code, told.stderr.count("\n")) == (1, 1), told.stderr
        assert words in told.stderr
    wrong = run("agreement", "add", "--authority", "KS", "--name", "B", "--number", "2", "--receiver", "C",
                "--transport", "folder", "--set", "path=/etc")  # fmt: skip
    assert "DIARIUM_DELIVERY_FOLDERS" in wrong.stderr
    assert run("agreement", "end", agreement).exit_code == 0
    assert json.loads(run("agreement", "list", "--json").stdout)[0]["is_active"] is False
