"""Whether there is room for a package on the disk, and what to say when there is not."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from diarium.archive.errors import DiskFull
from diarium.i18n import gettext as _

_MIB = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# Less than this is no room: a file system keeps some for itself.
_NOTHING = 64 * 1024


def require_room(folder: Path, needed: int, written: int) -> None:
    """Raises: DiskFull if `needed` bytes, of which `written` lie there already, do not fit in `folder`."""
    if needed - written > shutil.disk_usage(folder).free:
        raise disk_full(folder, needed - written)


def room_error(folder: Path, error: BaseException, needed: int) -> DiskFull | None:
    """What to tell if `error` came of a full disk. XML writers hide the cause: then the disk itself is asked."""
    code = error.errno if isinstance(error, OSError) else None
    if code in _FULL or shutil.disk_usage(folder).free < _NOTHING:
        return disk_full(folder, needed)
    return None


def disk_full(folder: Path, needed: int) -> DiskFull:
    """What to tell: how much it takes, how much there is, what to do."""
    free = shutil.disk_usage(folder).free
    return DiskFull(
        _(
            "Disken där paketen skrivs är full: paketet behöver %(needed)s MB och %(free)s MB är lediga. "
            "Frigör minst %(missing)s MB, till exempel genom att flytta levererade paket, och välj Fortsätt.",
            needed=_megabytes(needed),
            free=_megabytes(free, up=False),
            missing=_megabytes(max(needed - free, _MIB)),
        )
    )


def _megabytes(size: int, *, up: bool = True) -> int:
    return -(-size // _MIB) if up else size // _MIB
