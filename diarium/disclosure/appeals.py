"""How long a decision can be appealed against, and whether it still can or is."""

from __future__ import annotations

import datetime as dt

from diarium.disclosure.models import DisclosureDecision
from diarium.disclosure.vocabulary import DecisionKind
from diarium.workdays import is_workday, next_workday

APPEAL_TIME = dt.timedelta(weeks=3)
# Where nobody can tell when the asker had the decision, it is waited for so long.
NO_RECEIPT = dt.timedelta(days=90)


def appeal_until(receipt_on: dt.date) -> dt.date:
    """The last day on which an appeal comes in time: three weeks after the decision was had, or the working day
    after that. Source: OSL 6 kap. 7 §; FL 44 §; lagen (1930:173) om beräkning av lagstadgad tid 2 §.
    """
    last = receipt_on + APPEAL_TIME
    return last if is_workday(last) else next_workday(last)


def is_unsettled(decision: DisclosureDecision, day: dt.date) -> bool:
    """Whether on `day` the decision is appealed against or still can be: nothing that it rests on may go."""
    if decision.kind is DecisionKind.NOTICE:
        return False
    if decision.appealed_on is not None:
        return decision.appeal_ended_on is None
    if decision.receipt_on is None:
        return day <= (decision.told_on or decision.decided_on) + NO_RECEIPT
    return day <= appeal_until(decision.receipt_on)
