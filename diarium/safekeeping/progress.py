"""How long work tells how far it has come, and how it names a full disk."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupFailed

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


Progress = Callable[[str, int, int | None], None]
"""Is told of a step, how much is done, and of how much where that is known. Called often."""


def silent(_step: str, _done: int, _total: int | None) -> None:
    """Tells nobody."""


@contextmanager
def telling_full_disk(folder: Path) -> Iterator[None]:
    """Raises: BackupFailed in the place of an error of a disk that is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        free = shutil.disk_usage(folder).free // (1024 * 1024)
        raise BackupFailed(
            _("Det finns inte plats i %(folder)s (%(free)s MB ledigt). Frigör plats och kör kommandot igen: det "
              "fortsätter där det slutade.", folder=folder, free=free)
        ) from error  # fmt: skip
