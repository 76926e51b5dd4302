"""Letter templates of an authority: listed, added, changed, retired by whoever corrects or administers there."""

from __future__ import annotations

import tomllib
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.audit import service as audit
from diarium.correspondence import placeholders
from diarium.correspondence.errors import InvalidLetter, TemplateConflict, TemplateNotFound
from diarium.correspondence.models import MAX_BODY, MAX_SUBJECT, LetterTemplate
from diarium.correspondence.vocabulary import LetterKind
from diarium.db.base import now
from diarium.db.swedish import sort_key
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup, rules
from diarium.register.models import Authority

MANAGERS = (Permission.CORRECT, Permission.ADMINISTER)
_SHIPPED = Path(__file__).parent / "data" / "letters.toml"


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """What a template is to say. `kind`: a value of `LetterKind`."""

    kind: str
    name: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template as lists and forms show it."""

    uid: uuid.UUID
    authority_code: str
    authority_name: str
    kind: LetterKind
    name: str
    subject: str
    body: str
    is_active: bool
    version: int


def may_manage(actor: Actor, authority_code: str) -> bool:
    """Whether the actor keeps the templates of the authority."""
    return any(actor.may(permission, authority_code) for permission in MANAGERS)


def authorities(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """(code, name) of the authorities whose templates the actor keeps."""
    codes = {code for permission in MANAGERS for code in actor.authorities(permission)}
    rows = session.execute(select(Authority.code, Authority.name).where(Authority.code.in_(codes)))
    return tuple(sorted(((code, name) for code, name in rows), key=lambda row: sort_key(row[1])))


def listing(session: Session, actor: Actor) -> tuple[TemplateRow, ...]:
    """All templates that the actor keeps, also retired ones, in Swedish order within their authority."""
    codes = [code for code, _name in authorities(session, actor)]
    query = select(LetterTemplate).join(LetterTemplate.authority).where(Authority.code.in_(codes))
    found = [_row(template) for template in session.scalars(query.options(selectinload(LetterTemplate.authority)))]
    return tuple(
        sorted(found, key=lambda row: (sort_key(row.authority_name), not row.is_active, sort_key(row.name)))
    )


def usable(session: Session, authority: Authority) -> tuple[TemplateRow, ...]:
    """The templates that letters of the authority can be written from, in Swedish order."""
    query = select(LetterTemplate).where(LetterTemplate.authority_id == authority.id, LetterTemplate.is_active)
    found = [_row(template) for template in session.scalars(query)]
    return tuple(sorted(found, key=lambda row: sort_key(row.name)))


def details(session: Session, actor: Actor, uid: uuid.UUID) -> TemplateRow:
    """One template that the actor keeps. Raises: TemplateNotFound."""
    return _row(_find(session, actor, uid))


def create(session: Session, actor: Actor, authority_code: str, facts: TemplateFacts) -> TemplateRow:
    """Adds a template. Raises: NotAllowed; InvalidFact; InvalidLetter with the field's name."""
    authority = lookup.authority(session, authority_code)
    _require(actor, authority.code)
    values = _checked(facts)
    _lock(session, authority)
    _check_name_is_free(session, authority, str(values["name"]), None)
    template = LetterTemplate(authority=authority, changed_by_name=actor.name, **values)
    session.add(template)
    _note(session, actor, template, "created", None, values)
    return _row(template)


def change(session: Session, actor: Actor, uid: uuid.UUID, facts: TemplateFacts, *, version: int) -> TemplateRow:
    """Changes a template that the actor saw in `version`.

    Raises: TemplateNotFound; InvalidLetter with the field's name; TemplateConflict if it was changed meanwhile.
    """
    template = _find(session, actor, uid)
    values = _checked(facts)
    _lock(session, template.authority)
    session.refresh(template, with_for_update=True)
    _check_version(template, version)
    _check_name_is_free(session, template.authority, str(values["name"]), template)
    before = {name: getattr(template, name) for name, value in values.items() if getattr(template, name) != value}
    if before:
        for name in before:
            setattr(template, name, values[name])
        _touch(template, actor)
        _note(session, actor, template, "changed", before, {name: values[name] for name in before})
    return _row(template)


def set_active(session: Session, actor: Actor, uid: uuid.UUID, *, active: bool, version: int) -> TemplateRow:
    """Retires a template, so that no new letter is written from it, or takes it into use again.

    Raises: TemplateNotFound; TemplateConflict if it was changed meanwhile.
    """
    template = _find(session, actor, uid)
    session.refresh(template, with_for_update=True)
    _check_version(template, version)
    if template.is_active != active:
        template.is_active = active
        _touch(template, actor)
        verb = "restored" if active else "retired"
        _note(session, actor, template, verb, {"is_active": not active}, {"is_active": active})
    return _row(template)


