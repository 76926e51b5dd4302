"""The party register in the browser: find, add, change, retire, merge what is there twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.contacts import queries, service
from diarium.contacts.errors import ContactConflict, ContactExists
from diarium.contacts.queries import ContactRow
from diarium.contacts.service import ContactFacts
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register.queries import registration_choices
from diarium.register.vocabulary import PARTY_KIND_LABELS, PartyKind
from diarium.register.work_views import SeenEvent
from diarium.web import context, correcting
from diarium.web.arguments import whole_number
from diarium.web.history import told
from diarium.web.tables import Row

blueprint = Blueprint("contacts", __name__, url_prefix="/intern")
_TEXTS = (
    "name",
    "identity_number",
    "organisation",
    "address",
    "postal_code",
    "city",
    "country",
    "email",
    "phone",
    "note",
)
_MOST_VERSIONS = 2**31 - 1


@blueprint.get("/kontakter")
@context.staff(Permission.REGISTER)
def listing() -> ResponseReturnValue:
    """The contacts of the authorities where the actor registers, by name, and those that fit a search."""
    who, args = context.actor(), request.args
    text, authority = args.get("q", "")[:200], args.get("authority") or None
    retired = args.get("retired") == "1"
    with context.diarium().database.reading() as session:
        found = queries.page(
            session, who, text=text, authority=authority, retired=retired, cursor=args.get("after")
        )
        authorities = registration_choices(session, who).authorities
    kept = {key: args[key] for key in ("q", "authority", "retired") if args.get(key)}
    following = f"{url_for('contacts.listing')}?{urlencode({**kept, 'after': found.next_cursor})}"
    return context.page(
        "contacts/listing.html",
        rows=_table_rows(found.rows),
        wanted=args,
        authorities=authorities,
        following=following if found.next_cursor else None,
    )


@blueprint.route("/kontakter/ny", methods=["GET", "POST"])
@context.staff(Permission.REGISTER)
def add() -> ResponseReturnValue:
    """Adds a contact. What seems to be there already is told of once."""
    who, values = context.actor(), request.form.to_dict()
    errors: dict[str, str] = {}
    exists = False
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                added = service.add(
                    session,
                    who,
                    values.get("authority", ""),
                    _facts(values),
                    despite_similar=values.get("despite_similar") == "1",
                )
                uid = added.uid
            flash(_("Kontakten är tillagd."), "success")
            return redirect(url_for("contacts.details", uid=uid))
        except NotAllowed:
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
            exists = isinstance(error, ContactExists)
    with context.diarium().database.reading() as session:
        authorities = registration_choices(session, who).authorities
    html = context.page(
        "contacts/add.html",
        values=values or {"kind": PartyKind.ORGANISATION.value, "authority": request.args.get("authority", "")},
        errors=errors,
        exists=exists,
        authorities=authorities,
        kinds=PARTY_KIND_LABELS,
    )
    return html, 422 if errors else 200


@blueprint.get("/kontakt/<uuid:uid>")
@context.staff(Permission.REGISTER)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """A contact with what it was before."""
    return _show(uid)


@blueprint.route("/kontakt/<uuid:uid>/andra", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def change(uid: uuid.UUID) -> ResponseReturnValue:
    """Changes a contact; what it was stays in its history. A change of somebody else is shown beside one's own."""
    who, database = context.actor(), context.diarium().database
    row = _changeable(uid)
    values, errors = _values(row), dict[str, str]()
    conflict: list[tuple[str, str]] = []
    if request.method == "POST":
        values |= request.form.to_dict()
        try:
            with database.unit_of_work() as session:
                version = correcting.version_of(request.form)
                service.change(session, who, uid, _facts(values), version=version)
            flash(_("Kontakten är ändrad. Det gamla värdet finns kvar i historiken."), "success")
            return redirect(url_for("contacts.details", uid=uid))
        except (NotAllowed, NotFound):
            raise
        except ContactConflict as error:
            errors = {"": error.message}
            row = _changeable(uid)
            conflict = correcting.differences(_named(_values(row)), _named(values), _LABELS)
            values["version"] = str(row.version)
        except DomainError as error:
            errors = {error.field or "": error.message}
    html = context.page(
        "contacts/change.html", row=row, values=values, errors=errors, conflict=conflict, kinds=PARTY_KIND_LABELS
    )
    return html, 422 if errors else 200


@blueprint.post("/kontakt/<uuid:uid>/<step>")
@context.staff(Permission.CORRECT)
def take_step(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """Takes a contact out of use or into use again, or empties it for protected identity."""
    if step not in _STEPS:
        raise NotFound(_("Sidan finns inte."))
    act, message = _STEPS[step]
    try:
        with context.diarium().database.unit_of_work() as session:
            act(session, context.actor(), uid, correcting.version_of(request.form))
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {"": error.message}), 422
    flash(str(message()), "success")
    return redirect(url_for("contacts.details", uid=uid))


