"""An item as the registration form takes it: fields filled in, files bound, cases proposed but never chosen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.intake import lookup, suggesting
from diarium.intake.models import IntakeItem
from diarium.intake.sender_kinds import kind_of_name
from diarium.intake.subjects import title_of, without_prefixes
from diarium.intake.suggesting import CaseSuggestion, Suggestions
from diarium.intake.views import written_sender
from diarium.intake.vocabulary import CHANNEL_LABELS, Channel
from diarium.register.models import Case, Party, Record
from diarium.register.vocabulary import PARTY_KIND_LABELS, Direction, Medium, PartyKind

__all__ = ["CaseSuggestion", "ItemForForm", "for_form"]


@dataclass(frozen=True, slots=True)
class ItemForForm:
    """What the registration form needs of an item. `values`: by the names of the form's fields.

    `files`: the message as it came first, then what came with it; the form may leave some out. `guessed`: what was
    filled in by a guess and must be looked at, empty where nothing was.
    """

    uid: uuid.UUID
    version: int
    authority: str
    channel_label: str
    received_at: dt.datetime
    deadline_on: dt.date
    values: Mapping[str, str]
    files: tuple[UploadedFile, ...]
    cases: tuple[CaseSuggestion, ...]
    body: str
    sender: str
    remarks: tuple[str, ...]
    guessed: str


def for_form(session: Session, actor: Actor, uid: uuid.UUID) -> ItemForForm:
    """The item with `uid`, ready to be registered. Constant number of queries.

    A case is proposed, with the reason, and never chosen: that is the registrar's.

    Raises: ItemNotFound; NotAllowed; StatusConflict if it has been settled.
    """
    item = lookup.item(session, actor, uid)
    actor.require(Permission.REGISTER, item.authority.code)
    lookup.require_new(item)
    suggestions = suggesting.for_item(session, actor, item)
    kind, why = _kind(session, item)
    return ItemForForm(
        uid=item.uid,
        version=item.version,
        authority=item.authority.code,
        channel_label=str(CHANNEL_LABELS[item.channel]),
        received_at=item.received_at,
        deadline_on=item.deadline_on,
        values=_values(item, suggestions, kind),
        files=tuple(UploadedFile(file.sha256, file.file_name, file.size) for file in item.files),
        cases=suggestions.cases,
        body=item.body,
        sender=written_sender(item.sender_name, item.sender_email),
        remarks=tuple(item.remarks),
        guessed=why or "",
    )


def _values(item: IntakeItem, suggestions: Suggestions, kind: PartyKind) -> dict[str, str]:
    title = _title(item, suggestions)
    belongs_somewhere = any(case.is_strong and case.is_open for case in suggestions.cases)
    values = {
        "direction": Direction.INCOMING.value,
        "official_on": item.official_on.isoformat(),
        "title": title,
        "medium": (Medium.BOTH if item.channel is Channel.SCAN else Medium.DIGITAL).value,
        "secrecy": "open",
        "authority": item.authority.code,
        "case_choice": "existing" if belongs_somewhere else "new",
        "case": "",
        "case_title": title,
        "record_type": item.record_type or "",
    }
    if item.sender_name or item.sender_email:
        values |= {
            "party-0-name": item.sender_name or item.sender_email or "",
            "party-0-email": item.sender_email or "",
            "party-0-kind": kind.value,
        }
    return values


def _title(item: IntakeItem, suggestions: Suggestions) -> str:
    """The subject without what belongs to the mail; of a file that came alone, its name without the extension."""
    if len(item.files) == 1 and item.subject == item.files[0].file_name:
        return PurePath(item.subject).stem
    return title_of(without_prefixes(item.subject), suggestions.numbers)


def _kind(session: Session, item: IntakeItem) -> tuple[PartyKind, str | None]:
    """What the sender is, and what to say where it had to be read from the name.

    Told by the source, else as registered latest at this authority, else as the name says, else a person. That is
    the careful choice: persons are never named in the open register.
    """
    known = item.sender_kind or _latest_kind(session, item)
    if known is not None:
        return known, None
    named = kind_of_name(item.sender_name)
    if named is None:
        return PartyKind.PERSON, None
    kind = str(PARTY_KIND_LABELS[named]).lower()
    return named, _("Avsändaren är ifylld som %(kind)s, efter namnet. Kontrollera att det stämmer.", kind=kind)


def _latest_kind(session: Session, item: IntakeItem) -> PartyKind | None:
    if item.sender_email_key is None:
        return None
    return session.scalar(
        select(Party.kind)
        .join(Record, Party.record_id == Record.id)
        .join(Case, Record.case_id == Case.id)
        .where(Party.email_key == item.sender_email_key, Case.authority_id == item.authority_id)
        .order_by(Party.id.desc())
        .limit(1)
    )
