"""The files of a package folder, and how references find them. Follows no links and opens nothing but files."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from diarium.archive.validation.collector import Collector
from diarium.archive.validation.model import Limits, Place
from diarium.i18n import gettext as _

MAX_DEPTH = 64
_LONGEST_PATH = 240
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"[A-Za-z]:")
_PORTABLE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?<!\.)|\.[A-Za-z0-9_-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class Fault(StrEnum):
    """Why a reference leads to no file, or what is odd about it."""

    EMPTY = "empty"
    EXTERNAL = "external"
    ESCAPES = "escapes"
    MISSING = "missing"
    BACKSLASH = "backslash"
    FILE_SCHEME = "file-scheme"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a reference leads: `file` (relative to the package) when it exists; `wanted` as it was understood."""

    file: str | None
    wanted: str
    faults: tuple[Fault, ...]


class Beside(Protocol):
    """Files of a package that do not lie in its folder, because they were read where they lie."""

    def files(self) -> Iterator[tuple[str, int]]:
        """Path within the package and size of each."""
        ...

    def sha256(self, file: str) -> str | None:
        """What its content was when it was read; None for a file that is not one of these."""
        ...


@dataclass(slots=True)
class PackageFiles:
    """All files (path relative to the package, to size in bytes) and folders of a package."""

    root: Path
    sizes: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    beside: Beside | None = None
    _folded: dict[str, str] = field(default_factory=dict)
    _spelt: dict[str, str] = field(default_factory=dict)
    _folded_folders: set[str] | None = None

    @property
    def total(self) -> int:
        return sum(self.sizes.values())

    def path(self, file: str) -> Path:
        return self.root / file

    def children(self, folder: str) -> list[str]:
        """Names of the folders directly in `folder` ("" is the package root)."""
        prefix = f"{folder}/" if folder else ""
        return sorted(
            name[len(prefix) :]
            for name in self.folders
            if name.startswith(prefix) and name != folder and "/" not in name[len(prefix) :]
        )

    def under(self, folder: str) -> list[str]:
        """Files anywhere below `folder`."""
        return sorted(name for name in self.sizes if name.startswith(f"{folder}/"))

    def has_folder_ignoring_case(self, folder: str) -> bool:
        if self._folded_folders is None:
            self._folded_folders = {fold(name) for name in self.folders}
        return fold(folder) in self._folded_folders

    def find(self, href: str, base: str = "", *, as_local_url: bool = False) -> Target:
        """Follows a reference written in a document that stands in folder `base`.

        `as_local_url` is FGS 1.2's habit: file:///Content/x means x in the package.
        """
        faults: list[Fault] = []
        text = href.strip()
        if not text:
            return Target(None, "", (Fault.EMPTY,))
        if text.lower().startswith("file:"):
            text = text[5:].lstrip("/")
            if not as_local_url:
                faults.append(Fault.FILE_SCHEME)
        elif _SCHEME.match(text):
            return Target(None, text, (Fault.EXTERNAL,))
        if "\\" in text:
            text = text.replace("\\", "/")
            faults.append(Fault.BACKSLASH)
        decoded = urllib.parse.unquote(text)
        wanted = _inside(decoded, base)
        if wanted is None:
            return Target(None, decoded, (*faults, Fault.ESCAPES))
        if wanted not in self.sizes:
            raw = _inside(text, base)
            wanted = raw if raw is not None and raw in self.sizes else wanted
        if wanted in self.sizes:
            return Target(wanted, wanted, tuple(faults))
        similar = self._folded.get(fold(wanted))
        if similar is not None:
            return Target(similar, wanted, (*faults, Fault.CASE))
        return Target(None, wanted, (*faults, Fault.MISSING))

    def note(self, file: str, size: int) -> str | None:
        """Adds a file; returns another whose name differs only in case or Unicode form."""
        self.sizes[file] = size
        other = self._folded.setdefault(fold(file), file)
        return None if other == file else other

    def note_name(self, folder: str) -> str | None:
        """Notes how a folder is spelt; returns another folder whose name differs only in case or Unicode form."""
        other = self._spelt.setdefault(fold(folder), folder)
        return None if other == folder else other


