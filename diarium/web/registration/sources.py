"""What the form begins with: nothing, a case, an item of the inbox, a template, an earlier record or a draft."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from diarium.assistance import copying, drafts, templates
from diarium.assistance.drafts import DraftView
from diarium.errors import Conflict, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.intake import prefilling
from diarium.web import context
from diarium.web.registration import attached, helping
from diarium.web.registration.attached import Attachment
from diarium.web.registration.page import FormState, uid_of

_LONGEST_NUMBER = 60


def state_for(args: Mapping[str, str]) -> FormState:
    """The form as an address asks for it. Raises: NotFound and its like for what the actor may not know of."""
    who, database = context.actor(), context.diarium().database
    # What is copied may be marked: that somebody looked at it is noted in the same transaction.
    with database.unit_of_work() as session:
        if args.get("utkast"):
            return _of_draft(session, who, drafts.load(session, who, _uid(args["utkast"])))
        if args.get("post"):
            return _of_item(session, who, _uid(args["post"]), args)
        values = _first_values(args)
        if args.get("kopia"):
            values |= copying.values_of_record(session, who, _uid(args["kopia"]))
        if args.get("mall"):
            values |= templates.values_of(session, who, _uid(args["mall"]))
    return FormState(values)


def item_key(uid: uuid.UUID) -> str:
    """The key of the draft that belongs to an item: one for each user and item."""
    return f"item-{uid}"


def _first_values(args: Mapping[str, str]) -> dict[str, str]:
    case = args.get("case", "")[:_LONGEST_NUMBER]
    return {
        "direction": "incoming",
        "case_choice": "existing" if case else "new",
        "case": case,
        "medium": "digital",
        "secrecy": "open",
        "draft_key": uuid.uuid4().hex,
    }


def _of_item(session: Session, who: Actor, uid: uuid.UUID, args: Mapping[str, str]) -> FormState:
    """The item's facts, or what the actor had begun to write about it."""
    kept = drafts.of_item(session, who, uid)
    if kept is not None and args.get("om") != "1":
        return _of_draft(session, who, kept)
    item = prefilling.for_form(session, who, uid)
    values = {**_first_values({}), **item.values, "post": str(uid), "draft_key": item_key(uid)}
    if args.get("arende"):
        values = helping.with_case(values, args["arende"])
    if args.get("mall"):
        values = helping.with_template(values, templates.values_of(session, who, _uid(args["mall"])))
    return FormState(values, files=attached.of_files(item.files), guessed=item.guessed)


def _of_draft(session: Session, who: Actor, draft: DraftView) -> FormState:
    """What was kept. Files of the item that were left out stay on offer."""
    values = {**_first_values({}), **draft.values, "draft_key": draft.key}
    state = FormState(values, files=attached.of_files(draft.files), draft=draft)
    if draft.item is None:
        return state
    try:
        item = prefilling.for_form(session, who, draft.item)
    except (NotFound, Conflict) as error:
        state.said = f"{error.message} {_('Utkastet är öppnat utan posten.')}"
        return state
    values["post"] = str(draft.item)
    kept = {(file.sha256, file.file_name) for file in draft.files}
    state.files += [
        Attachment(file, is_chosen=False) for file in item.files if (file.sha256, file.file_name) not in kept
    ]
    return state


def _uid(text: str) -> uuid.UUID:
    found = uid_of(text)
    if found is None:
        raise NotFound(_("Det finns inget med den adressen."))
    return found
