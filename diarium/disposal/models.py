"""Tables of disposal: what stops it, what was proposed and decided, which contents wait to be removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.i18n import lazy_gettext as _l
from diarium.register.models import Authority, Case
from diarium.register.models.disposal import DisposalDepth

MAX_DECISION = 200


class Ground(StrEnum):
    """Why a case may be disposed of."""

    DUE = "due"
    DELIVERED = "delivered"


class ProposalState(StrEnum):
    """Where a proposal is in its life. `EXECUTING` until also bytes and derived copies are gone."""

    PROPOSED = "proposed"
    EXECUTING = "executing"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ItemState(StrEnum):
    """What became of a case of a proposal. `HELD`: something stood in the way when its turn came."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    HELD = "held"
    DISPOSED = "disposed"


GROUND_LABELS: Mapping[Ground, str] = {
    Ground.DUE: _l("Gallringsfristen har gått ut"),
    Ground.DELIVERED: _l("Levererat till arkivet: myndighetens egen kopia"),
}
PROPOSAL_STATE_LABELS: Mapping[ProposalState, str] = {
    ProposalState.PROPOSED: _l("Väntar på beslut"),
    ProposalState.EXECUTING: _l("Gallras"),
    ProposalState.DONE: _l("Gallrat"),
    ProposalState.DECLINED: _l("Avslaget"),
    ProposalState.WITHDRAWN: _l("Återkallat"),
}
ITEM_STATE_LABELS: Mapping[ItemState, str] = {
    ItemState.PROPOSED: _l("Föreslaget"),
    ItemState.APPROVED: _l("Beslutat, väntar"),
    ItemState.REJECTED: _l("Undantaget"),
    ItemState.HELD: _l("Stoppat"),
    ItemState.DISPOSED: _l("Gallrat"),
}
DEPTH_TEXTS: Mapping[DisposalDepth, str] = {
    DisposalDepth.FILES: _l("Filerna, deras text och namn togs bort. Uppgifterna i diariet står kvar."),
    DisposalDepth.EVERYTHING: _l(
        "Filer, rubriker, parter, anteckningar, beslut, bevakningar, adresser och tidigare uppgifter togs bort. "
        "Nummer, datum och klass står kvar."
    ),
}
OPEN_STATES = frozenset({ProposalState.PROPOSED, ProposalState.EXECUTING})


class LegalHold(Identified, Base):
    """A stop (*gallringsstopp*) that somebody has set on a case, with a reason, until a day or further notice."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index(None, "case_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[dt.date | None]
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[dt.datetime | None]
    ended_by_name: Mapped[str | None] = mapped_column(String(200))
    end_reason: Mapped[str | None] = mapped_column(Text)

    case: Mapped[Case] = relationship()


class RetentionDay(Base):
    """When the event of a rule happened that the register cannot know: the end of a contract, a final judgment."""

    __tablename__ = "retention_day"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    happened_on: Mapped[dt.date]
    noted_at: Mapped[dt.datetime] = mapped_column(default=now)
    noted_by_name: Mapped[str] = mapped_column(String(200))


class DisposalCounter(Base):
    """The last number given to a proposal at an authority in a year."""

    __tablename__ = "disposal_counter"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int]


class DisposalProposal(Identified, Base):
    """A frozen list of cases that somebody proposes to dispose of, and what was decided and done.

    `decision`: the authority's decision as it is cited ("KS 2026-11-20 § 45"), taken on `decided_on`.
    `contents_removed`, `bytes_removed`: of files that nothing else uses; `contents_kept`: of those that something
    does. `last_change_id`: what those who derive something must have handled before it is done.
    """

    __tablename__ = "disposal_proposal"
    __table_args__ = (UniqueConstraint("authority_id", "year", "number"), Index(None, "state", "id"))

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    year: Mapped[int]
    number: Mapped[int]
    state: Mapped[ProposalState] = mapped_column(ClosedList(ProposalState), default=ProposalState.PROPOSED)
    ground: Mapped[Ground] = mapped_column(ClosedList(Ground))
    depth: Mapped[DisposalDepth] = mapped_column(ClosedList(DisposalDepth))
    note: Mapped[str | None] = mapped_column(Text)
    proposed_at: Mapped[dt.datetime] = mapped_column(default=now)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_by_name: Mapped[str] = mapped_column(String(200))
    decision: Mapped[str | None] = mapped_column(String(MAX_DECISION))
    decided_on: Mapped[dt.date | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str | None] = mapped_column(String(200))
    end_reason: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[dt.datetime | None]
    last_change_id: Mapped[int | None]
    contents_removed: Mapped[int] = mapped_column(default=0)
    contents_kept: Mapped[int] = mapped_column(default=0)
    bytes_removed: Mapped[int] = mapped_column(default=0)
    events_struck: Mapped[int] = mapped_column(default=0)
    packages_removed: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship()

    @property
    def number_text(self) -> str:
        """How the proposal and its certificate are cited: "KS gallring 2026-3"."""
        return f"{self.authority.code} gallring {self.year}-{self.number}"


class DisposalItem(Base):
    """A case of a proposal, as it was then. `digest`: of all that the case held; gone once it is disposed of.

    `reason`: why it was rejected or held. `paper_count`: records whose originals are on paper.
    """

    __tablename__ = "disposal_item"
    __table_args__ = (
        UniqueConstraint("proposal_id", "case_id"),
        Index(None, "proposal_id", "state", "id"),
        Index(None, "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("disposal_proposal.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    number_text: Mapped[str] = mapped_column(String(60))
    state: Mapped[ItemState] = mapped_column(ClosedList(ItemState), default=ItemState.PROPOSED)
    digest: Mapped[str | None] = mapped_column(String(64))
    rule: Mapped[str] = mapped_column(String(300))
    basis: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[dt.date | None]
    record_count: Mapped[int]
    file_count: Mapped[int]
    byte_count: Mapped[int]
    paper_count: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(Text)
    disposed_at: Mapped[dt.datetime | None]

    proposal: Mapped[DisposalProposal] = relationship()
    case: Mapped[Case] = relationship()


class DisposalContent(Base):
    """A content that a disposal has let go of, to be removed from the store if nothing else needs it."""

    __tablename__ = "disposal_content"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("disposal_proposal.id"), index=True)
    queued_at: Mapped[dt.datetime] = mapped_column(default=now)
