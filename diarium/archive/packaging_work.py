"""The folder of a package in the making: kept after a crash, cleared when it is of no use."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

_OWNER_ONLY = 0o700
_WORK = ".work-"
_MARK = "made-from"


def folder_of(export_folder: Path, package: uuid.UUID) -> Path:
    """Where a package is made."""
    return export_folder / f"{_WORK}{package}"


def open_work(export_folder: Path, package: uuid.UUID, made_from: str) -> Path:
    """The folder for a package, with what an earlier process left in it if that was `made_from` the same.

    `made_from` names what the package's bytes depend on beside the register: its moment, profile and program.
    """
    folder = folder_of(export_folder, package)
    mark = folder / _MARK
    if not (mark.is_file() and mark.read_text(encoding="utf-8") == made_from):
        clear(folder)
        folder.mkdir(parents=True, mode=_OWNER_ONLY)
        mark.write_text(made_from, encoding="utf-8")
    return folder


def clear(folder: Path) -> None:
    """Removes the folder, if there is one, and gives its room back."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(export_folder: Path, is_wanted: Callable[[uuid.UUID], bool]) -> None:
    """Removes what crashed processes left of packages that nobody will go on with."""
    for leftover in export_folder.glob(f"{_WORK}*"):
        try:
            package = uuid.UUID(leftover.name.removeprefix(_WORK))
        except ValueError:
            continue  # not ours
        if not is_wanted(package):
            clear(leftover)
