"""The closed lists of the register with their Swedish labels."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l


class Direction(StrEnum):
    """Whether a record came in, went out or was drawn up here (TF 2 kap. 9–10 §§)."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    DRAWN_UP = "drawn_up"


class CaseStatus(StrEnum):
    """Where a case is in its life."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    DECIDED = "decided"
    CLOSED = "closed"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


class RecordStatus(StrEnum):
    """A record is registered until it is cancelled; its number stays either way."""

    REGISTERED = "registered"
    CANCELLED = "cancelled"


class Initiative(StrEnum):
    """Where a case came from."""

    RECEIVED = "received"
    OWN = "own"


class Medium(StrEnum):
    """Whether the original is digital, paper or both."""

    DIGITAL = "digital"
    PAPER = "paper"
    BOTH = "both"


class PartyKind(StrEnum):
    """What a party is. Only organisations and authorities are named in the open register."""

    PERSON = "person"
    ORGANISATION = "organisation"
    AUTHORITY = "authority"


class PartyRole(StrEnum):
    """What a party is to a record or a case."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    PARTY = "party"
    COUNTERPART = "counterpart"
    REPRESENTATIVE = "representative"


class RelationKind(StrEnum):
    """How one case refers to another."""

    REFERS_TO = "refers_to"
    CONTINUES = "continues"
    REPLACES = "replaces"
    PART_OF = "part_of"


class DeadlineKind(StrEnum):
    """What is watched."""

    ANSWER = "answer"
    COMPLETION = "completion"
    DELAY = "delay"
    APPEAL = "appeal"
    FOLLOW_UP = "follow_up"
    ON_HOLD = "on_hold"
    OTHER = "other"


class DeadlineState(StrEnum):
    """A deadline is open until it is done or cancelled; it stays either way."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class DecisionKind(StrEnum):
    """Who decided: a board in a meeting, or somebody it has empowered (KL 6 kap. 37 §)."""

    BOARD = "board"
    DELEGATION = "delegation"


class DecisionState(StrEnum):
    """A decision is registered until its entry is cancelled."""

    REGISTERED = "registered"
    CANCELLED = "cancelled"


DIRECTION_LABELS: Mapping[Direction, str] = {
    Direction.INCOMING: _l("Inkommen"),
    Direction.OUTGOING: _l("Utgående"),
    Direction.DRAWN_UP: _l("Upprättad"),
}
STATUS_LABELS: Mapping[CaseStatus, str] = {
    CaseStatus.OPEN: _l("Öppet"),
    CaseStatus.IN_PROGRESS: _l("Under handläggning"),
    CaseStatus.ON_HOLD: _l("Vilande"),
    CaseStatus.DECIDED: _l("Beslutat"),
    CaseStatus.CLOSED: _l("Avslutat"),
    CaseStatus.ARCHIVED: _l("Arkiverat"),
    CaseStatus.CANCELLED: _l("Makulerat"),
}
RECORD_STATUS_LABELS: Mapping[RecordStatus, str] = {
    RecordStatus.REGISTERED: _l("Registrerad"),
    RecordStatus.CANCELLED: _l("Makulerad"),
}
INITIATIVE_LABELS: Mapping[Initiative, str] = {
    Initiative.RECEIVED: _l("Inkommet"),
    Initiative.OWN: _l("Eget initiativ"),
}
MEDIUM_LABELS: Mapping[Medium, str] = {
    Medium.DIGITAL: _l("Digital"),
    Medium.PAPER: _l("Papper"),
    Medium.BOTH: _l("Papper och digital"),
}
PARTY_KIND_LABELS: Mapping[PartyKind, str] = {
    PartyKind.PERSON: _l("Privatperson"),
    PartyKind.ORGANISATION: _l("Organisation"),
    PartyKind.AUTHORITY: _l("Myndighet"),
}
PARTY_ROLE_LABELS: Mapping[PartyRole, str] = {
    PartyRole.SENDER: _l("Avsändare"),
    PartyRole.RECIPIENT: _l("Mottagare"),
    PartyRole.PARTY: _l("Part"),
    PartyRole.COUNTERPART: _l("Motpart"),
    PartyRole.REPRESENTATIVE: _l("Ombud"),
}

RELATION_LABELS: Mapping[RelationKind, str] = {
    RelationKind.REFERS_TO: _l("Se även"),
    RelationKind.CONTINUES: _l("Fortsätter"),
    RelationKind.REPLACES: _l("Ersätter"),
    RelationKind.PART_OF: _l("Del av"),
}
INVERSE_RELATION_LABELS: Mapping[RelationKind, str] = {
    RelationKind.REFERS_TO: _l("Se även"),
    RelationKind.CONTINUES: _l("Fortsätts av"),
    RelationKind.REPLACES: _l("Ersätts av"),
    RelationKind.PART_OF: _l("Innehåller"),
}
DEADLINE_KIND_LABELS: Mapping[DeadlineKind, str] = {
    DeadlineKind.ANSWER: _l("Svar"),
    DeadlineKind.COMPLETION: _l("Komplettering"),
    DeadlineKind.DELAY: _l("Sex månader (förvaltningslagen 12 §)"),
    DeadlineKind.APPEAL: _l("Överklagandetid"),
    DeadlineKind.FOLLOW_UP: _l("Uppföljning"),
    DeadlineKind.ON_HOLD: _l("Vilande ärende tas upp"),
    DeadlineKind.OTHER: _l("Annat"),
}
DEADLINE_STATE_LABELS: Mapping[DeadlineState, str] = {
    DeadlineState.OPEN: _l("Bevakas"),
    DeadlineState.DONE: _l("Klar"),
    DeadlineState.CANCELLED: _l("Avbruten"),
}
DECISION_KIND_LABELS: Mapping[DecisionKind, str] = {
    DecisionKind.BOARD: _l("Beslut av nämnd eller utskott"),
    DecisionKind.DELEGATION: _l("Delegationsbeslut"),
}
DECISION_STATE_LABELS: Mapping[DecisionState, str] = {
    DecisionState.REGISTERED: _l("Registrerat"),
    DecisionState.CANCELLED: _l("Makulerat"),
}

# Which status a case may go to. Archived and cancelled are ends.
TRANSITIONS: Mapping[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.OPEN: frozenset(
        {
            CaseStatus.IN_PROGRESS,
            CaseStatus.ON_HOLD,
            CaseStatus.DECIDED,
            CaseStatus.CLOSED,
            CaseStatus.CANCELLED,
        }
    ),
    CaseStatus.IN_PROGRESS: frozenset(
        {CaseStatus.ON_HOLD, CaseStatus.DECIDED, CaseStatus.CLOSED, CaseStatus.CANCELLED}
    ),
    CaseStatus.ON_HOLD: frozenset(
        {CaseStatus.IN_PROGRESS, CaseStatus.DECIDED, CaseStatus.CLOSED, CaseStatus.CANCELLED}
    ),
    CaseStatus.DECIDED: frozenset({CaseStatus.IN_PROGRESS, CaseStatus.CLOSED, CaseStatus.CANCELLED}),
    CaseStatus.CLOSED: frozenset({CaseStatus.IN_PROGRESS, CaseStatus.ARCHIVED, CaseStatus.CANCELLED}),
    CaseStatus.ARCHIVED: frozenset(),
    CaseStatus.CANCELLED: frozenset(),
}
FINISHED = frozenset({CaseStatus.CLOSED, CaseStatus.ARCHIVED, CaseStatus.CANCELLED})
