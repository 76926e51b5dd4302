"""Opens a package: a folder as it is, an archive file unpacked to a temporary folder under limits.

Everything is judged from the directory of the archive before a byte is unpacked; what then is written is counted,
so a directory that lies is found out.
"""

from __future__ import annotations

import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from diarium.archive.validation.archive_heads import ArchiveKind, TooLarge, archive_kind
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.listing import MAX_DEPTH, fold
from diarium.archive.validation.model import MIB, Limits, Place
from diarium.i18n import gettext as _

_DRIVE = re.compile(r"[A-Za-z]:")
_CHUNK = MIB
_ENCRYPTED = 0x1
METS_NAME = "METS.xml"
TEMPORARY = "diarium-package-"


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    kind: str  # "file", "folder", or "other" for links and devices
    source: zipfile.ZipInfo | tarfile.TarInfo


@contextmanager
def opened(
    path: Path, limits: Limits, findings: Collector, keep: Path | None = None
) -> Iterator[tuple[Path, str] | None]:
    """The root folder of the package and its name; None (with findings) when it cannot be opened.

    An archive file is unpacked to `keep`, a folder that stays and is empty but for a whole package, or else to a
    temporary one.
    """
    with ExitStack() as stack:
        if path.is_dir():
            root = package_root(path)
            yield root, root.resolve().name
        elif not path.is_file():
            _refuse(findings, _("%(path)s finns inte, eller är varken mapp eller fil.", path=path.name))
            yield None
        else:
            folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=TEMPORARY)))
            package = unpack(path, folder, limits, findings)
            if package is None and keep is not None:
                _empty(keep)
            yield package


def unpack(path: Path, folder: Path, limits: Limits, findings: Collector) -> tuple[Path, str] | None:
    """Unpacks an archive file to `folder`: the package's root folder and name, or None with findings."""
    try:
        kind = archive_kind(path, limits)
        if kind is ArchiveKind.ZIP:
            with zipfile.ZipFile(path) as archive:
                done = _unpack_zip(archive, path.stat().st_size, folder, limits, findings)
        elif kind is ArchiveKind.TAR:
            with tarfile.open(path, "r:") as tar:
                done = _unpack_tar(tar, folder, limits, findings)
        else:
            _refuse(findings, _("%(path)s är varken mapp, ZIP eller TAR.", path=path.name))
            return None
    except TooLarge as error:
        _too_large(findings, error.message)
        return None
    except (OSError, zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError, RuntimeError,
            NotImplementedError, UnicodeError, MemoryError) as error:  # fmt: skip
        _refuse(findings, _("%(path)s går inte att packa upp: %(reason)s", path=path.name, reason=error))
        return None
    return _archive_root(folder, path, findings) if done else None


def _empty(folder: Path) -> None:
    """What was unpacked before the fault was found must not pass for the package."""
    for entry in list(folder.iterdir()):
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _archive_root(folder: Path, path: Path, findings: Collector) -> tuple[Path, str]:
    root = package_root(folder, is_unpacked=True)
    if root == folder:
        entries = sorted(entry.name for entry in folder.iterdir())
        if METS_NAME not in entries and any(name.lower() == "sip.xml" for name in entries):
            return folder, path.stem  # FGS Paketstruktur 1.2 asks for no folder around it
        findings.add(
            "CSIPSTR1",
            Place(""),
            _(
                "%(path)s har inte en enda rotmapp, utan %(number)d poster överst.",
                path=path.name,
                number=len(entries),
            ),
            _("Lägg allt i en mapp som heter som paketets OBJID och packa den mappen."),
        )
        return folder, path.stem
    return root, root.name


def package_root(folder: Path, *, is_unpacked: bool = False) -> Path:
    """The package folder: `folder`, or the only thing in it if that is a folder (with METS, unless unpacked)."""
    entries = list(folder.iterdir())
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink():
        inner = entries[0]
        if is_unpacked or (inner / METS_NAME).is_file() or (inner / "sip.xml").is_file():
            return inner
    return folder


def _unpack_zip(archive: zipfile.ZipFile, packed: int, folder: Path, limits: Limits, findings: Collector) -> bool:
    members = [_zip_member(info) for info in archive.infolist()]
    if any(info.flag_bits & _ENCRYPTED for info in archive.infolist()):
        _refuse(findings, _("Arkivfilen är krypterad."), _("Packa den igen utan lösenord."))
        return False
    if not (_sizes_ok(members, folder, limits, findings, packed) and _names_ok(members, findings)):
        return False
    budget = min(limits.total_bytes, sum(member.size for member in members))
    for member in members:
        if member.kind == "file" and isinstance(member.source, zipfile.ZipInfo):
            with archive.open(member.source) as source:
                budget -= _write(source, folder / member.name, budget)
        else:
            (folder / member.name).mkdir(parents=True, exist_ok=True)
    return True


