"""The form of a letter: flat fields in, facts out, and every message at the field where it belongs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from diarium.correspondence import addresses
from diarium.correspondence.addresses import Mailbox
from diarium.correspondence.dispatching import LetterFacts
from diarium.correspondence.guarding import Consent
from diarium.correspondence.vocabulary import LetterKind
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.register.schemas import day_or_error
from diarium.web.registration.form import tolerant_date


def facts_of(
    form: MultiDict[str, str], case_uid: uuid.UUID, record_uid: uuid.UUID | None
) -> tuple[LetterFacts | None, dict[str, str]]:
    """The letter that the form asks for, or what has to be mended, per field id."""
    errors: dict[str, str] = {}
    kind = form.get("kind", "")
    if kind not in list(LetterKind):
        errors["template"] = _("Välj vad brevet är för något.")
    others: tuple[Mailbox, ...] = ()
    answer_by: dt.date | None = None
    try:
        others = addresses.mailboxes(form.get("others", ""), "others")
    except DomainError as error:
        errors["others"] = error.message
    try:
        answer_by = day_or_error(tolerant_date(form.get("answer_by", "")), "answer_by")
    except DomainError as error:
        errors["answer_by"] = error.message
    key = uid_or_none(form.get("key", ""))
    if key is None:
        errors[""] = _("Öppna sidan igen och skriv brevet på nytt.")
    if errors or key is None:
        return None, errors
    return (
        LetterFacts(
            key=key,
            case_uid=case_uid,
            record_uid=record_uid,
            kind=LetterKind(kind),
            subject=form.get("subject", ""),
            body=form.get("body", ""),
            title=form.get("title", ""),
            record_type=form.get("record_type", "").strip() or None,
            parties=_uids(form.getlist("party")),
            others=others,
            files=_uids(form.getlist("file")),
            answer_by=answer_by,
            appeal=form.get("appeal", ""),
            watch=form.get("watch") == "1",
            consent=Consent(
                to_marked=form.get("confirm_marked") == "1",
                reason=form.get("secrecy_reason", ""),
                to_protected=form.get("confirm_protected") == "1",
            ),
        ),
        {},
    )


def uid_or_none(text: str | None) -> uuid.UUID | None:
    """The identifier that `text` writes, if it is one."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _uids(texts: Iterable[str]) -> tuple[uuid.UUID, ...]:
    found = (uid_or_none(text) for text in texts)
    return tuple(uid for uid in found if uid is not None)
