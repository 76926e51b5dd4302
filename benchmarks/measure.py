"""Times two things in turns and tells how they compare."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done. `calls`: of each side in a round of the quick kinds; `documents`: in the search index;
    `crowd`: records behind the staff's pages."""

    cases: int
    documents: int
    rounds: int
    calls: int
    exported: int
    examined: int
    crowd: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What we took against what the plain counterpart took, round by round, in `unit`."""

    area: str
    name: str
    plain_name: str
    ours: tuple[float, ...]
    plain: tuple[float, ...]
    unit: str = "ms"

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours divided by plain, each round for itself: noise that hits a whole round cancels out."""
        return tuple(one / other for one, other in zip(self.ours, self.plain, strict=True))

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The middle half of the rounds' ratios: lower and upper quartile."""
        if len(self.ratios) < 2:
            return self.ratio, self.ratio
        lower, _middle, upper = quantiles(self.ratios, n=4, method="inclusive")
        return lower, upper

    def as_json(self) -> dict[str, object]:
        """Everything, for machines."""
        return {
            "area": self.area,
            "name": self.name,
            "plain": self.plain_name,
            "unit": self.unit,
            "ratio": self.ratio,
            "spread": list(self.spread),
            "ours_median": median(self.ours),
            "plain_median": median(self.plain),
            "ours": list(self.ours),
            "plain_values": list(self.plain),
        }


@dataclass(frozen=True, slots=True)
class Rate:
    """Something without a counterpart: how much goes through in a second. Informative only."""

    name: str
    per_second: float
    what: str


def in_turns(
    area: str,
    name: str,
    plain_name: str,
    ours: Callable[[], object],
    plain: Callable[[], object],
    *,
    rounds: int,
    calls: int,
) -> Comparison:
    """Both sides once to warm up, then `rounds` rounds of `calls` calls each; who goes first alternates."""
    ours()
    plain()
    found: dict[Callable[[], object], list[float]] = {ours: [], plain: []}
    for number in range(rounds):
        for side in (ours, plain) if number % 2 == 0 else (plain, ours):
            found[side].append(_milliseconds(side, calls))
    return Comparison(area, name, plain_name, tuple(found[ours]), tuple(found[plain]))


def _milliseconds(side: Callable[[], object], calls: int) -> float:
    """The median of one call: a call that the machine put aside for something else doesn't count."""
    times = []
    for _call in range(calls):
        started = time.perf_counter()
        side()
        times.append(time.perf_counter() - started)
    return median(times) * 1000