def _unpack_tar(archive: tarfile.TarFile, folder: Path, limits: Limits, findings: Collector) -> bool:
    members = []
    for info in archive:
        kind = "folder" if info.isdir() else "file" if info.isreg() and not info.issparse() else "other"
        members.append(_Member(info.name.rstrip("/"), info.size, kind, info))
        if len(members) > limits.members:
            break
    if not (_sizes_ok(members, folder, limits, findings, None) and _names_ok(members, findings)):
        return False
    budget = limits.total_bytes
    for member in members:
        if member.kind == "file" and isinstance(member.source, tarfile.TarInfo):
            source = archive.extractfile(member.source)
            if source is not None:
                with source:
                    budget -= _write(source, folder / member.name, budget)
        else:
            (folder / member.name).mkdir(parents=True, exist_ok=True)
    return True


def _zip_member(info: zipfile.ZipInfo) -> _Member:
    mode = stat.S_IFMT(info.external_attr >> 16)
    kind = "folder" if info.filename.endswith("/") else "file"
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        kind = "other"
    # zipfile cuts a name at NUL; the whole name is what must be judged
    name = info.filename if "\0" not in info.orig_filename else info.orig_filename
    return _Member(name.rstrip("/"), info.file_size, kind, info)


def _sizes_ok(
    members: list[_Member], folder: Path, limits: Limits, findings: Collector, packed: int | None
) -> bool:
    total = sum(member.size for member in members)
    free = shutil.disk_usage(folder).free
    told = None
    if len(members) > limits.members:
        told = _("Arkivfilen har fler än %(number)d poster.", number=limits.members)
    elif total > limits.total_bytes:
        told = _("Arkivfilen blir större än %(size)d MB uppackad.", size=limits.total_bytes // MIB)
    elif packed is not None and total > limits.ratio_from and total > packed * limits.ratio:
        told = _("Arkivfilen sväller mer än %(ratio)d gånger och kan vara en zip-bomb.", ratio=limits.ratio)
    elif total > free:
        told = _("Arkivfilen blir %(size)d MB uppackad, och så mycket plats finns inte.", size=total // MIB)
    if told is None:
        return True
    _too_large(findings, told)
    return False


def _names_ok(members: Iterable[_Member], findings: Collector) -> bool:
    seen: dict[str, tuple[str, str]] = {}
    fine = True
    for member in members:
        told = _name_fault(member)
        if told is None:
            told = _collision(member, seen)
        if told is not None:
            fine = False
            findings.add(
                "ARCHIVE-NAME",
                Place(""),
                told,
                _("Packa paketet på nytt med vanliga filer och relativa namn. Inget har packats upp."),
            )
    return fine


def _name_fault(member: _Member) -> str | None:
    name = member.name
    shown = name.encode("unicode_escape").decode("ascii") if not name.isprintable() else name
    if member.kind == "other":
        return _("%(name)s är en länk, enhet eller gles fil.", name=shown)
    if name.startswith("/") or _DRIVE.match(name):
        return _("%(name)s är ett absolut namn.", name=shown)
    if "\\" in name:
        return _("%(name)s har ett omvänt snedstreck.", name=shown)
    if not name.isprintable():
        return _("%(name)s har tecken som inte syns.", name=shown)
    parts = name.split("/")
    if ".." in parts:
        return _("%(name)s leder ut ur paketet.", name=shown)
    if "" in parts or "." in parts or len(parts) > MAX_DEPTH or any(len(part.encode()) > 255 for part in parts):
        return _("%(name)s är inget riktigt filnamn.", name=shown[:300])
    return None


def _collision(member: _Member, seen: dict[str, tuple[str, str]]) -> str | None:
    """Notes the name and the folders it implies; says which earlier name it falls together with."""
    parts = member.name.split("/")
    for depth in range(1, len(parts) + 1):
        name = "/".join(parts[:depth])
        kind = "folder" if depth < len(parts) else member.kind
        other, other_kind = seen.setdefault(fold(name), (name, kind))
        twice_a_file = depth == len(parts) and kind == "file" and other_kind == "file" and other == name
        if other != name or other_kind != kind:
            return _("%(name)s och %(other)s blir samma namn i andra system.", name=member.name, other=other)
        if twice_a_file and not _is_first(member, seen):
            return _("%(name)s finns två gånger i arkivfilen.", name=member.name)
    return None


def _is_first(member: _Member, seen: dict[str, tuple[str, str]]) -> bool:
    key = "\0" + member.name  # NUL is in no name: a mark of its own for "this file has been met"
    if key in seen:
        return False
    seen[key] = (member.name, member.kind)
    return True


def _write(source: IO[bytes], target: Path, budget: int) -> int:
    """Unpacks one file; returns its size.

    Raises:
        ValueError: it is larger than the directory of the archive said.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with target.open("xb") as out:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > budget:
                raise ValueError(_("den är större än vad dess förteckning säger"))
            out.write(chunk)
    return written


def _too_large(findings: Collector, told: str) -> None:
    mend = _("Dela upp paketet, packa det utan komprimering eller kontrollera mappen i stället.")
    findings.add("ARCHIVE-SIZE", Place(""), told, mend)


def _refuse(findings: Collector, message: str, mend: str | None = None) -> None:
    findings.add(
        "PACKAGE", Place(""), message, mend or _("Ange en paketmapp eller en oskadad ZIP- eller TAR-fil.")
    )
