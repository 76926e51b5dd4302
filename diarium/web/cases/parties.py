"""Parties of a case or record: one that was forgotten, and facts that were wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE, ValidationError

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import correction, lookup
from diarium.register.commands import PartyFacts
from diarium.register.errors import EditConflict
from diarium.register.models import Case, Record
from diarium.register.schemas import PartySchema
from diarium.register.vocabulary import PARTY_KIND_LABELS, PARTY_ROLE_LABELS, PartyKind, PartyRole
from diarium.web import context, correcting, reading
from diarium.web.cases import frame
from diarium.web.cases.frame import blueprint

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
)
_LABELS = {
    "role": {key.value: label for key, label in PARTY_ROLE_LABELS.items()},
    "kind": {key.value: label for key, label in PARTY_KIND_LABELS.items()},
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose party it is, as the page names it."""

    number: str
    url: str
    version: int


@blueprint.route("/arende/<uuid:uid>/part", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def add_to_case(uid: uuid.UUID) -> ResponseReturnValue:
    """Adds a party that was forgotten when the case was opened."""
    return _add(uid, lookup.case_by_uid)


@blueprint.route("/handling/<uuid:uid>/part", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def add_to_record(uid: uuid.UUID) -> ResponseReturnValue:
    """Adds a party that was forgotten when the record was registered."""
    return _add(uid, lookup.record_by_uid)


@blueprint.route("/part/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def correct_party(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects the facts of a party; the former ones stay in the history of its case."""
    errors: dict[str, str] = {}
    is_overtaken = False
    if request.method == "POST":
        facts, errors = _typed(request.form)
        try:
            if facts is not None:
                return _correct(uid, facts)
        except EditConflict as error:
            errors, is_overtaken = {"": error.message}, True
        except DomainError as error:
            errors = _at_fields(error)
    with context.diarium().database.reading() as session:
        facts, target = correction.party_for_correction(session, context.actor(), uid)
        owner = _owner(target)
        reading.note(target)
    present = _values(facts)
    values = _posted() if errors else present
    conflict = correcting.differences(present, values, _LABELS) if is_overtaken else []
    version = owner.version if is_overtaken or not errors else correcting.version_of(request.form)
    return _page(owner, values, version, errors, conflict, is_new=False)


def _correct(uid: uuid.UUID, facts: PartyFacts) -> ResponseReturnValue:
    version, reason = correcting.version_of(request.form), request.form.get("reason", "")
    with context.diarium().database.unit_of_work() as session:
        party = correction.correct_party(session, context.actor(), uid, facts, reason, version=version)
        target = party.case or party.record
        assert target is not None  # every party has one: the table says so
        url = _owner(target).url
    flash(_("Parten är rättad. De gamla uppgifterna finns kvar i historiken."), "success")
    return redirect(url)


def _add(uid: uuid.UUID, look: Any) -> ResponseReturnValue:
    who = context.actor()
    errors: dict[str, str] = {}
    is_overtaken = False
    if request.method == "POST":
        facts, errors = _typed(request.form)
        try:
            if facts is not None:
                with context.diarium().database.unit_of_work() as session:
                    target = look(session, who, uid)
                    reason = request.form.get("reason", "")
                    correction.add_party(session, who, target, facts, reason, version=frame.seen_version())
                    url = _owner(target).url
                flash(_("Parten är tillagd."), "success")
                return redirect(url)
        except EditConflict as error:
            errors, is_overtaken = {"": error.message}, True
        except DomainError as error:
            errors = _at_fields(error)
    with context.diarium().database.reading() as session:
        target = look(session, who, uid, Permission.CORRECT)
        owner = _owner(target)
        role = PartyRole.PARTY if isinstance(target, Case) else PartyRole.SENDER
    values = _posted() if errors else {"role": role.value, "kind": PartyKind.PERSON.value}
    version = owner.version if is_overtaken or not errors else correcting.version_of(request.form)
    return _page(owner, values, version, errors, [], is_new=True)


def _owner(target: Case | Record) -> Owner:
    if isinstance(target, Case):
        return Owner(target.number_text, url_for("cases.details", uid=target.uid), target.version)
    return Owner(target.number_text, url_for("records.details", uid=target.uid), target.version)


def _typed(form: Mapping[str, str]) -> tuple[PartyFacts | None, dict[str, str]]:
    """The facts that the form gives, or what is wrong with them."""
    given: dict[str, object] = {name: form.get(name, "").strip() or None for name in _TEXTS}
    given |= {name: form.get(name, "") for name in ("role", "kind")}
    given["is_protected"] = form.get("is_protected") == "1"
    if given["name"] is None:
        return None, {"name": _("Skriv namnet.")}
    try:
        facts: PartyFacts = PartySchema(unknown=EXCLUDE).load(given)
    except ValidationError as failure:
        return None, {name: " ".join(map(str, texts)) for name, texts in failure.messages_dict.items()}
    return facts, {}


def _at_fields(error: DomainError) -> dict[str, str]:
    found = frame.mistakes(error)
    return {"name" if field in ("sender", "party") else field: text for field, text in found.items()}


def _values(facts: PartyFacts) -> dict[str, Any]:
    values = asdict(facts)
    return values | {"role": facts.role.value, "kind": facts.kind.value}


def _posted() -> dict[str, Any]:
    return request.form.to_dict() | {"is_protected": request.form.get("is_protected") == "1"}


def _page(
    owner: Owner,
    values: Mapping[str, Any],
    version: int,
    errors: dict[str, str],
    conflict: list[tuple[str, str]],
    *,
    is_new: bool,
) -> tuple[str, int]:
    html = context.page(
        "cases/party.html",
        owner=owner,
        values=values,
        version=version,
        errors=errors,
        conflict=conflict,
        is_new=is_new,
        roles=PARTY_ROLE_LABELS,
        kinds=PARTY_KIND_LABELS,
    )
    return html, 422 if errors else 200
