"""Retention rules (*bevarande- och gallringsregler*): what is kept, for how long, decided by what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.classification import authorising, queries, rows, versions
from diarium.classification.errors import InvalidScheme, UnknownClass
from diarium.classification.models import Classification, ClassificationScheme, RetentionRule
from diarium.classification.rows import RetentionFacts
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.permissions import Actor


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in a list, with the classes in force that it is the rule of, by code."""

    uid: uuid.UUID
    text: str
    basis: str
    classes: tuple[str, ...]


def rules(session: Session) -> tuple[RuleRow, ...]:
    """All rules, what is kept for ever first. Constant number of queries."""
    present = queries.scheme_on(session, today())
    users: dict[int | None, list[str]] = {}
    if present is not None:
        used = session.execute(
            select(Classification.retention_rule_id, Classification.code)
            .where(Classification.scheme_id == present.id, Classification.retention_rule_id.is_not(None))
            .order_by(Classification.sort_key)
        )
        for rule_id, code in used:
            users.setdefault(rule_id, []).append(code)
    found = session.scalars(
        select(RetentionRule).order_by(
            RetentionRule.retention.desc(), RetentionRule.years, RetentionRule.event, RetentionRule.id
        )
    )
    return tuple(RuleRow(item.uid, in_words(item), item.basis, tuple(users.get(item.id, ()))) for item in found)


def options(session: Session) -> list[tuple[str, str]]:
    """(identifier, rule and what it stands on) of every rule."""
    return [(str(row.uid), f"{row.text} ({row.basis})" if row.basis else row.text) for row in rules(session)]


def add_rule(session: Session, actor: Actor, cells: Mapping[str, str]) -> RetentionRule:
    """Adds a rule; `cells` are the columns `retention` to `retention_basis` of a scheme's table.

    Raises: NotAllowed; InvalidText and InvalidScheme with the field's name.
    """
    identity.require_administrator(actor)
    rule = RetentionRule()
    _write(session, rule, cells)
    session.add(rule)
    session.flush()
    audit.write(session, actor, "retention_rule.added", subject(rule), after=facts_of(rule))
    return rule


def change_rule(
    session: Session, actor: Actor, uid: uuid.UUID, cells: Mapping[str, str], *, seen: str, reason: str
) -> RetentionRule:
    """Changes a rule for all classes that have it, in every version of the scheme.

    Raises: NotAllowed; NeedsEveryAuthority; UnknownClass; InvalidText and InvalidScheme with the field's name;
    Stale.
    """
    authorising.require_all(session, actor, "retention")
    rule = rule_by_uid(session, uid)
    session.refresh(rule, with_for_update=True)
    before = facts_of(rule)
    revision.require_seen(before, seen)
    missing = _("Skriv vad som har beslutats; skälet syns i ändringsloggen.")
    why = texts.required_line(reason, 1000, "reason", missing)
    _write(session, rule, cells)
    revision.note(session, actor, "retention_rule.changed", subject(rule), before, facts_of(rule), why)
    return rule


def classes_with(session: Session, rule: RetentionRule) -> tuple[tuple[str, str], ...]:
    """("code title", version) of every class that has the rule, whatever version it belongs to."""
    rows_ = session.execute(
        select(Classification.code, Classification.title, ClassificationScheme.version)
        .join(ClassificationScheme)
        .where(Classification.retention_rule_id == rule.id)
        .order_by(ClassificationScheme.valid_from.desc(), Classification.sort_key)
    )
    return tuple((f"{code} {title}", version) for code, title, version in rows_)


def rule_by_uid(session: Session, uid: uuid.UUID) -> RetentionRule:
    """The rule with `uid`. Raises: UnknownClass."""
    found = session.scalar(select(RetentionRule).where(RetentionRule.uid == uid))
    if found is None:
        raise UnknownClass(_("Regeln finns inte."))
    return found


def facts_of(rule: RetentionRule) -> dict[str, object]:
    """What `change_rule` changes, as pages show and events keep it."""
    return {
        "retention": rule.retention,
        "retention_years": rule.years,
        "retention_event": rule.event,
        "retention_basis": rule.basis,
    }


def in_words(rule: RetentionRule) -> str:
    """The rule as staff read it, without what it stands on."""
    return queries.retention_in_words(RetentionFacts(rule.retention, rule.years, rule.event))


def subject(rule: RetentionRule) -> audit.Subject:
    """The rule as audit events name it."""
    return audit.Subject("retention_rule", rule.uid, in_words(rule)[:300])


def _write(session: Session, rule: RetentionRule, cells: Mapping[str, str]) -> None:
    facts = rows.retention_of(cells, must_name_basis=True)
    if facts is None:
        raise InvalidScheme(_("Välj om handlingarna bevaras eller gallras."), field="retention")
    same = versions.known_rules(session).get(facts)
    if same is not None and same is not rule:
        raise InvalidScheme(_("En regel som säger just detta finns redan."), field="retention")
    rule.retention, rule.years, rule.event, rule.basis = (
        facts.retention,
        facts.years,
        facts.event,
        facts.basis,
    )
