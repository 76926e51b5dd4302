"""The form as a page: what was typed, what can be chosen, what is suggested, and what came in beside it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from diarium.assistance import drafts, suggestions, templates
from diarium.assistance.drafts import DraftRow, DraftView
from diarium.assistance.suggestions import Clues, Suggestion
from diarium.assistance.templates import TemplateRow
from diarium.classification import queries as classes
from diarium.contacts import queries as contacts
from diarium.contacts.queries import ContactHit
from diarium.files.previews import Preview, previews
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.intake import queries as intake
from diarium.intake.queries import ItemView
from diarium.register import queries
from diarium.register.picking import CaseHit
from diarium.register.vocabulary import DIRECTION_LABELS, MEDIUM_LABELS, PARTY_KIND_LABELS
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, reading
from diarium.web.registration import attached, helping
from diarium.web.registration.attached import Attachment
from diarium.web.registration.form import PARTY_ROWS, filled_rows
from diarium.web.registration.helping import ShownSuggestion

PUBLIC_TEXTS = (("title", "public_title"), ("case_title", "case_public_title"))


@dataclass(slots=True)
class FormState:
    """What stands in the form, and what is said about it. `guessed`: what was filled in and must be looked at."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    files: list[Attachment] = field(default_factory=list)
    case_hits: Sequence[CaseHit] | None = None
    party_hits: Sequence[ContactHit] | None = None
    party_row: int = 0
    draft: DraftView | None = None
    said: str = ""
    guessed: str = ""

    @property
    def item_uid(self) -> uuid.UUID | None:
        """The item of the inbox that is being registered."""
        return uid_of(self.values.get("post"))


@dataclass(frozen=True, slots=True)
class _Offer:
    """What the register offers the form."""

    choices: queries.RegistrationChoices
    class_options: list[tuple[str, str]]
    provision_options: list[tuple[str, str]]
    templates: tuple[TemplateRow, ...]
    drafts: tuple[DraftRow, ...]
    suggestions: tuple[ShownSuggestion, ...]
    item: ItemView | None
    previews: Mapping[str, Preview]


def uid_of(text: str | None) -> uuid.UUID | None:
    """The identifier that `text` writes, or nothing."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def clues_of(values: Mapping[str, str]) -> Clues:
    """What of the form suggestions are made from."""
    is_existing = values.get("case_choice") == "existing"
    return Clues(
        authority=values.get("authority") or None,
        direction=values.get("direction", ""),
        title=values.get("title", "") or values.get("case_title", ""),
        sender_name=values.get("party-0-name", ""),
        sender_email=values.get("party-0-email", ""),
        record_type=values.get("record_type", ""),
        case_number=(values.get("case") or None) if is_existing else None,
        classification="" if is_existing else values.get("classification", ""),
    )


def open_suggestions(session: Session, who: Actor, values: Mapping[str, str]) -> tuple[ShownSuggestion, ...]:
    """What is suggested for what stands in the form now."""
    known = _of_contact(session, who, values)
    said = {(one.field, one.value) for one in known}
    learned = suggestions.suggest(session, who, clues_of(values))
    offered = (*known, *(one for one in learned if (one.field, one.value) not in said))
    return helping.open_suggestions(values, offered)


def _of_contact(session: Session, who: Actor, values: Mapping[str, str]) -> tuple[Suggestion, ...]:
    """The sender's kind as the party register has it, where their address stands there."""
    email, authority = values.get("party-0-email", "").strip(), values.get("authority")
    if not email or not authority or not who.may(Permission.REGISTER, authority):
        return ()
    for hit in contacts.find(session, who, authority, email):
        if hit.uid is not None and (hit.email or "").casefold() == email.casefold():
            label = str(PARTY_KIND_LABELS[hit.kind])
            return (Suggestion("party-0-kind", hit.kind.value, label, _("Kontaktregistret"), 1),)
    return ()


def show(state: FormState) -> str:
    """The page. Constant number of queries."""
    offer = _offer(state)
    settings = context.diarium().settings
    in_public = any(name in state.errors for pair in PUBLIC_TEXTS for name in pair)
    return context.page(
        "registration/form.html",
        state=state,
        values=state.values,
        errors=state.errors,
        offer=offer,
        files=attached.shown(state.files),
        party_choice=helping.party_choice,
        directions=DIRECTION_LABELS,
        kinds=PARTY_KIND_LABELS,
        media=MEDIUM_LABELS,
        scopes=SCOPE_LABELS,
        party_rows=PARTY_ROWS,
        open_rows=filled_rows(state.values),
        confirms_public=in_public or state.values.get("confirm_public") == "1",
        confirms_locked=state.values.get("confirm_locked") == "1" or "locked" in state.values,
        chosen_case=state.values.get("case", "") if state.values.get("case_choice") == "existing" else "",
        template_options=[(str(row.uid), f"{row.name} ({row.authority_code})") for row in offer.templates],
        today=today(),
        max_bytes=settings.max_upload_bytes,
    )


def _offer(state: FormState) -> _Offer:
    who, services = context.actor(), context.diarium()
    with services.database.reading() as session:
        choices = queries.registration_choices(session, who)
        if len(choices.authorities) == 1:
            state.values.setdefault("authority", choices.authorities[0][0])
        item = intake.item_details(session, who, state.item_uid) if state.item_uid else None
        files = [(file.sha256, file.file_name) for file in item.files] if item else []
        offer = _Offer(
            choices=choices,
            class_options=classes.options(session, today()),
            provision_options=provisions.options(session),
            templates=templates.usable(session, who),
            drafts=drafts.mine(session, who),
            suggestions=open_suggestions(session, who, state.values),
            item=item,
            previews=previews(session, services.blobs, files),
        )
        _note_cases(session, who, state, item)
    return offer


def _note_cases(session: Session, who: Actor, state: FormState, item: ItemView | None) -> None:
    """Titles of marked cases that the page shows are noted, as in every list."""
    shown = [hit.uid for hit in state.case_hits or () if hit.is_restricted and hit.title is not None]
    shown += [case.uid for case in (item.cases if item else ()) if case.title is not None]
    if shown:
        reading.note_list(queries.restricted_shown(session, who, cases=shown), "Registrera")
