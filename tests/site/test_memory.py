"""A crawler that asks for everything again and again leaves nothing behind in the process."""

from __future__ import annotations

import gc
import tracemalloc

from tests.site.conftest import PublicSite
from tests.site.test_hostile import addresses
from tests.site.test_weight import VISITED

ROUNDS = 4
MOST_BYTES_A_PAGE = 1_000
"""Caches with a limit still fill up a little; a page, a session or an answer that is kept weighs far more."""


def test_memory_does_not_grow_with_the_pages_that_are_asked_for(open_site: PublicSite) -> None:
    wanted = [*addresses(open_site.app, "KS"), *VISITED]
    for _warming in range(3):
        crawl(open_site, wanted, "warm")
    tracemalloc.start()
    try:
        crawl(open_site, wanted, "first")
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(ROUNDS):
            crawl(open_site, wanted, str(number))
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < MOST_BYTES_A_PAGE * ROUNDS * len(wanted)


def crawl(site: PublicSite, wanted: list[str], word: str) -> None:
    """Asks for each address, and for a question that nobody asked before."""
    for address in wanted:
        site.client.get(address)
    site.client.get("/sok", query_string={"q": f"broar {word}", "ar": word})
    site.client.get("/sok/forslag", query_string={"q": f"bus{word}"})
