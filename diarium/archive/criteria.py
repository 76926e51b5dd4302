"""What an export is chosen by, and how much one package of it may hold."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from diarium.archive.errors import InvalidCriteria, InvalidPeriod
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.register.vocabulary import CaseStatus

EXPORTABLE = (CaseStatus.CLOSED, CaseStatus.ARCHIVED)
"""The statuses of cases that may go to an archive: the matter has ended."""
MIB = 1024 * 1024


class PackageStatus(StrEnum):
    """What a package is to its receiver: METS RECORDSTATUS. What is kept in tables: never change a value."""

    NEW = "NEW"
    TEST = "TEST"
    SUPPLEMENT = "SUPPLEMENT"
    REPLACEMENT = "REPLACEMENT"


PACKAGE_STATUS_LABELS: Mapping[PackageStatus, str] = {
    PackageStatus.NEW: _l("Ny leverans"),
    PackageStatus.TEST: _l("Provleverans"),
    PackageStatus.SUPPLEMENT: _l("Komplettering av en tidigare leverans"),
    PackageStatus.REPLACEMENT: _l("Ersätter en tidigare leverans"),
}


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """How much one package may hold at most; None: no limit. A case is never parted to keep a limit."""

    max_bytes: int | None = None
    max_files: int | None = None
    max_cases: int | None = None

    def check(self) -> None:
        """Raises: InvalidCriteria for a limit that nothing could keep."""
        for field in ("max_bytes", "max_files", "max_cases"):
            value = getattr(self, field)
            if value is not None and value < 1:
                raise InvalidCriteria(_("Ange ett tal som är minst 1, eller lämna fältet tomt."), field=field)

    def narrowed(self, other: PackageLimits) -> PackageLimits:
        """The stricter of both, limit by limit."""

        def stricter(one: int | None, two: int | None) -> int | None:
            return min((value for value in (one, two) if value is not None), default=None)

        return PackageLimits(
            stricter(self.max_bytes, other.max_bytes),
            stricter(self.max_files, other.max_files),
            stricter(self.max_cases, other.max_cases),
        )


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which cases of an authority are chosen: those that ended in the period, days included.

    `class_codes` take their subclasses along ("1.2" takes "1.2.3"); an empty tuple leaves that question open.
    `with_protected`: also cases with parties whose identity is protected.
    """

    authority_code: str
    period_from: dt.date
    period_to: dt.date
    class_codes: tuple[str, ...] = ()
    retention_rule_uids: tuple[uuid.UUID, ...] = ()
    statuses: tuple[CaseStatus, ...] = (CaseStatus.CLOSED,)
    with_protected: bool = True

    def check(self) -> None:
        """Raises: InvalidPeriod if the period ends before it begins; InvalidCriteria for an impossible status."""
        if self.period_to < self.period_from:
            raise InvalidPeriod(
                _(
                    "Perioden slutar (%(end)s) innan den börjar (%(start)s). Byt plats på datumen.",
                    start=self.period_from.isoformat(),
                    end=self.period_to.isoformat(),
                ),
                field="period_to",
            )
        if not self.statuses or not set(self.statuses) <= set(EXPORTABLE):
            raise InvalidCriteria(_("Välj avslutade eller arkiverade ärenden."), field="statuses")

    def to_json(self) -> dict[str, Any]:
        """What is kept beside authority and period, in an order that does not depend on how it was typed."""
        return {
            "class_codes": sorted(self.class_codes),
            "retention_rules": sorted(str(uid) for uid in self.retention_rule_uids),
            "statuses": sorted(status.value for status in self.statuses),
            "with_protected": self.with_protected,
        }

    @classmethod
    def from_json(
        cls, facts: Mapping[str, Any], authority_code: str, period_from: dt.date, period_to: dt.date
    ) -> Criteria:
        """The other way: `facts` as `to_json` gave them; what an older export never said has its default."""
        return cls(
            authority_code,
            period_from,
            period_to,
            class_codes=tuple(facts.get("class_codes", ())),
            retention_rule_uids=tuple(uuid.UUID(text) for text in facts.get("retention_rules", ())),
            statuses=tuple(CaseStatus(text) for text in facts.get("statuses", (CaseStatus.CLOSED.value,))),
            with_protected=bool(facts.get("with_protected", True)),
        )
