"""The certificate (*gallringsbevis*): what was disposed of, by which decision, by whom, when and how."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.disposal import views
from diarium.disposal.errors import DisposalConflict
from diarium.disposal.models import (
    DEPTH_TEXTS,
    GROUND_LABELS,
    DisposalItem,
    DisposalProposal,
    ItemState,
)
from diarium.disposal.views import Totals
from diarium.i18n import gettext as _
from diarium.i18n import show_size
from diarium.register.models import DEPTH_LABELS


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many cases were disposed of by a rule; `basis`: what the rule stands on."""

    rule: str
    basis: str
    cases: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """All that a certificate says. `facts`: (term, value) as they are shown on the page and on paper."""

    number: str
    authority: str
    finished_at: dt.datetime
    facts: tuple[tuple[str, str], ...]
    methods: tuple[str, ...]
    rules: tuple[RuleCount, ...]
    cases: tuple[DisposalItem, ...]
    left_out: tuple[DisposalItem, ...]


def certificate_of(session: Session, proposal: DisposalProposal) -> Certificate:
    """The certificate of a proposal that is carried out. Raises: DisposalConflict until then."""
    if proposal.finished_at is None or proposal.decided_on is None:
        raise DisposalConflict(_("Beviset finns när gallringen är genomförd."))
    cases = views.disposed_numbers(session, proposal)
    held = views.totals(session, proposal, ItemState.DISPOSED)
    return Certificate(
        number=proposal.number_text,
        authority=proposal.authority.name,
        finished_at=proposal.finished_at,
        facts=tuple(_facts(proposal, held)),
        methods=tuple(_methods(proposal, held)),
        rules=_by_rule(cases),
        cases=tuple(cases),
        left_out=tuple(views.left_out(session, proposal)),
    )


def _facts(proposal: DisposalProposal, held: Totals) -> list[tuple[str, str]]:
    decided_on = proposal.decided_on.isoformat() if proposal.decided_on else ""
    return [
        (_("Gallringsbeslut"), proposal.decision or ""),
        (_("Beslutets datum"), decided_on),
        (_("Grund"), str(GROUND_LABELS[proposal.ground])),
        (_("Omfattning"), str(DEPTH_LABELS[proposal.depth])),
        (_("Föreslaget av"), proposal.proposed_by_name),
        (_("Beslutat av"), proposal.decided_by_name or ""),
        (_("Ärenden"), str(held.cases)),
        (_("Handlingar"), str(held.records)),
        (_("Filer"), str(held.files)),
        (_("Filernas storlek"), show_size(held.bytes)),
    ]


def _methods(proposal: DisposalProposal, held: Totals) -> list[str]:
    found = [str(DEPTH_TEXTS[proposal.depth])]
    found.append(
        _(
            "Innehållet i %(removed)s filer (%(size)s) togs bort ur fillagret. %(kept)s innehåll står kvar, "
            "eftersom något annat använder samma fil.",
            removed=proposal.contents_removed,
            size=show_size(proposal.bytes_removed),
            kept=proposal.contents_kept,
        )
    )
    found.append(
        _(
            "I händelseloggen ströks värdena i %(count)s händelser. Vem, när och vilken sorts händelse det "
            "var står kvar, och loggens försegling håller.",
            count=proposal.events_struck,
        )
    )
    found.append(_("Sökindex och det öppna diariet följde efter, och databasens och indexens filer skrevs om."))
    if proposal.packages_removed:
        found.append(_("%(count)s paket i uttagsmappen togs bort.", count=proposal.packages_removed))
    if held.paper:
        found.append(_("%(count)s handlingar hade original på papper. De förstörs för sig.", count=held.paper))
    found.append(_("Säkerhetskopior från tiden före gallringen upphör enligt säkerhetskopieringens plan."))
    return found


def _by_rule(cases: Sequence[DisposalItem]) -> tuple[RuleCount, ...]:
    counted = Counter((item.rule, item.basis) for item in cases)
    return tuple(RuleCount(rule, basis, count) for (rule, basis), count in sorted(counted.items()))
