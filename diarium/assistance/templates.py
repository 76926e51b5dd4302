"""Registration templates: matters that come again and again are registered with one choice."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from diarium.assistance import copying, template_values
from diarium.assistance.errors import InvalidTemplate, TemplateConflict, TemplateNotFound
from diarium.assistance.models import RegistrationTemplate
from diarium.audit import service as audit
from diarium.db.swedish import sort_key
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup, rules
from diarium.register.models import Authority
from diarium.register.vocabulary import PartyKind

NAME_LENGTH = 120
_SHIPPED = Path(__file__).parent / "data" / "templates.toml"


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template as lists and pickers show it."""

    uid: uuid.UUID
    name: str
    authority_code: str
    authority_name: str
    is_active: bool
    version: int
    values: dict[str, str]


def usable(session: Session, actor: Actor) -> tuple[TemplateRow, ...]:
    """The templates that the actor may register with, by authority and name."""
    return _rows(session, actor.authorities(Permission.REGISTER), only_active=True)


def manageable(session: Session, actor: Actor) -> tuple[TemplateRow, ...]:
    """The templates that the actor may change, the retired ones too."""
    return _rows(session, actor.authorities(Permission.CORRECT), only_active=False)


def details(session: Session, actor: Actor, uid: uuid.UUID) -> TemplateRow:
    """A template to be changed. Raises: TemplateNotFound; NotAllowed."""
    found = _template(session, actor, uid)
    actor.require(Permission.CORRECT, found.authority.code)
    return _row(found)


def values_of(session: Session, actor: Actor, uid: uuid.UUID) -> dict[str, str]:
    """What the registration form is filled with. Raises: TemplateNotFound, also for a retired one."""
    found = _template(session, actor, uid)
    if not found.is_active:
        raise TemplateNotFound(_("Mallen används inte längre."))
    return {"case_choice": "new", **_plain(found.form), "authority": found.authority.code}


def values_from_record(session: Session, actor: Actor, record_uid: uuid.UUID) -> dict[str, str]:
    """What a template may take over from a record. Templates are seen by all who register at the authority, so of
    what is marked or about a protected person no text is taken over, and of private persons nothing.

    Looking at what is marked is noted, so the session is one of a unit of work. Raises: RecordNotFound.
    """
    values = copying.values_of_record(session, actor, record_uid)
    record = lookup.record_by_uid(session, actor, record_uid)
    left_out: set[str] = {"note"}
    if copying.is_sensitive(record):
        left_out |= {"title", "case_title", *template_values.PARTY_TEXTS}
    if values.get("party-0-kind") == PartyKind.PERSON or "party-0-name" not in values:
        left_out |= set(template_values.PARTY_TEXTS)
    kept = {name: text for name, text in values.items() if name in template_values.FIELDS and name not in left_out}
    return {**kept, "authority": values["authority"]}


def create(
    session: Session, actor: Actor, authority_code: str, name: str, values: Mapping[str, str]
) -> RegistrationTemplate:
    """Adds a template for those who register at the authority.

    Raises: NotAllowed; InvalidTemplate at the field, also for a name that is taken.
    """
    owner = lookup.authority(session, authority_code)
    actor.require(Permission.CORRECT, owner.code)
    _queue(session, owner)
    name = _free_name(session, owner, name)
    form = template_values.checked(session, owner, values)
    template = RegistrationTemplate(authority=owner, name=name, name_key=sort_key(name), form=form)
    session.add(template)
    session.flush()
    _note(session, actor, template, "template.created", after={"name": name, **form})
    return template


def change(
    session: Session, actor: Actor, uid: uuid.UUID, name: str, values: Mapping[str, str], *, version: int
) -> RegistrationTemplate:
    """Replaces name and values of a template that the actor saw in `version`.

    Raises: TemplateNotFound; NotAllowed; InvalidTemplate; TemplateConflict if somebody changed it meanwhile.
    """
    template = _locked(session, actor, uid, version)
    name = _free_name(session, template.authority, name, besides=template)
    form: dict[str, Any] = dict(template_values.checked(session, template.authority, values))
    old, new = {"name": template.name, **template.form}, {"name": name, **form}
    changed = [field for field in {**old, **new} if old.get(field) != new.get(field)]
    if changed:
        template.name, template.name_key, template.form = name, sort_key(name), form
        template.version += 1
        before, after = ({field: side.get(field) for field in changed} for side in (old, new))
        _note(session, actor, template, "template.changed", before=before, after=after)
    return template


def retire(session: Session, actor: Actor, uid: uuid.UUID, *, version: int) -> None:
    """Takes a template out of use. Raises: TemplateNotFound; NotAllowed; TemplateConflict."""
    _set_active(session, actor, uid, version, active=False)


