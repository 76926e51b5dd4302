"""What is chosen for an import, and what is found out about it before and while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from diarium.archive.import_models import ImportMode
from diarium.archive.package_model import PackageInfo
from diarium.archive.profiles.codes import ProfileCode
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l

MOST_CONFLICTS = 200
"""Conflicts told one by one; the rest are counted."""


class ConflictKind(StrEnum):
    """What is in the way of a case, or should be known before it is taken over."""

    ALREADY_HERE = "already_here"
    OTHER_CONTENT = "other_content"
    NUMBER_TAKEN = "number_taken"
    FILE_MISSING = "file_missing"
    FILE_DAMAGED = "file_damaged"
    NOT_POSSIBLE = "not_possible"
    UNCERTAIN = "uncertain"
    MORE = "more"


CONFLICT_LABELS: Mapping[ConflictKind, str] = {
    ConflictKind.ALREADY_HERE: _l("Finns redan här, med samma innehåll"),
    ConflictKind.OTHER_CONTENT: _l("Finns redan här, med annat innehåll"),
    ConflictKind.NUMBER_TAKEN: _l("Numret har redan ett annat ärende"),
    ConflictKind.FILE_MISSING: _l("Filer saknas i paketet"),
    ConflictKind.FILE_DAMAGED: _l("Filer stämmer inte med sin kontrollsumma"),
    ConflictKind.NOT_POSSIBLE: _l("Uppgifter som inte kan registreras"),
    ConflictKind.UNCERTAIN: _l("Uppgifter som inte gick att tolka och står i en anteckning"),
    ConflictKind.MORE: _l("Ytterligare anmärkningar"),
}
LEFT_OUT = frozenset(
    {
        ConflictKind.ALREADY_HERE,
        ConflictKind.OTHER_CONTENT,
        ConflictKind.NUMBER_TAKEN,
        ConflictKind.FILE_MISSING,
        ConflictKind.FILE_DAMAGED,
        ConflictKind.NOT_POSSIBLE,
    }
)
"""With one of these the case is not taken over."""


class BasisKind(StrEnum):
    """What cases rest on."""

    AUTHORITY = "authority"
    SERIES = "series"
    UNIT = "unit"
    SCHEME = "scheme"
    USER = "user"


BASIS_LABELS: Mapping[BasisKind, str] = {
    BasisKind.AUTHORITY: _l("Myndighet"),
    BasisKind.SERIES: _l("Diarieserie"),
    BasisKind.UNIT: _l("Enhet"),
    BasisKind.SCHEME: _l("Klassificeringsstruktur"),
    BasisKind.USER: _l("Användare"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody decided. `authority`: the code here that the cases go to; one that is not here is made.

    `is_published`: an archive to read is shown in the open register as its classes say. `keeps_incomplete`: a case
    is taken over although files are missing; its records say so.
    """

    mode: ImportMode = ImportMode.READ_ONLY
    authority: str = ""
    is_published: bool = False
    keeps_incomplete: bool = False

    @property
    def is_read_only(self) -> bool:
        """Whether nobody is to change the cases."""
        return self.mode is ImportMode.READ_ONLY

    def written(self) -> dict[str, Any]:
        """As the table keeps them, beside mode and authority."""
        return {
            "authority": self.authority,
            "is_published": self.is_published,
            "keeps_incomplete": self.keeps_incomplete,
        }

    @classmethod
    def read(cls, mode: ImportMode, kept: Mapping[str, Any]) -> Choices:
        """What `written` kept."""
        return cls(mode, kept["authority"], kept["is_published"], kept["keeps_incomplete"])


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing about a case. `number`: the case's; `message` names no title, party or file."""

    kind: ConflictKind
    message: str
    number: str | None = None

    def to_json(self) -> dict[str, object]:
        """As the table keeps it."""
        return {"kind": self.kind.value, "message": self.message, "number": self.number}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Conflict:
        """What `to_json` kept."""
        return cls(ConflictKind(kept["kind"]), kept["message"], kept.get("number"))


@dataclass(frozen=True, slots=True)
class BasisLine:
    """One thing that cases rest on. `here`: what it is tied to here; None: it is made."""

    kind: BasisKind
    label: str
    here: str | None


@dataclass(slots=True)
class Counts:
    """How much there is of what."""

    cases: int = 0
    records: int = 0
    documents: int = 0
    size: int = 0
    restricted: int = 0
    protected: int = 0
    new: int = 0
    left_out: int = 0

    def to_json(self) -> dict[str, int]:
        """As the table keeps them."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of_json(cls, kept: Mapping[str, int]) -> Counts:
        """What `to_json` kept."""
        return cls(**{name: kept.get(name, 0) for name in cls.__slots__})


@dataclass(slots=True)
class ConflictList:
    """Conflicts as they are found: the first told, the rest counted, each kind in all."""

    told: list[Conflict] = field(default_factory=list)
    by_kind: dict[ConflictKind, int] = field(default_factory=dict)

    def add(self, item: Conflict) -> None:
        """Notes one."""
        self.by_kind[item.kind] = self.by_kind.get(item.kind, 0) + 1
        if len(self.told) < MOST_CONFLICTS:
            self.told.append(item)

    @property
    def all(self) -> tuple[Conflict, ...]:
        """Those told, and last how many more there are."""
        more = sum(self.by_kind.values()) - len(self.told)
        if not more:
            return tuple(self.told)
        return (*self.told, Conflict(ConflictKind.MORE, _("%(number)s till.", number=more)))


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. `basis`: what the cases rest on; `by_kind`: how many conflicts of each kind.

    `case_count`: of the whole package, of which `counts.cases` were looked at.
    """

    package_id: str
    profile: ProfileCode
    is_ours: bool
    info: PackageInfo
    choices: Choices
    case_count: int
    counts: Counts
    basis: tuple[BasisLine, ...]
    conflicts: tuple[Conflict, ...]
    by_kind: Mapping[ConflictKind, int]

    @property
    def is_possible(self) -> bool:
        """Whether anything would be taken over."""
        return self.counts.new > 0 or not self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether every case was looked at."""
        return self.counts.cases >= self.case_count
