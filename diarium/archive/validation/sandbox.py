"""Checks packages nobody trusts, each in a process of its own with limits of time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import diarium
from diarium.archive.validation.child import OUT_OF_MEMORY, UNPACKING
from diarium.archive.validation.model import Limits
from diarium.archive.validation.opening import TEMPORARY
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _

_PACKAGE_ROOT = Path(diarium.__file__).resolve().parent.parent
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": os.defpath}
REPORT = "report.json"
PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """What one check may cost: seconds by the clock, bytes of memory, and what the package itself may hold."""

    seconds: int
    memory_bytes: int
    package: Limits


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended: a report in its JSON form, or, in Swedish, why there is none."""

    report: Mapping[str, object] | None
    failure: str | None = None


class PackageCheck:
    """One check under way. `work`: a folder for what it writes, its report last; `keep`: where an archive file is
    unpacked to and stays. `held`: a descriptor that the child holds open too, so that a lock lives as long as it.

    Use as a context manager, or call `end`: the child never outlives either, nor this process.
    """

    def __init__(
        self, path: Path, work: Path, limits: CheckLimits, *, keep: Path | None = None, held: int | None = None
    ) -> None:
        self._work = work
        self._limits = limits
        for name in (REPORT, PROGRESS):
            (work / name).unlink(missing_ok=True)
        command = [sys.executable, "-B", "-X", "utf8", "-m", "diarium.archive.validation.child"]
        options: dict[str, object] = {
            "--path": path.absolute(),
            "--work": work.absolute(),
            "--limits": json.dumps(asdict(limits.package)),
            "--memory-bytes": limits.memory_bytes,
            "--seconds": limits.seconds,
        }
        if keep is not None:
            options["--keep"] = keep.absolute()
        command += [f"{option}={value}" for option, value in options.items()]
        self._deadline = time.monotonic() + limits.seconds
        self._process = subprocess.Popen(  # noqa: S603 - our own module; no shell reads the names
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT, cwd=_PACKAGE_ROOT, start_new_session=True, close_fds=True,
            pass_fds=() if held is None else (held,),
        )  # fmt: skip

    def __enter__(self) -> PackageCheck:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes read and bytes in all, as last told."""
        with contextlib.suppress(OSError, ValueError):
            done, total = (self._work / PROGRESS).read_text(encoding="ascii").split()
            return int(done), int(total)
        return 0, 0

    def poll(self, wait: float = 0.0) -> Outcome | None:
        """The outcome, waited for at most `wait` seconds; None while the check goes on."""
        left = self._deadline - time.monotonic()
        try:
            code = self._process.wait(max(0.0, min(wait, left)))
        except subprocess.TimeoutExpired:
            if time.monotonic() < self._deadline:
                return None
            self.end()
            return Outcome(None, self._too_long())
        return self._outcome(code)

    def end(self) -> None:
        """Ends the child and all that it may have started, and clears away what it left half done."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for left in (self._work / UNPACKING, *self._work.glob(f"{TEMPORARY}*")):
            shutil.rmtree(left, ignore_errors=True)

    def _outcome(self, code: int) -> Outcome:
        try:
            if code == 0:
                return Outcome(json.loads((self._work / REPORT).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            code = 1
        with use_locale(SOURCE_LOCALE):
            if code == -signal.SIGXCPU:
                return Outcome(None, self._too_long())
            if code == OUT_OF_MEMORY:
                return Outcome(
                    None,
                    _(
                        "Kontrollen avbröts: paketet kräver mer än %(size)d MB minne. Dela upp det i flera paket.",
                        size=self._limits.memory_bytes // 1024**2,
                    ),
                )
            told = _("Kontrollen avbröts: paketet är skadat på ett sätt som inte kunde hanteras, eller så tog "
                     "utrymmet på servern slut.")  # fmt: skip
            return Outcome(None, told)

    def _too_long(self) -> str:
        with use_locale(SOURCE_LOCALE):
            minutes = max(1, self._limits.seconds // 60)
            return _("Kontrollen avbröts: den tog mer än %(minutes)d minuter. Dela upp paketet i flera, eller "
                     "kontrollera det med kommandot diarium validate.", minutes=minutes)  # fmt: skip
