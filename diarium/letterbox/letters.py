"""What the public may drop for the staff side: an order of documents, and following the register by e-mail.

A letter never holds why somebody asks, and of who they are only what they chose to tell. Source: TF 2 kap. 18 §
(an authority may not ask who somebody is, or why they ask, beyond what it needs to review the request).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

MOST_ITEMS = 30
MAX_NUMBER = 80
MAX_CONTACT = 500
MAX_NAME = 200
MAX_MESSAGE = 4000
MAX_EMAIL = 254
MAX_QUERY = 400
MAX_VALUES = 20
MAX_TOKEN = 64


class LetterKind(StrEnum):
    """What a letter wants."""

    ORDER = "order"
    FOLLOW = "follow"
    CONFIRM = "confirm"
    UNFOLLOW = "unfollow"


class ContactWay(StrEnum):
    """How whoever orders wants to be answered. `VISIT`: they come and read on the spot, with the reference."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """A document or case that is asked for, by its number as it was written.

    `record_uid`: the entry of the open register, nothing where it has none (or is a whole case). `authority`: the
    authority's code, empty where whoever asks does not know it.
    """

    record_number: str
    record_uid: uuid.UUID | None = None
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A request to see documents. Without `items` the `message` says what is sought.

    `contact`: an e-mail address, a phone number or a postal address, as `contact_way` says; empty for a visit.
    `authority`: the code of the one that was chosen for what has no number of its own.
    """

    items: tuple[OrderedItem, ...]
    contact_way: ContactWay
    contact: str = ""
    name: str | None = None
    message: str = ""
    language: str = "sv"
    authority: str = ""


@dataclass(frozen=True, slots=True)
class FollowTarget:
    """What is followed: a case, or a search with its filters (values by facet name)."""

    case_uid: uuid.UUID | None = None
    query: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    date_from: dt.date | None = None
    date_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Somebody wants e-mail about `target`; nothing is sent but the question whether they do."""

    email: str
    target: FollowTarget
    language: str = "sv"


@dataclass(frozen=True, slots=True)
class Confirm:
    """The answer to that question: yes. `token` stood in the e-mail."""

    token: str


@dataclass(frozen=True, slots=True)
class Unfollow:
    """No more e-mail. `token` stands in each of them."""

    token: str


Letter = Order | Follow | Confirm | Unfollow


def kind_of(letter: Letter) -> LetterKind:
    """What `letter` wants."""
    return {
        Order: LetterKind.ORDER,
        Follow: LetterKind.FOLLOW,
        Confirm: LetterKind.CONFIRM,
        Unfollow: LetterKind.UNFOLLOW,
    }[type(letter)]
