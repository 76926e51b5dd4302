"""Writing and sending a letter from a case, about a record, or as a record that is already registered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from diarium.correspondence import dispatching, drafting, placeholders
from diarium.correspondence.drafting import Draft, Options
from diarium.correspondence.placeholders import Placeholder
from diarium.correspondence.vocabulary import LETTER_KIND_LABELS, LetterKind
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import lookup, queries
from diarium.web import context, reading
from diarium.web.correspondence.form import facts_of, uid_or_none

blueprint = Blueprint("letters", __name__, url_prefix="/intern")


@blueprint.get("/arende/<uuid:uid>/skicka")
@context.staff(Permission.REGISTER)
def form(uid: uuid.UUID) -> ResponseReturnValue:
    """The letter to be: as the template in the address has it, or the first one of the kind there."""
    record_uid = uid_or_none(request.args.get("handling"))
    options = _options(uid, record_uid)
    try:
        draft = _draft(options, uid_or_none(request.args.get("mall")) or _usual_template(options))
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(options, _values(_draft(options, None), options), {error.field or "": error.message})
    return _show(options, _values(draft, options), {})


@blueprint.post("/arende/<uuid:uid>/skicka")
@context.staff(Permission.REGISTER)
def submit(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes a template's text, shows what would be sent, or sends it. On a mistake all that was typed comes
    back.
    """
    sent = request.form
    options = _options(uid, uid_or_none(sent.get("handling")))
    values = _typed(sent)
    step = sent.get("step", "send")
    try:
        if step == "template":
            return _show(options, values | _template_values(options, sent), {})
        facts, errors = facts_of(sent, uid, options.record_uid)
        if facts is None:
            return _show(options, values, errors), 422
        services, who = context.diarium(), context.actor()
        if step == "preview":
            with services.database.reading() as session:
                preview = dispatching.preview(session, services.settings.mail, who, facts)
            return _show(options, values, {}, preview=preview)
        with services.database.unit_of_work() as session:
            message = dispatching.send_letter(session, services.blobs, services.settings.mail, who, facts)
            number = message.record.number_text
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(options, values, {error.field or "": error.message}), 422
    flash(_("Brevet %(number)s skickas inom någon minut. Här ser du om det kom fram.", number=number), "success")
    return redirect(url_for("dispatches.details", uid=message.uid))


def _options(uid: uuid.UUID, record_uid: uuid.UUID | None) -> Options:
    """What can be sent. Looking at marked material is noted."""
    services, who = context.diarium(), context.actor()
    with services.database.reading() as session:
        found = drafting.options(session, who, services.settings.mail, uid, record_uid)
        reading.note(lookup.case_by_uid(session, who, uid))
        if record_uid is not None:
            reading.note(lookup.record_by_uid(session, who, record_uid))
        others = found.shown_records - {record_uid}
        reading.note_list(queries.restricted_shown(session, who, records=others), _("Skicka brev"))
    return found


def _draft(options: Options, template: uuid.UUID | None) -> Draft:
    with context.diarium().database.reading() as session:
        return drafting.draft(session, context.actor(), options.case_uid, options.record_uid, template)


def _usual_template(options: Options) -> uuid.UUID | None:
    """The first template of the kind that the address asks for; what came in is usually confirmed."""
    wanted = request.args.get("slag") or (LetterKind.RECEIPT if options.is_answer else "")
    return next((row.uid for row in options.templates if row.kind == wanted), None)


def _template_values(options: Options, sent: MultiDict[str, str]) -> dict[str, Any]:
    draft = _draft(options, uid_or_none(sent.get("template")))
    values = _values(draft, options)
    kept = ("key", "party", "file", "watch") if draft.answer_by is None else ("key", "party", "file")
    return {name: value for name, value in values.items() if name not in kept} | {"template": sent.get("template")}


def _values(draft: Draft, options: Options) -> dict[str, Any]:
    """The form as it begins."""
    return {
        "key": str(uuid.uuid4()),
        "template": str(draft.template or ""),
        "kind": draft.kind.value,
        "title": draft.title,
        "subject": draft.subject,
        "body": draft.body,
        "answer_by": draft.answer_by or "",
        "watch": "1" if draft.answer_by else "",
        "party": [str(item.uid) for item in options.recipients if item.is_chosen],
        "file": [str(item.uid) for item in options.files if item.is_chosen],
    }


def _typed(sent: MultiDict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = dict(sent.items())
    return values | {"party": sent.getlist("party"), "file": sent.getlist("file")}


def _show(
    options: Options,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    preview: tuple[str, str] | None = None,
) -> str:
    asked = placeholders.used(f"{values.get('subject', '')}\n{values.get('body', '')}")
    watches = values.get("kind") == LetterKind.COMPLETION or bool(values.get("answer_by"))
    return context.page(
        "correspondence/write.html",
        options=options,
        values=values,
        errors=errors,
        preview=preview,
        chosen=_chosen(options, values) if preview else (),
        kinds=LETTER_KIND_LABELS,
        asks_answer=Placeholder.ANSWER_BY in asked or watches or "answer_by" in errors,
        asks_appeal=Placeholder.APPEAL in asked or bool(values.get("appeal")) or "appeal" in errors,
        asks_consent=bool(options.marks) or any(item.is_marked for item in options.files),
        asks_protected=any(item.is_protected for item in options.recipients) or "confirm_protected" in errors,
        mail_is_configured=context.diarium().settings.mail.is_configured,
    )


def _chosen(options: Options, values: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """What the preview says besides the text."""
    parties = [f"{item.name} <{item.address}>" for item in options.recipients if str(item.uid) in values["party"]]
    others = [line.strip() for line in str(values.get("others", "")).splitlines() if line.strip()]
    files = [item.file_name for item in options.files if str(item.uid) in values["file"]]
    return (
        (_("Från"), f"{options.authority_name} <{options.sender}>"),
        (_("Till"), "; ".join([*parties, *others])),
        (_("Bilagor"), "; ".join(files)),
    )
