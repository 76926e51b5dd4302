"""The delay before publishing: working days from the registration until the facts are shown."""

from __future__ import annotations

import datetime as dt

from diarium.i18n import STOCKHOLM, local_date
from diarium.register.models import Case, Record
from diarium.workdays import next_workday


def delay_of(case: Case) -> int:
    """The working days that the case's class asks for or, where it does not say, its authority."""
    of_class = case.classification.publish_after_days if case.classification else None
    return case.authority.publish_after_days if of_class is None else of_class


def first_day(target: Case | Record, delay: int) -> dt.date:
    """The first day on which the facts of `target` may be shown; with no delay that of its registration."""
    day = local_date(target.registered_at)
    for _number in range(delay):
        day = next_workday(day)
    return day


def beginning_of(day: dt.date) -> dt.datetime:
    """The moment when `day` begins in Sweden."""
    return dt.datetime.combine(day, dt.time(), STOCKHOLM)
