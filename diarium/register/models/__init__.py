"""Tables of the register."""

from diarium.register.models.authority import Authority, DiarySeries, SeriesCounter, Unit, UnitMember
from diarium.register.models.case import Case, CaseRelation
from diarium.register.models.party import Party
from diarium.register.models.record import Document, Record

__all__ = [
    "Authority",
    "Case",
    "CaseRelation",
    "DiarySeries",
    "Document",
    "Party",
    "Record",
    "SeriesCounter",
    "Unit",
    "UnitMember",
]
