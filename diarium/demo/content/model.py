"""What the demo municipality consists of, as plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from diarium.identity.permissions import Role
from diarium.intake.vocabulary import Channel, SetAsideReason
from diarium.register.vocabulary import Direction, Initiative, PartyKind, PartyRole
from diarium.secrecy.models import Scope


class FileKind(StrEnum):
    """The format of a file; its value is the file name's ending."""

    PDF = "pdf"
    DOCX = "docx"
    EML = "eml"
    TXT = "txt"
    XLSX = "xlsx"


class Layout(StrEnum):
    """What kind of paper a file is."""

    LETTER = "letter"
    FORM = "form"
    MEMO = "memo"
    DECISION = "decision"
    MINUTES = "minutes"
    REPORT = "report"
    DRAWING = "drawing"
    MAP = "map"
    PHOTOS = "photos"
    NOTE = "note"
    CONTRACT = "contract"
    TABLE = "table"
    MAIL = "mail"
    ACKNOWLEDGEMENT = "acknowledgement"
    REMINDER = "reminder"
    RECEIPT = "receipt"
    FINALITY = "finality"


@dataclass(frozen=True, slots=True)
class DemoAuthority:
    """A board with a register of its own."""

    code: str
    name: str
    organisation_number: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A part of the staff that works for the authority with code `authority`."""

    authority: str
    name: str


@dataclass(frozen=True, slots=True)
class DemoUser:
    """An officer. `role` holds at all of `authorities` (codes)."""

    username: str
    name: str
    title: str
    email: str
    phone: str
    unit: str
    role: Role
    authorities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoMunicipality:
    """The municipality: its boards, units and officers."""

    name: str
    authorities: tuple[DemoAuthority, ...]
    units: tuple[DemoUnit, ...]
    users: tuple[DemoUser, ...]


@dataclass(frozen=True, slots=True)
class DemoParty:
    """Somebody outside. `protected`: the population register marks the person's identity as protected."""

    kind: PartyKind
    name: str
    number: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    email: str | None = None
    phone: str | None = None
    protected: bool = False
    role: PartyRole = PartyRole.PARTY


@dataclass(frozen=True, slots=True)
class DemoRestriction:
    """A secrecy marking: provision such as "26:1" and what it covers."""

    provision: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class DemoSection:
    """A heading (may be empty) and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file as a recipe: what is in it. `rendering.render_file` makes the bytes.

    `fields` are labelled facts under the letterhead, `rows` the lines of a table with whole kronor.
    """

    name: str
    kind: FileKind
    layout: Layout
    title: str
    letterhead: str
    date: dt.date
    fields: tuple[tuple[str, str], ...] = ()
    sections: tuple[DemoSection, ...] = ()
    signature: tuple[str, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()
    sender_email: str = ""
    recipient_email: str = ""
    attachment: DemoFile | None = None

    @property
    def paragraphs(self) -> Iterator[str]:
        """The running text, a paragraph at a time."""
        for section in self.sections:
            yield from section.paragraphs


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """A record of a case. Without files it lies on paper at `paper_location`."""

    direction: Direction
    date: dt.date
    title: str
    record_type: str
    public_title: str | None = None
    sender: DemoParty | None = None
    recipients: tuple[DemoParty, ...] = ()
    restriction: DemoRestriction | None = None
    paper_location: str | None = None
    files: tuple[DemoFile, ...] = ()
    released_files: bool = False


@dataclass(frozen=True, slots=True)
class DemoCase:
    """A case with all its records in the order in which they came. `officer` is a user name."""

    authority: str
    title: str
    case_type: str
    class_code: str
    opened: dt.date
    officer: str
    unit: str
    initiative: Initiative
    public_title: str | None = None
    closed: dt.date | None = None
    decided: dt.date | None = None
    restriction: DemoRestriction | None = None
    parties: tuple[DemoParty, ...] = ()
    records: tuple[DemoRecord, ...] = ()


class Wrapping(StrEnum):
    """What a file is wrapped in when it arrives; its value is how the recipes name it."""

    NONE = "none"
    SCAN = "scan"
    LOCKED = "locked"
    ZIP = "zip"
    MSG = "msg"
    TNEF = "tnef"


@dataclass(frozen=True, slots=True)
class DemoEnclosure:
    """What comes along with an item: a file in its wrapping, or plain text `content` under `name`."""

    name: str
    wrapping: Wrapping
    file: DemoFile | None
    content: str = ""


@dataclass(frozen=True, slots=True)
class DemoSettlement:
    """What a registrar made of an item: registered under `title` in its case, or set aside for `reason`."""

    title: str = ""
    record_type: str = ""
    reason: SetAsideReason | None = None


@dataclass(frozen=True, slots=True)
class DemoItem:
    """Something that came in. `mailbox`: the address it was sent to; `case_number`: the case that it names.

    A mail has a `message_id`, what an e-service sent a `reference`.
    """

    key: str
    authority: str
    channel: Channel
    received_at: dt.datetime
    subject: str
    text: str
    sender: DemoParty | None
    mailbox: str
    is_html: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    enclosures: tuple[DemoEnclosure, ...] = ()
    case_number: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reference: str | None = None
    settled: DemoSettlement | None = None

    @property
    def address(self) -> str:
        """The sender's e-mail address."""
        return self.sender.email if self.sender and self.sender.email else "granskaren@post.example"
