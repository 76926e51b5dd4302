"""Checks a package that has just been written: its bytes read back from the disk, its XML against every rule."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from diarium.archive.packaging import FinishedPackage, PackageWork
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.validation import ValidationReport, validate_package


class ReadBack:
    """Reads the package back in a thread of its own, beside the checks of its XML.

    To the validation it is what lies beside the package's folder: the register's files, which stand in the zip
    alone, with the checksums that were found in it. Used as a context.
    """

    def __init__(self, work: PackageWork, on_chunk: Callable[[int], None]) -> None:
        self._work = work
        self._on_chunk = on_chunk
        self._prefix = f"{work.root.name}/"
        self._package: FinishedPackage | None = None
        self._error: BaseException | None = None
        self._is_left = False
        self._ours: dict[str, str] = {}
        self._in_order = self._digests()
        self._thread = threading.Thread(target=self._read, name="package read back")

    def __enter__(self) -> ReadBack:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_left = True
        self._thread.join()

    def package(self) -> FinishedPackage:
        """The package, when every byte is read. Raises: ZipDamaged, OSError; what `on_chunk` raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._package is None:
            raise RuntimeError("read back without a result")
        return self._package

    def files(self) -> Iterator[tuple[str, int]]:
        """Path and size of the files that stand in the zip alone."""
        for entry in self._work.content():
            path = entry.name.removeprefix(self._prefix)
            if (self._work.root / path).exists():
                self._ours[path] = entry.sha256
            else:
                yield path, entry.size

    def sha256(self, file: str) -> str | None:
        """The checksum of a file as it was read from the zip; waits for the reading. Raises: as `package`."""
        self.package()
        if file in self._ours:
            return self._ours[file]
        path, digest = next(self._in_order, ("", ""))
        if path == file:  # METS names the files in the order in which they stand in the zip
            return digest
        self._in_order = self._digests()
        for path, digest in self._in_order:
            if path == file:
                return digest
        return None

    def _digests(self) -> Iterator[tuple[str, str]]:
        """Read from the journal, so that memory does not grow with the number of files."""
        for entry in self._work.content():
            path = entry.name.removeprefix(self._prefix)
            if path not in self._ours:
                yield path, entry.sha256

    def _read(self) -> None:
        try:
            self._package = self._work.read_back(self._keep_reading)
        except BaseException as error:  # told to whoever asks for the result
            self._error = error

    def _keep_reading(self, size: int) -> None:
        if self._is_left:
            raise InterruptedError("nobody waits for the result")
        self._on_chunk(size)


def check(
    work: PackageWork, profile: ProfileCode, on_chunk: Callable[[int], None]
) -> tuple[FinishedPackage, ValidationReport]:
    """The finished package and the report on it.

    Raises: ZipDamaged where the disk gives other bytes than were written; OSError; what `on_chunk` raises.
    """
    with ReadBack(work, on_chunk) as read:
        report = validate_package(work.root, beside=read, profile=profile)
        return read.package(), report