@blueprint.get("/kontakter/dubbletter")
@context.staff(Permission.CORRECT)
def duplicates() -> ResponseReturnValue:
    """Contacts of one authority that are perhaps the same."""
    return _show_duplicates(request.args.get("authority"))


@blueprint.post("/kontakter/dubbletter")
@context.staff(Permission.CORRECT)
def merge() -> ResponseReturnValue:
    """Makes two contacts one: the chosen one stays."""
    form = request.form
    try:
        keep, other = _pair(form)
        with context.diarium().database.unit_of_work() as session:
            service.merge(session, context.actor(), keep[0], other[0], version=keep[1], other_version=other[1])
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show_duplicates(form.get("authority"), {"": error.message}), 422
    flash(_("Kontakterna är sammanslagna. Båda finns kvar i historiken."), "success")
    return redirect(url_for("contacts.duplicates", authority=form.get("authority", "")))


def _show(uid: uuid.UUID, errors: dict[str, str] | None = None) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        row = queries.details(session, who, uid)
        events = queries.history(session, who, uid)
    return context.page(
        "contacts/details.html",
        row=row,
        may_change=who.may(Permission.CORRECT, row.authority_code),
        events=[told(SeenEvent(event, shows_texts=True, shows_parties=True)) for event in events],
        kinds=PARTY_KIND_LABELS,
        errors=errors or {},
    )


def _show_duplicates(authority: str | None, errors: dict[str, str] | None = None) -> str:
    who = context.actor()
    codes = who.authorities(Permission.CORRECT)
    with context.diarium().database.reading() as session:
        authorities = [pair for pair in registration_choices(session, who).authorities if pair[0] in codes]
        offered = [code for code, _name in authorities]
        chosen = next((code for code in offered if code == authority), offered[0] if offered else None)
        groups = queries.duplicates(session, who, chosen) if chosen else ()
    return context.page(
        "contacts/duplicates.html",
        groups=groups,
        authorities=authorities,
        chosen=chosen,
        kinds=PARTY_KIND_LABELS,
        errors=errors or {},
    )


def _changeable(uid: uuid.UUID) -> ContactRow:
    who = context.actor()
    with context.diarium().database.reading() as session:
        row = queries.details(session, who, uid)
    who.require(Permission.CORRECT, row.authority_code)
    return row


def _facts(values: Mapping[str, str]) -> ContactFacts:
    texts = {name: values.get(name, "") for name in _TEXTS}
    kind = values.get("kind", "")
    return ContactFacts(
        **texts,
        kind=PartyKind(kind) if kind in list(PartyKind) else PartyKind.ORGANISATION,
        is_protected=values.get("is_protected") == "1",
    )


def _values(row: ContactRow) -> dict[str, str]:
    values = {name: getattr(row, name) or "" for name in _TEXTS}
    return {**values, "kind": row.kind.value, "version": str(row.version)}


def _named(values: Mapping[str, str]) -> dict[str, str]:
    """The values by the names of the history, where "note" is a case's."""
    return {"contact_note" if name == "note" else name: value for name, value in values.items()}


_LABELS: Mapping[str, Mapping[str, str]] = {
    "kind": {kind.value: label for kind, label in PARTY_KIND_LABELS.items()}
}


def _pair(form: Mapping[str, str]) -> tuple[tuple[uuid.UUID, int], tuple[uuid.UUID, int]]:
    """The contact that stays and the one that becomes it, with the versions that were seen."""
    return _seen(form.get("keep", "")), _seen(form.get("other", ""))


def _seen(text: str) -> tuple[uuid.UUID, int]:
    written, _colon, version = text.partition(":")
    try:
        uid = uuid.UUID(written)
    except ValueError:
        raise DomainError(
            _("Välj vilken kontakt som ska vara kvar och vilken som ska slås ihop med den.")
        ) from None
    return uid, whole_number(version, 0, _MOST_VERSIONS)


def _table_rows(rows: tuple[ContactRow, ...]) -> list[Row]:
    return [
        {
            "cells": [
                {
                    "text": row.name,
                    "href": url_for("contacts.details", uid=row.uid),
                    "note": row.organisation or "",
                },
                str(PARTY_KIND_LABELS[row.kind]),
                row.identity_number or "",
                " · ".join(part for part in (row.email, row.phone) if part),
                " ".join(part for part in (row.postal_code, row.city) if part),
                row.authority_code,
            ]
        }
        for row in rows
    ]


_Step = Callable[[Session, Actor, uuid.UUID, int], None]
_STEPS: Mapping[str, tuple[_Step, Callable[[], str]]] = {
    "ur-bruk": (
        lambda session, actor, uid, version: service.retire(session, actor, uid, version=version),
        lambda: _("Kontakten är tagen ur bruk och föreslås inte längre."),
    ),
    "i-bruk": (
        lambda session, actor, uid, version: service.bring_back(session, actor, uid, version=version),
        lambda: _("Kontakten är i bruk igen."),
    ),
    "skydda": (
        lambda session, actor, uid, version: service.protect(session, actor, uid, version=version),
        lambda: _("Kontaktens uppgifter är borttagna ur kontaktregistret."),
    ),
}
