"""Own facts of a package, as they are read: names with values, in boxes by what they are about.

Every profile writes what its format has no element for under the register's own names; this is the reading side of
that. Nothing here is tolerant: a fact says exactly what it says, or the package is not what it claims.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from diarium.archive.package_model import PackageRecordReference, PackageUser
from diarium.archive.reading.errors import UnreadablePackage
from diarium.i18n import STOCKHOLM
from diarium.i18n import gettext as _

_MOST_NUMBER: Final = 10**15
AnEnum = TypeVar("AnEnum", bound=StrEnum)


@dataclass(slots=True)
class Box:
    """Facts about one thing of a `kind` (as `restriction`); `parts`: the things that belong to it."""

    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)
    parts: list[Box] = field(default_factory=list)

    def add(self, name: str, value: str | None) -> None:
        """Notes one more value of a fact."""
        if value is not None:
            self.values.setdefault(name, []).append(value)

    def fill(self, name: str, value: str | None) -> None:
        """Notes the value of a fact that is not told yet."""
        if value is not None and name not in self.values:
            self.values[name] = [value]

    def of(self, kind: str) -> list[Box]:
        """The parts of a kind, in their order."""
        return [part for part in self.parts if part.kind == kind]

    def has(self, name: str) -> bool:
        """Whether the fact is told."""
        return name in self.values

    def many(self, name: str) -> tuple[str, ...]:
        """All values of a fact."""
        return tuple(self.values.get(name, ()))

    def optional(self, name: str) -> str | None:
        """A text, if it is told."""
        found = self.values.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """A text; one that is not told is empty."""
        return self.optional(name) or ""

    def needed(self, name: str) -> str:
        """A text that must be told. Raises: UnreadablePackage."""
        found = self.optional(name)
        if found is None:
            raise UnreadablePackage(
                _("Uppgiften ”%(name)s” saknas i ”%(kind)s”. Paketet är inte helt.", name=name, kind=self.kind)
            )
        return found

    def uid(self, name: str = "uid") -> uuid.UUID:
        """An identifier. Raises: UnreadablePackage."""
        try:
            return uuid.UUID(self.needed(name))
        except ValueError:
            raise self._wrong(name) from None

    def optional_uid(self, name: str) -> uuid.UUID | None:
        """An identifier, if it is told."""
        return self.uid(name) if self.has(name) else None

    def number(self, name: str) -> int:
        """A whole number, one that a table can hold. Raises: UnreadablePackage."""
        try:
            found = int(self.needed(name))
        except ValueError:
            raise self._wrong(name) from None
        if not 0 <= found <= _MOST_NUMBER:
            raise self._wrong(name)
        return found

    def optional_number(self, name: str) -> int | None:
        """A whole number, if it is told."""
        return self.number(name) if self.has(name) else None

    def flag(self, name: str) -> bool:
        """Yes or no. Raises: UnreadablePackage."""
        found = {"true": True, "1": True, "false": False, "0": False}.get(self.needed(name).strip())
        if found is None:
            raise self._wrong(name)
        return found

    def day(self, name: str) -> dt.date:
        """A law day. Raises: UnreadablePackage."""
        try:
            return dt.date.fromisoformat(self.needed(name)[:10])
        except ValueError:
            raise self._wrong(name) from None

    def optional_day(self, name: str) -> dt.date | None:
        """A law day, if it is told."""
        return self.day(name) if self.has(name) else None

    def moment(self, name: str) -> dt.datetime:
        """A moment. Raises: UnreadablePackage."""
        try:
            return moment_of(self.needed(name))
        except ValueError:
            raise self._wrong(name) from None

    def optional_moment(self, name: str) -> dt.datetime | None:
        """A moment, if it is told."""
        return self.moment(name) if self.has(name) else None

    def one_of(self, name: str, choices: type[AnEnum]) -> AnEnum:
        """A value of a closed list. Raises: UnreadablePackage."""
        try:
            return choices(self.needed(name))
        except ValueError:
            raise self._wrong(name) from None

    def user(self, name: str) -> PackageUser | None:
        """Somebody of the staff, told as `name_uid`, `name_username` …; nobody where that is not told."""
        uid = self.optional_uid(f"{name}_uid")
        if uid is None:
            return None
        return PackageUser(
            uid, self.text(f"{name}_username"), self.text(f"{name}_name"), self.optional(f"{name}_email")
        )

    def record(self, name: str) -> PackageRecordReference | None:
        """A record that is referred to, told as `name` and `name_number`."""
        uid = self.optional_uid(name)
        return None if uid is None else PackageRecordReference(uid, self.text(f"{name}_number"))

    def _wrong(self, name: str) -> UnreadablePackage:
        value = self.text(name)[:60]
        return UnreadablePackage(
            _(
                "Uppgiften ”%(name)s” i ”%(kind)s” har värdet ”%(value)s”, som inte går att tolka.",
                name=name,
                kind=self.kind,
                value=value,
            )
        )


def only(boxes: Sequence[Box], kind: str) -> Box | None:
    """The first box of a kind."""
    return next((box for box in boxes if box.kind == kind), None)


def moment_of(text: str) -> dt.datetime:
    """A moment in UTC; one without a zone is Swedish time. Raises: ValueError."""
    found = dt.datetime.fromisoformat(text.strip())
    try:
        return (found if found.tzinfo else found.replace(tzinfo=STOCKHOLM)).astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(text) from None
