"""Killed anywhere, a backup is whole or not there, and a restore is finished or not to be used.

DIARIUM_EXHAUSTIVE=1 tries many more places.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.register.models import Case
from diarium.safekeeping import checking, restoring
from diarium.safekeeping.errors import RestoreRefused
from diarium.safekeeping.making import back_up
from diarium.safekeeping.manifest import chosen, read_manifest
from diarium.safekeeping.restoring import Place
from diarium.safekeeping.vault import Vault
from diarium.settings import from_environment
from tests.safekeeping.conftest import House, Run

ROUNDS = 200 if os.environ.get("DIARIUM_EXHAUSTIVE") else 6
pytestmark = pytest.mark.timeout(3600 if os.environ.get("DIARIUM_EXHAUSTIVE") else 300)
# What a process does to the disk: between any two of these it may be killed.
_DEEDS = ("open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "tempfile.mkstemp", "tempfile.mkdtemp")


def test_a_backup_that_is_killed_anywhere_is_whole_or_not_there(sqlite_house: House, tmp_path: Path) -> None:
    settings = sqlite_house.settings
    sqlite_house.diarium.close()

    def make(target: Path) -> None:
        diarium = Diarium(settings)
        back_up(diarium.backup_source, Vault.prepare(target, is_encrypted=False), None)

    deeds = _deeds_of(lambda: make(tmp_path / "counted"))
    chance = random.Random(20261125)
    killed = 0
    for round_ in range(ROUNDS):
        target = tmp_path / f"backups-{round_ // 2}"  # each is killed again while it goes on from the last time
        killed += _killed(lambda target=target: make(target), after=chance.randrange(deeds))  # type: ignore[misc]
        if (target / "diarium-backup.json").exists():
            vault = Vault.open(target)
            for backup_id in vault.ids():
                assert checking.verify(vault, read_manifest(vault, backup_id), None).is_whole
        make(target)
        vault = Vault.open(target)
        assert checking.verify(vault, chosen(vault, None), None).is_whole
        assert not list((target / "incoming").iterdir())
    assert killed >= ROUNDS // 2


def test_a_restore_that_is_killed_anywhere_is_not_used_and_goes_on(
    sqlite_house: House, run: Run, tmp_path: Path
) -> None:
    vault = Vault.prepare(tmp_path / "backups", is_encrypted=False)
    manifest = back_up(sqlite_house.diarium.backup_source, vault, None).manifest
    sqlite_house.diarium.close()

    def restore(folder: Path) -> None:
        settings = from_environment({"DIARIUM_DATA": str(folder)})
        place = Place(
            folder, settings.database_url, settings.letterbox_address, settings.blob_folder, settings.export_folder
        )
        restoring.restore(vault, manifest, None, place)

    deeds = _deeds_of(lambda: restore(tmp_path / "counted"))
    chance = random.Random(20261126)
    for round_ in range(ROUNDS):
        folder = tmp_path / f"place-{round_}"
        assert _killed(lambda folder=folder: restore(folder), after=chance.randrange(deeds))  # type: ignore[misc]
        settings = from_environment({"DIARIUM_DATA": str(folder)})
        if (folder / "register.sqlite").exists() or (folder / "files").exists():
            with pytest.raises(RestoreRefused, match="inte klar"):
                Diarium(settings).require_prepared()
            with pytest.raises(RestoreRefused, match="inte klar"):
                Diarium(settings).prepare()
        done = run(settings, "restore", vault.folder, "--into", folder)
        assert done.exit_code == 0, done.output
        diarium = Diarium(settings)
        with diarium.database.reading() as session:
            assert set(session.scalars(select(Case.number_text))) == set(sqlite_house.cases)
        diarium.close()


def _deeds_of(work: Callable[[], None]) -> int:
    """How many deeds the work takes."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        count = 0

        def note(event: str, _arguments: object) -> None:
            nonlocal count
            count += event in _DEEDS

        sys.addaudithook(note)
        try:
            work()
            os.write(writing, str(count).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as source:
        told = source.read()
    os.waitpid(child, 0)
    return int(told)


def _killed(work: Callable[[], None], *, after: int) -> bool:
    """Does the work in a process that is killed at one of its deeds; False if it was done before."""
    if not (child := os.fork()):
        count = 0

        def note(event: str, _arguments: object) -> None:
            nonlocal count
            if event not in _DEEDS:
                return
            count += 1
            if count > after:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(note)
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)  # never back into the test
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
