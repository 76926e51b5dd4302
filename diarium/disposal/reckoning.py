"""When the time of a retention rule has run: counted from the end of the year in which its event happened.

"Gallras 2 år efter att ärendet avslutades" and a case that was closed on any day of 2024: what the years 2025 and
2026 are over, it may be disposed of, on 2027-01-01 at the earliest. So a whole year falls due on one day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from diarium.classification import queries
from diarium.classification.models import Retention, RetentionRule
from diarium.classification.rows import RetentionFacts
from diarium.classification.vocabulary import RetentionEvent
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import ngettext


class CountedFrom(StrEnum):
    """Which day of a case a rule is counted from."""

    CLOSING = "closing"
    NOTED_DAY = "noted_day"


COUNTED_FROM: Mapping[str | None, CountedFrom] = {
    None: CountedFrom.CLOSING,
    RetentionEvent.CASE_CLOSED: CountedFrom.CLOSING,
    RetentionEvent.FISCAL_YEAR_END: CountedFrom.CLOSING,
    RetentionEvent.CONTRACT_END: CountedFrom.NOTED_DAY,
}
"""By the rule's event; other events in words are counted from a day that somebody has noted."""
_ENDED: Mapping[str | None, str] = {
    None: _l("det år då ärendet avslutades"),
    RetentionEvent.CASE_CLOSED: _l("det år då ärendet avslutades"),
    RetentionEvent.FISCAL_YEAR_END: _l("det räkenskapsår då ärendet avslutades"),
    RetentionEvent.CONTRACT_END: _l("det år då avtalet upphörde"),
}


def counted_from(rule: RetentionRule) -> CountedFrom:
    """Which day the rule is counted from."""
    return COUNTED_FROM.get(rule.event, CountedFrom.NOTED_DAY)


def is_disposing(rule: RetentionRule) -> bool:
    """Whether what the rule is for may be disposed of some day."""
    return rule.retention is Retention.DISPOSE and rule.years is not None


def due_on(rule: RetentionRule, happened_on: dt.date | None) -> dt.date | None:
    """The first day on which it may be disposed of; nothing for what is preserved or has no day yet."""
    if not is_disposing(rule) or happened_on is None or rule.years is None:
        return None
    return dt.date(happened_on.year + rule.years + 1, 1, 1)


def cutoff(rule: RetentionRule, day: dt.date) -> dt.date:
    """What happened before this day is due on `day`."""
    return dt.date(max(1, day.year - (rule.years or 0)), 1, 1)


def in_words(rule: RetentionRule) -> str:
    """The rule as it is frozen in a proposal: "Gallras efter 2 år, när ärendet har avslutats"."""
    facts = RetentionFacts(rule.retention, rule.years, rule.event)
    return queries.retention_in_words(facts)[:300]


def explained(rule: RetentionRule, happened_on: dt.date | None) -> str:
    """How the day is reckoned, for people."""
    first = due_on(rule, happened_on)
    if not is_disposing(rule):
        return _("Bevaras.")
    ended = str(_ENDED.get(rule.event, "")) or _("det år då detta inträffade: %(event)s", event=rule.event)
    years = ngettext("%(num)d år", "%(num)d år", rule.years or 0)
    if first is None or happened_on is None:
        return _("Gallras %(years)s efter utgången av %(ended)s. Dagen är inte känd.", years=years, ended=ended)
    return _(
        "Gallras tidigast %(first)s: %(years)s efter utgången av %(ended)s (%(day)s).",
        first=first.isoformat(),
        years=years,
        ended=ended,
        day=happened_on.isoformat(),
    )