def bring_back(session: Session, actor: Actor, uid: uuid.UUID, *, version: int) -> None:
    """Takes a retired template into use again.

    Raises: TemplateNotFound; NotAllowed; TemplateConflict; InvalidTemplate if its name is taken meanwhile.
    """
    _set_active(session, actor, uid, version, active=True)


def add_shipped(session: Session, actor: Actor, authority_code: str) -> int:
    """Adds the templates that come with diarium and that the authority does not have, by name; returns how many.

    A class that is not in force is left out of the template. Raises: NotAllowed; InvalidFact.
    """
    owner = lookup.authority(session, authority_code)
    actor.require(Permission.CORRECT, owner.code)
    _queue(session, owner)
    there = set(session.scalars(select(RegistrationTemplate.name_key).where(_belongs_to(owner))))
    added = 0
    for name, values in _shipped():
        if sort_key(name) in there:
            continue
        try:
            template_values.checked(session, owner, values)
        except InvalidTemplate as error:
            values = {field: text for field, text in values.items() if field != error.field}
        create(session, actor, owner.code, name, values)
        added += 1
    return added


@cache
def _shipped() -> tuple[tuple[str, dict[str, str]], ...]:
    rows = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["template"]
    return tuple((row["name"], {key: text for key, text in row.items() if key != "name"}) for row in rows)


def _rows(session: Session, codes: frozenset[str], *, only_active: bool) -> tuple[TemplateRow, ...]:
    query: Select[RegistrationTemplate] = (
        select(RegistrationTemplate)
        .join(RegistrationTemplate.authority)
        .where(Authority.code.in_(codes))
        .order_by(Authority.name, RegistrationTemplate.name_key, RegistrationTemplate.id)
    )
    if only_active:
        query = query.where(RegistrationTemplate.is_active)
    return tuple(_row(row) for row in session.scalars(query))


def _row(template: RegistrationTemplate) -> TemplateRow:
    return TemplateRow(
        uid=template.uid,
        name=template.name,
        authority_code=template.authority.code,
        authority_name=template.authority.name,
        is_active=template.is_active,
        version=template.version,
        values=_plain(template.form),
    )


def _template(session: Session, actor: Actor, uid: uuid.UUID) -> RegistrationTemplate:
    found = session.scalar(select(RegistrationTemplate).where(RegistrationTemplate.uid == uid))
    if found is None or not actor.may(Permission.REGISTER, found.authority.code):
        raise TemplateNotFound(_("Mallen finns inte."))
    return found


def _locked(session: Session, actor: Actor, uid: uuid.UUID, version: int) -> RegistrationTemplate:
    template = _template(session, actor, uid)
    actor.require(Permission.CORRECT, template.authority.code)
    _queue(session, template.authority)
    session.refresh(template, with_for_update={"of": RegistrationTemplate})
    if template.version != version:
        raise TemplateConflict(
            _("Någon annan har ändrat mallen sedan du öppnade sidan. Läs igenom och ändra igen.")
        )
    return template


def _set_active(session: Session, actor: Actor, uid: uuid.UUID, version: int, *, active: bool) -> None:
    template = _locked(session, actor, uid, version)
    if template.is_active == active:
        return
    if active:
        _free_name(session, template.authority, template.name, besides=template)
    template.is_active = active
    template.version += 1
    action = "template.brought_back" if active else "template.retired"
    _note(session, actor, template, action, before={"is_active": not active}, after={"is_active": active})


def _queue(session: Session, owner: Authority) -> None:
    """Two who give the same name at once come one after the other."""
    session.refresh(owner, with_for_update={"key_share": True})  # registering refers to the authority meanwhile


def _free_name(
    session: Session, owner: Authority, name: str, *, besides: RegistrationTemplate | None = None
) -> str:
    text = rules.short_text(name, NAME_LENGTH, "name")
    if text is None:
        raise InvalidTemplate(_("Skriv vad mallen ska heta."), field="name")
    taken = select(RegistrationTemplate.id).where(
        _belongs_to(owner), RegistrationTemplate.is_active, RegistrationTemplate.name_key == sort_key(text)
    )
    if besides is not None:
        taken = taken.where(RegistrationTemplate.id != besides.id)
    if session.scalar(taken.limit(1)) is not None:
        raise InvalidTemplate(_("Det finns redan en mall som heter ”%(name)s”.", name=text), field="name")
    return text


def _belongs_to(owner: Authority) -> ColumnElement[bool]:
    return RegistrationTemplate.authority_id == owner.id


def _note(
    session: Session,
    actor: Actor,
    template: RegistrationTemplate,
    action: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    subject = audit.Subject("template", template.uid, template.name, template.authority.code)
    audit.write(session, actor, action, subject, before=before, after=after)


def _plain(form: Mapping[str, object]) -> dict[str, str]:
    return {field: str(text) for field, text in form.items()}
