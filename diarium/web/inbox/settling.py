"""What the inbox's forms ask for: items that are assigned, set aside, returned, split, merged or taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.permissions import Actor
from diarium.intake import triage
from diarium.intake.queries import MAX_SIZE
from diarium.intake.vocabulary import SetAsideReason
from diarium.register.errors import InvalidFact
from diarium.web import context
from diarium.web.arguments import whole_number

# Facts that are the same for all ticked items: what is wrong with them stops the step.
_OF_ALL = frozenset({"note", "is_secret"})
_MOST_VERSIONS = 2**31 - 1
Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class ManyDone:
    """What became of several items: what to tell of those that were done, and what was wrong with the others."""

    message: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """An item that was ticked, as it was seen."""

    uid: uuid.UUID
    version: int


def one(session: Session, who: Actor, uid: uuid.UUID, step: str, form: Form) -> str:
    """Takes a step with one item and returns what to tell. Raises: DomainError with the step's field."""
    return STEPS[step](session, who, uid, form)


def many(who: Actor, form: Form) -> ManyDone:
    """Takes a step with all ticked items. Each stands for itself: one that somebody took meanwhile stops no other.

    Raises: InvalidFact where nothing is ticked or the step's own facts are wrong.
    """
    chosen = list(_ticked(form.getlist("item")))[:MAX_SIZE]
    if not chosen:
        raise InvalidFact(_("Kryssa för minst en post i listan."), field="item")
    wanted = form.get("do", "")
    if wanted == "merge":
        return _merge_many(who, chosen)
    if wanted == "set_aside":
        reason = _reason(form)
        return _each(who, chosen, lambda session, item: _aside(session, who, item, reason, form), _told_aside)
    return _each(who, chosen, lambda session, item: _give(session, who, item, form), _told_assigned)


def _each(
    who: Actor,
    chosen: Iterable[_Chosen],
    step: Callable[[Session, _Chosen], None],
    told: Callable[[int], str],
) -> ManyDone:
    done, problems = 0, []
    for item in chosen:
        try:
            with context.diarium().database.unit_of_work() as session:
                step(session, item)
            done += 1
        except DomainError as error:
            if isinstance(error, InvalidFact) and error.field in _OF_ALL:
                raise
            problems.append(error.message)
    return ManyDone(told(done) if done else "", tuple(dict.fromkeys(problems)))


def _merge_many(who: Actor, chosen: list[_Chosen]) -> ManyDone:
    """The first in the list takes over the files of the others."""
    first, *others = chosen
    with context.diarium().database.unit_of_work() as session:
        triage.merge(session, who, first.uid, [item.uid for item in others], version=first.version)
    return ManyDone(_("Posterna är sammanslagna. Filerna ligger i den första."), ())


def _aside(session: Session, who: Actor, item: _Chosen, reason: SetAsideReason, form: Form) -> None:
    is_secret = form.get("is_secret") == "1"
    note = form.get("note", "")
    triage.set_aside(session, who, item.uid, reason, note, version=item.version, is_secret=is_secret)


def _give(session: Session, who: Actor, item: _Chosen, form: Form) -> None:
    triage.assign(session, who, item.uid, form.get("assigned_to") or None, version=item.version)


def _told_aside(count: int) -> str:
    return ngettext("%(num)s post registreras inte.", "%(num)s poster registreras inte.", count)


def _told_assigned(count: int) -> str:
    return ngettext("%(num)s post är tilldelad.", "%(num)s poster är tilldelade.", count)


def _assign(session: Session, who: Actor, uid: uuid.UUID, form: Form) -> str:
    triage.assign(session, who, uid, form.get("assigned_to") or None, version=_version(form))
    return _("Posten är tilldelad.") if form.get("assigned_to") else _("Posten är inte längre tilldelad någon.")


def _set_aside(session: Session, who: Actor, uid: uuid.UUID, form: Form) -> str:
    triage.set_aside(
        session,
        who,
        uid,
        _reason(form),
        form.get("note", ""),
        version=_version(form),
        is_secret=form.get("is_secret") == "1",
    )
    return _("Posten registreras inte. Skälet finns kvar, och posten kan tas tillbaka.")


def _return(session: Session, who: Actor, uid: uuid.UUID, form: Form) -> str:
    triage.return_item(session, who, uid, form.get("reason", ""), version=_version(form))
    return _("Posten är noterad som återsänd.")


def _split(session: Session, who: Actor, uid: uuid.UUID, form: Form) -> str:
    triage.split(session, who, uid, _uids(form.getlist("files")), version=_version(form))
    return _("De valda filerna är nu en egen post i inkorgen.")


def _merge(session: Session, who: Actor, uid: uuid.UUID, form: Form) -> str:
    triage.merge(session, who, uid, _uids(form.getlist("others")), version=_version(form))
    return _("Posterna är sammanslagna. Filerna ligger här.")


def _take_back(session: Session, who: Actor, uid: uuid.UUID, form: Form) -> str:
    triage.take_back(session, who, uid, form.get("reason", ""))
    return _("Posten ligger i inkorgen igen.")


STEPS: Mapping[str, Callable[[Session, Actor, uuid.UUID, Form], str]] = {
    "assign": _assign,
    "set_aside": _set_aside,
    "return": _return,
    "split": _split,
    "merge": _merge,
    "take_back": _take_back,
}


def _reason(form: Form) -> SetAsideReason:
    given = form.get("reason", "")
    if given not in list(SetAsideReason):
        raise InvalidFact(_("Välj varför posten inte ska registreras."), field="reason")
    return SetAsideReason(given)


def _version(form: Form) -> int:
    return whole_number(form.get("version"), 0, _MOST_VERSIONS)


def _uids(texts: Iterable[str]) -> list[uuid.UUID]:
    """The identifiers among `texts`; anything else was not on the page."""
    return [found for text in texts if (found := _uid(text)) is not None]


def _ticked(texts: Iterable[str]) -> Iterable[_Chosen]:
    for text in texts:
        identifier, _colon, version = text.partition(":")
        uid = _uid(identifier)
        if uid is not None:
            yield _Chosen(uid, whole_number(version, 0, _MOST_VERSIONS))


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
