"""Collecting from scan folders: what has been taken in is moved into `mottaget/`, what could not be into `fel/`.

Nothing is deleted. Each file becomes an item, also one that can't be read: the item says what is wrong. A file is
taken only when nobody writes to it any more. Subfolders and links are not followed.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from diarium.db.base import now
from diarium.files.errors import SandboxUnavailable
from diarium.files.names import safe_file_name
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.intake import claims
from diarium.intake.claims import Report
from diarium.intake.errors import CollectingFailed
from diarium.intake.models import ScanFolder
from diarium.intake.taking_in import Intake, Origin, Taken
from diarium.intake.vocabulary import Channel

TAKEN_FOLDER = "mottaget"
FAILED_FOLDER = "fel"
MAX_PER_LOOK = 500
SETTLED_SECONDS = 10.0
# What programs call a file while they write it or have it open.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".lock")
# The house's own want of room or rights, not a fault of the file.
_OUR_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A file as it was at one look: whether it is the same at the next shows whether it grows."""

    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class FolderWatch:
    """Looks into scan folders again and again; remembers from one look to the next which files still change.

    `clock`: seconds of a clock that only goes forward; `wall`: seconds of the time of day, as files are stamped.
    """

    intake: Intake
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    most: int = MAX_PER_LOOK
    _seen: dict[str, tuple[_Stamp, float]] = field(default_factory=dict)

    def look(self, folder_id: int) -> Report | None:
        """Takes in the settled files of a folder, at most `most`; None where somebody else is at it.

        What is wrong with the folder is noted on it, in Swedish, and in the report.
        """
        if not claims.claim(self.intake.database, ScanFolder, folder_id):
            return None
        with self.intake.database.reading() as session:
            folder = session.get_one(ScanFolder, folder_id)
            place, authority = Path(folder.path), folder.authority.code
        report = Report(str(place))
        try:
            files = self._settled(place)
            report = replace(report, has_more=len(files) > self.most)
            for path, stamp in files[: self.most]:
                report = self._take(folder_id, authority, path, stamp, report)
        except CollectingFailed as refusal:
            report = replace(report, error=refusal.message)
        except OSError as error:
            reason = error.strerror or str(error)
            report = replace(report, error=_("Mappen går inte att läsa: %(reason)s", reason=reason))
        except Exception:
            log.exception("looking into a scan folder failed", folder=str(place))
            problem = _("Ett fel uppstod i diarium när filerna skulle tas emot. Se loggen.")
            report = replace(report, error=problem)
        claims.finish(self.intake.database, ScanFolder, folder_id, report)
        return report

    def _settled(self, place: Path) -> list[tuple[Path, _Stamp]]:
        """The plain files that nobody writes to, the oldest first."""
        found: list[tuple[Path, _Stamp]] = []
        present: set[str] = set()
        with os.scandir(place) as entries:
            for entry in entries:
                if not _is_candidate(entry):
                    continue
                present.add(entry.path)
                stamp = _stamp(entry.stat(follow_symlinks=False))
                if self._is_settled(entry.path, stamp):
                    found.append((Path(entry.path), stamp))
        for path in [path for path in self._seen if Path(path).parent == place and path not in present]:
            del self._seen[path]
        return sorted(found, key=lambda one: (one[1].changed_ns, one[0].name))

    def _is_settled(self, path: str, stamp: _Stamp) -> bool:
        """Unchanged for a while: by the file's own time, or, where that is wrong, by what was seen before."""
        if 0 <= stamp.changed_ns / 1e9 <= self.wall() - SETTLED_SECONDS:
            return True
        former, since = self._seen.get(path, (None, 0.0))
        if former != stamp:
            self._seen[path] = (stamp, self.clock())
            return False
        return self.clock() - since >= SETTLED_SECONDS

    def _take(self, folder_id: int, authority: str, path: Path, stamp: _Stamp, report: Report) -> Report:
        origin = Origin(
            authority=authority,
            channel=Channel.SCAN,
            reference_key=f"scan:{folder_id}:{stamp.changed_ns}:{stamp.size}:{safe_file_name(path.name)}",
            file_name=path.name,
            scan_folder_id=folder_id,
            in_same_step=lambda session: claims.prolong(session, ScanFolder, folder_id),
        )
        try:
            taken = self.intake.known(origin) or self._taken(path, origin)
        except FileNotFoundError:
            return report  # whoever put it there took it away again
        except OSError as error:
            if error.errno in _OUR_ERRNOS:
                raise
            taken = self.intake.unreadable_file(
                origin, _("Filen går inte att läsa: %(reason)s.", reason=error.strerror)
            )
        except (OperationalError, InterfaceError, SandboxUnavailable):
            raise
        except Exception:
            log.exception("scanned file not taken in, told of without it", file=str(path))
            taken = self.intake.unreadable_file(
                origin, _("Filen kunde inte tas emot på grund av ett fel i diarium.")
            )
        if _stamp(path.lstat()) == stamp:  # else it has grown: it is taken again, as it is then
            problem = None if taken.is_whole else _("Filen kunde inte läsas. Se posten i inkorgen.")
            _move(path, TAKEN_FOLDER if taken.is_whole else FAILED_FOLDER, problem)
        self._seen.pop(str(path), None)
        return report.with_taken(taken)

    def _taken(self, path: Path, origin: Origin) -> Taken:
        # No link: it may have become one since it was looked at. Not waiting: nor a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            return self.intake.stream(stream, origin)


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_size, status.st_mtime_ns)


def _is_candidate(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED):
        return False
    return stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)


def _move(path: Path, folder: str, note: str | None) -> None:
    """Moves the file out of the way, under a name of its own. Raises: CollectingFailed."""
    target = path.parent / folder
    try:
        target.mkdir(exist_ok=True)
        place = _free(target, path.name)
        path.rename(place)
        if note is not None:
            text = f"{show_time(now())} {path.name}: {note}\n"
            place.with_name(f"{place.name}.txt").write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise CollectingFailed(
            _(
                "Filen ”%(name)s” kunde inte flyttas till %(folder)s: %(reason)s. Ge diarium skrivrätt i mappen.",
                name=safe_file_name(path.name),
                folder=folder,
                reason=error.strerror or error,
            )
        ) from error


def _free(target: Path, name: str) -> Path:
    """A name in `target` that nothing has: only one collector at a time is at a folder."""
    place, stem = target / name, Path(name)
    number = 2
    while place.exists() or place.is_symlink() or place.with_name(f"{place.name}.txt").exists():
        place = target / f"{stem.stem} ({number}){stem.suffix}"
        number += 1
    return place
