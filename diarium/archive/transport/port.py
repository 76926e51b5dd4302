"""What every way of sending packages offers, and what it is told while it sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

CHUNK = 1024 * 1024
TAIL = 64 * 1024
"""How much at the end of half a package is compared before it is gone on with."""
MAX_RETURNED_BYTES = 10 * 1024 * 1024
MOST_RETURNED = 10_000


class Proof(StrEnum):
    """How it was seen that all of a package arrived. What is kept in tables: never change a value."""

    READ_BACK = "read_back"
    CHECKSUM = "checksum"
    SIZE = "size"


class Stopped(Exception):
    """The sending is to stop at this point; what was sent stays where it is, to be gone on with."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package file to send. `name`: what it is to be called at the receiver."""

    path: Path
    name: str
    size: int
    sha256: str

    @property
    def partial_name(self) -> str:
        """What it is called while it is not whole: another one for another content."""
        return f"{self.name}.{self.sha256[:12]}.part"


class Course(Protocol):
    """Follows one sending: is told how far it has come, keeps what is needed to go on, and stops it."""

    @property
    def token(self) -> str | None:
        """What the transport kept when it sent this parcel before."""
        ...

    def keep(self, token: str) -> None:
        """Keeps `token` beyond a crash."""
        ...

    def reached(self, sent: int) -> None:
        """So many bytes lie safely at the receiver. Raises: Stopped."""
        ...

    def alive(self) -> None:
        """Told now and then during long work that sends nothing. Raises: Stopped."""
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A package lies whole at `place`, as `proof` showed."""

    place: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class ReturnedFile:
    """A file in the return folder. `mark` tells it from another of the same name, and from a later version."""

    name: str
    size: int
    mark: str


class Transport(Protocol):
    """One opened connection to a receiver. Every method raises TransportError with what to do about it."""

    def probe(self) -> None:
        """Shows that packages can be left: writes a small file and removes it."""
        ...

    def send(self, parcel: Parcel, course: Course) -> Arrival:
        """Sends the parcel, going on with what is there of it already, and sees that it arrived whole.

        At the receiver it shows under its name only when it is whole; what lies there under it is never
        overwritten. Raises: Stopped, TransportError.
        """
        ...

    def discard(self, parcel: Parcel, token: str | None) -> None:
        """Removes half a package, if there is one."""
        ...

    def returned(self) -> Iterator[ReturnedFile]:
        """The newest files in the return folder, at most `MOST_RETURNED`; none where the agreement has none."""
        ...

    def read_returned(self, file: ReturnedFile) -> bytes:
        """The content of a returned file, no more than `MAX_RETURNED_BYTES`."""
        ...
