"""Tables of the register."""

from diarium.register.models.authority import Authority, DiarySeries, SeriesCounter, Unit, UnitMember
from diarium.register.models.case import Case, CaseRelation
from diarium.register.models.disposal import DEPTH_LABELS, CaseDisposal, DisposalDepth
from diarium.register.models.origin import CaseOrigin
from diarium.register.models.party import Party
from diarium.register.models.publishing import FileReview, ReviewState, Withdrawal
from diarium.register.models.record import Document, Record
from diarium.register.models.set_up import AuthoritySetUp, SetUpStep, YearSetUp
from diarium.register.models.work import CaseNote, Deadline, Decision

__all__ = [
    "DEPTH_LABELS",
    "Authority",
    "AuthoritySetUp",
    "Case",
    "CaseDisposal",
    "CaseNote",
    "CaseOrigin",
    "CaseRelation",
    "Deadline",
    "Decision",
    "DiarySeries",
    "DisposalDepth",
    "Document",
    "FileReview",
    "Party",
    "Record",
    "ReviewState",
    "SeriesCounter",
    "SetUpStep",
    "Unit",
    "UnitMember",
    "Withdrawal",
    "YearSetUp",
]