def fold(name: str) -> str:
    """What must differ for two names to be two names everywhere."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def scan(root: Path, limits: Limits, findings: Collector, beside: Beside | None = None) -> PackageFiles | None:
    """Lists the package; None (with a finding) when it is too large to be looked at."""
    files = PackageFiles(root, beside=beside)
    for name, size in beside.files() if beside is not None else ():
        parts = name.split("/")[:-1]
        files.folders.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        _name(name, findings)
        _note(name, size, files, findings)
    pending = [""]
    seen = 0
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            _unreadable(findings, folder, error)
            continue
        for entry in entries:
            seen += 1
            if seen > limits.members:
                findings.add(
                    "PACKAGE",
                    Place(""),
                    _("Paketet har fler än %(number)d filer och mappar.", number=limits.members),
                    _("Dela upp leveransen i flera paket."),
                )
                return None
            name = f"{folder}/{entry.name}" if folder else entry.name
            if _is_folder(entry, name, files, findings):
                pending.append(name)
    return files


def _is_folder(entry: os.DirEntry[str], name: str, files: PackageFiles, findings: Collector) -> bool:
    """Notes one entry; True for a folder to go into."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        _unreadable(findings, name, error)
        return False
    _name(name, findings)
    if stat.S_ISDIR(status.st_mode):
        files.folders.add(name)
        _tell_collision(name, files.note_name(name), findings)
        return name.count("/") < MAX_DEPTH
    if not stat.S_ISREG(status.st_mode):
        findings.add(
            "FILE-TYPE",
            Place(_shown(name)),
            _("%(file)s är en länk eller enhet, inte en vanlig fil. Den läses inte.", file=_shown(name)),
            _("Ersätt den med filen som den pekar på, eller ta bort den."),
        )
        return False
    _note(name, status.st_size, files, findings)
    return False


def _note(name: str, size: int, files: PackageFiles, findings: Collector) -> None:
    _tell_collision(name, files.note(name, size), findings)


def _tell_collision(name: str, other: str | None, findings: Collector) -> None:
    if other is not None:
        findings.add(
            "FILE-COLLISION",
            Place(_shown(name)),
            _("%(file)s och %(other)s blir samma namn i andra system.", file=_shown(name), other=_shown(other)),
            _("Döp om den ena, så att namnen skiljer sig i mer än stora och små bokstäver."),
        )


def _name(name: str, findings: Collector) -> None:
    last = name.rsplit("/", 1)[-1]
    if len(name) > _LONGEST_PATH:
        findings.add(
            "FILE-NAME",
            Place(_shown(name)),
            _("Sökvägen är %(length)d tecken lång, mer än alla system klarar.", length=len(name)),
            _("Korta namn och mappar så att sökvägen blir högst %(most)d tecken.", most=_LONGEST_PATH),
        )
    if _PORTABLE.fullmatch(last) and not _RESERVED.fullmatch(last) and len(last) <= 255:
        return
    findings.add(
        "FILE-NAME",
        Place(_shown(name)),
        _("Namnet %(name)s kan inte användas i alla system.", name=_shown(last)),
        _("Använd bara a–z, A–Z, 0–9, punkt, bindestreck och understreck."),
    )


def _inside(path: str, base: str) -> str | None:
    """`path` seen from folder `base`, without dots; None when it leads out of the package."""
    if path.startswith("/") or _DRIVE.match(path) or "\0" in path:
        return None
    parts = [part for part in base.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or None


def _unreadable(findings: Collector, name: str, error: OSError) -> None:
    findings.add(
        "FILE-READ",
        Place(_shown(name)),
        _("%(file)s kan inte läsas: %(reason)s", file=_shown(name) or ".", reason=error.strerror or error),
        _("Kontrollera filens behörighet och lagringsplatsen."),
    )


def _shown(name: str) -> str:
    """A name fit for a report: bytes that are no text and characters without shape are written as numbers."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