def add_shipped(session: Session, actor: Actor, authority_code: str) -> int:
    """Gives the authority the shipped letters that it has not been given before; how many were added.

    One whose name is taken by a letter of the authority's own is left out. Raises: NotAllowed; InvalidFact.
    """
    authority = lookup.authority(session, authority_code)
    _require(actor, authority.code)
    _lock(session, authority)
    rows = session.execute(
        select(LetterTemplate.shipped_key, LetterTemplate.name).where(LetterTemplate.authority_id == authority.id)
    ).all()
    taken = {key for key, _name in rows} | {sort_key(name) for _key, name in rows}
    added = 0
    for key, facts in shipped():
        if key in taken or sort_key(facts.name) in taken:
            continue
        values = _checked(facts)
        template = LetterTemplate(authority=authority, shipped_key=key, changed_by_name=actor.name, **values)
        session.add(template)
        _note(session, actor, template, "created", None, values)
        added += 1
    return added


@cache
def shipped() -> tuple[tuple[str, TemplateFacts], ...]:
    """The letters that an authority starts with, by their keys."""
    letters = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["letter"]
    names = ("kind", "name", "subject", "body")
    return tuple((item["key"], TemplateFacts(**{name: item[name] for name in names})) for item in letters)


def _checked(facts: TemplateFacts) -> dict[str, object]:
    if facts.kind not in list(LetterKind):
        raise InvalidLetter(_("Välj vad brevet är för något."), field="kind")
    name = rules.short_text(facts.name, 120, "name")
    if name is None:
        raise InvalidLetter(_("Ge mallen ett namn."), field="name")
    return {
        "kind": LetterKind(facts.kind),
        "name": name,
        "subject": checked_subject(facts.subject),
        "body": checked_body(facts.body),
    }


def checked_subject(text: str) -> str:
    """The subject in one line. Raises: InvalidLetter, InvalidFact at `subject`."""
    subject = rules.short_text(text, MAX_SUBJECT, "subject")
    if subject is None:
        raise InvalidLetter(_("Skriv en ämnesrad."), field="subject")
    placeholders.check(subject, "subject")
    return subject


def checked_body(text: str) -> str:
    """The text of a letter. Raises: InvalidLetter at `body`."""
    body = rules.clean_text(text)
    if not body:
        raise InvalidLetter(_("Skriv brevets text."), field="body")
    if len(body) > MAX_BODY:
        raise InvalidLetter(
            _("Texten är %(length)s tecken lång. Korta den till högst %(most)s, eller bifoga en fil.",
              length=len(body), most=MAX_BODY),
            field="body",
        )  # fmt: skip
    placeholders.check(body, "body")
    return body


def _find(session: Session, actor: Actor, uid: uuid.UUID) -> LetterTemplate:
    template = session.scalar(select(LetterTemplate).where(LetterTemplate.uid == uid))
    if template is None or not may_manage(actor, template.authority.code):
        raise TemplateNotFound(_("Brevmallen finns inte."))
    return template


def _require(actor: Actor, authority_code: str) -> None:
    if not may_manage(actor, authority_code):
        raise NotAllowed(_("Du har inte behörighet att göra detta vid %(code)s.", code=authority_code))


def _lock(session: Session, authority: Authority) -> None:
    """Names are compared within the authority: two who add the same one at once queue."""
    session.flush()
    session.refresh(authority, with_for_update={"key_share": True})


def _check_name_is_free(session: Session, authority: Authority, name: str, own: LetterTemplate | None) -> None:
    query = select(LetterTemplate.id, LetterTemplate.name).where(LetterTemplate.authority_id == authority.id)
    others = {sort_key(other) for row, other in session.execute(query) if own is None or row != own.id}
    if sort_key(name) in others:
        raise InvalidLetter(
            _("%(owner)s har redan en mall som heter ”%(name)s”. Välj ett annat namn.",
              owner=authority.name, name=name),
            field="name",
        )  # fmt: skip


def _check_version(template: LetterTemplate, version: int) -> None:
    if template.version != version:
        raise TemplateConflict(
            _("Någon annan har ändrat mallen sedan du öppnade sidan. Läs igenom och ändra igen.")
        )


def _touch(template: LetterTemplate, actor: Actor) -> None:
    template.version += 1
    template.changed_at, template.changed_by_name = now(), actor.name


def _note(
    session: Session,
    actor: Actor,
    template: LetterTemplate,
    verb: str,
    before: dict[str, object] | None,
    after: dict[str, object],
) -> None:
    session.flush()
    about = audit.Subject("letter_template", template.uid, template.name, template.authority.code)
    audit.write(session, actor, f"letter_template.{verb}", about, before=before, after=after)


def _row(template: LetterTemplate) -> TemplateRow:
    return TemplateRow(
        uid=template.uid,
        authority_code=template.authority.code,
        authority_name=template.authority.name,
        kind=template.kind,
        name=template.name,
        subject=template.subject,
        body=template.body,
        is_active=template.is_active,
        version=template.version,
    )
