"""What a validation is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MIB = 1024 * 1024
GIB = 1024 * MIB


class Level(StrEnum):
    """How strongly the specification asks for it."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Severity(StrEnum):
    """What the finding means for the package: only an error makes it invalid."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


SEVERITY_OF_LEVEL = {Level.MUST: Severity.ERROR, Level.SHOULD: Severity.WARNING, Level.MAY: Severity.INFO}


@dataclass(frozen=True, slots=True)
class Rule:
    """`asks` says in the user's language what should be there; it follows after "Ange" or stands alone."""

    id: str
    level: Level
    asks: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package from outside may cost. Sizes in bytes.

    An XML document up to `tree_bytes` with at most `tree_nodes` elements is read whole, and its schema errors
    have places; a larger one is streamed. METS is needed whole, and refused over `mets_bytes` or `mets_nodes`.
    `ratio` is unpacked over packed size, asked of a compressed archive that unpacks to more than `ratio_from`.
    `findings_per_rule` holds per rule and file; what is over that or `findings_in_all` is counted at the end.
    """

    members: int = 1_000_000
    total_bytes: int = 200 * GIB
    ratio: int = 200
    ratio_from: int = 64 * MIB
    mets_bytes: int = 512 * MIB
    xml_bytes: int = 16 * GIB
    tree_bytes: int = 32 * MIB
    tree_nodes: int = 500_000
    mets_nodes: int = 6_000_000
    findings_per_rule: int = 100
    findings_in_all: int = 50_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the package: `file` is relative to its root with forward slashes, "" the package itself."""

    file: str
    line: int | None = None
    xpath: str | None = None

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"{self.file or '.'}{line}" + (f" {self.xpath}" if self.xpath else "")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the specification wants it. `message` and `mend` are in the user's language.

    `count`: how many it stands for; more than one where the report only counts what is alike.
    """

    rule: str
    level: Level
    severity: Severity
    place: Place
    message: str
    mend: str
    count: int = 1

    def to_json(self) -> dict[str, object]:
        return {
            "rule": self.rule,
            "level": self.level.value,
            "severity": self.severity.value,
            "file": self.place.file,
            "line": self.place.line,
            "xpath": self.place.xpath,
            "message": self.message,
            "mend": self.mend,
            "count": self.count,
        }


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The outcome for one package. `files` and `bytes` count what the package holds on disk."""

    package: str
    profile: str
    findings: tuple[Finding, ...]
    files: int
    bytes: int
    is_usable: bool

    @property
    def is_valid(self) -> bool:
        """The package could be read and nothing in it is an error."""
        return self.is_usable and not any(f.severity is Severity.ERROR for f in self.findings)

    def count(self, severity: Severity) -> int:
        return sum(finding.count for finding in self.findings if finding.severity is severity)

    def to_json(self) -> dict[str, object]:
        """The report as plain JSON values, findings in the order of the checks."""
        return {
            "package": self.package,
            "profile": self.profile,
            "valid": self.is_valid,
            "usable": self.is_usable,
            "files": self.files,
            "bytes": self.bytes,
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "infos": self.count(Severity.INFO),
            "findings": [finding.to_json() for finding in self.findings],
        }
