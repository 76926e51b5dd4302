"""Are the best answers on top? Measured on judged queries, for every engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean

from diarium.search.port import SearchIndex
from tests.search.conftest import keys
from tests.search.judged import QUERIES, documents

_SHOWN = 10


def test_the_best_answers_stand_on_top(index: SearchIndex) -> None:
    index.rebuild(documents())
    found = {query: keys(index, query, page_size=_SHOWN) for query in QUERIES}
    gains = {query: _gain(found[query], grades) for query, grades in QUERIES.items()}
    places = {query: _first_place(found[query], grades) for query, grades in QUERIES.items()}
    worst = sorted(gains, key=gains.__getitem__)[:5]
    assert mean(gains.values()) >= 0.95, [(query, gains[query], found[query]) for query in worst]
    assert mean(places.values()) >= 0.95, [query for query, place in places.items() if place < 1]
    assert min(gains.values()) >= 0.6, [(query, gains[query], found[query]) for query in worst]


def test_judged_answers_are_documents_and_there_are_enough_of_them() -> None:
    known = {each.key for each in documents()}
    assert len(QUERIES) >= 25
    assert {key for grades in QUERIES.values() for key in grades} <= known


def test_the_measure_tells_good_orders_from_bad_ones() -> None:
    grades = {"a": 2, "b": 1}
    assert _gain(["a", "b"], grades) == 1.0
    assert 0 < _gain(["x", "b", "a"], grades) < _gain(["b", "a"], grades) < 1
    assert _gain(["x"], grades) == 0
    assert (_first_place(["x", "a"], grades), _first_place(["b"], grades)) == (0.5, 0.0)


def _gain(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """nDCG: 1.0 where the order is the best possible."""
    best = sorted(grades.values(), reverse=True)[:_SHOWN]
    return _discounted([grades.get(key, 0) for key in found]) / _discounted(best)


def _discounted(grades: Sequence[int]) -> float:
    return math.fsum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def _first_place(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """Reciprocal rank: 1.0 where what was meant comes first."""
    return next((1 / place for place, key in enumerate(found, 1) if grades.get(key) == 2), 0.0)
