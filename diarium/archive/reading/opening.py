"""The door: opens the folder of a package for reading."""

from __future__ import annotations

from pathlib import Path

from diarium.archive.reading import erms, fgs1, foreign_package, locating
from diarium.archive.reading.model import ReadPackage


def read_package(folder: Path) -> ReadPackage:
    """The package in `folder`, its own folder, which no link leads out of (see `received.opened`).

    The whole is passed over once for its head, others' twice; cases are read when they are asked for.
    Raises: UnreadablePackage.
    """
    found = locating.locate(folder)
    ours = erms.read if found.root == locating.ERMS else fgs1.read
    return ours(folder, found) or foreign_package.read(folder, found)
