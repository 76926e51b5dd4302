"""Office files are ZIP archives: refuse the ones that swell, before anything is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from diarium.files.extraction.model import CannotRead
from diarium.files.extraction.safe_xml import refuse_entities
from diarium.i18n import gettext as _

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_MEMBERS = 20_000
# Sparse spreadsheets reach 50:1; deflate's own ceiling is 1,032:1.
MAX_RATIO = 200
_SMALL_BYTES = 5 * 1024 * 1024
_ENCRYPTED = 0x1


@contextmanager
def checked_zip(source: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive, if its sizes are within the limits and none of its XML parts declares entities.

    Python's reader never gives more bytes for a member than the archive declares, so the declared sizes bind.
    Raises: CannotRead.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            _check_sizes(archive)
            _check_open_document_lock(archive)
            _check_markup(archive)
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, KeyError) as error:
        raise CannotRead(_("Texten kunde inte läsas: filen är skadad eller ofullständig.")) from error


def locked() -> CannotRead:
    """The refusal of a file that only a password opens."""
    return CannotRead(_("Texten kunde inte läsas: filen är skyddad med lösenord."))


def _check_open_document_lock(archive: zipfile.ZipFile) -> None:
    """OpenDocument encrypts the parts, not the archive, and says so in its manifest."""
    if "META-INF/manifest.xml" in archive.namelist():
        with archive.open("META-INF/manifest.xml") as manifest:
            if b"encryption-data" in manifest.read(_SMALL_BYTES):
                raise locked()


def _check_sizes(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _too_big()
    unpacked = packed = 0
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise locked()
        unpacked += member.file_size
        packed += member.compress_size
        swells = member.file_size > _SMALL_BYTES and member.file_size > MAX_RATIO * member.compress_size
        if swells or unpacked > MAX_UNPACKED_BYTES:
            raise _too_big()
    if unpacked > _SMALL_BYTES and unpacked > MAX_RATIO * packed:
        raise _too_big()


def _check_markup(archive: zipfile.ZipFile) -> None:
    for member in archive.infolist():
        if member.filename.lower().endswith((".xml", ".rels")) and member.file_size:
            with archive.open(member) as part:
                refuse_entities(part)


def _too_big() -> CannotRead:
    return CannotRead(_("Texten lästes inte: filen packas upp till mer än som tillåts (misstänkt ”zipbomb”)."))
