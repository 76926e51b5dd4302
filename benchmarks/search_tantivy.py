"""Public search on Tantivy against the engine at its barest, and against what databases bring with them.

On its own, with its own sizes: `python -m benchmarks.search_tantivy --records 10000 --records 100000`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import click

from benchmarks import open_crowd, raw_engines
from benchmarks.measure import Comparison, Sizes, in_turns
from diarium.files.store import LocalBlobStore
from diarium.public import indexing
from diarium.public.database import open_public_database
from diarium.public.search import Question
from diarium.public.service import PublicRegister
from diarium.public.vocabulary import READERS
from diarium.search.engines import open_index
from diarium.search.folder_index import FolderIndex
from diarium.search.port import IndexDocument, SearchRequest
from diarium.search.tantivy_engine import TantivyEngine

AREA = "Tantivy"
_AGAINST_DATABASES = 100_000
_RATE = 20_000


def run(sizes: Sizes, folder: Path) -> Iterator[Comparison]:
    """Public search, its index alone against databases, and the rate of indexing, with `sizes.crowd` records."""
    records = sizes.crowd
    database = open_public_database(f"sqlite:///{folder.parent / f'open-{records}.sqlite'}")
    open_crowd.fill(database, records)
    index = open_index(folder / f"ours-{records}", TantivyEngine.name)
    indexing.rebuild(database, index)
    public = PublicRegister(database, index, LocalBlobStore(folder / "files"))
    try:
        yield from _against_raw(public, index, indexing.everything(database), folder, sizes)
        if records <= _AGAINST_DATABASES:
            yield from _against_databases(index, list(indexing.everything(database)), folder, sizes)
        yield _rate(list(islice(indexing.everything(database), _RATE)), folder, sizes)
    finally:
        public.close()
        index.close()


def _against_raw(
    public: PublicRegister, index: FolderIndex, documents: Iterable[IndexDocument], folder: Path, sizes: Sizes
) -> Iterator[Comparison]:
    raw = raw_engines.Tantivy(folder / "raw", documents)
    same = "raw Tantivy doing the same: top 20, number of hits, seven counts, excerpts"
    page = "public search: page of 20 with counts, marked words and rows of the tables"
    ask_public = _asker(lambda words: public.search(Question(words)))
    for name, ours, plain_name, plain in (
        (page, ask_public, same, raw.everything),
        (page, ask_public, "raw Tantivy: top 20 and number of hits", raw.top),
        (
            "the index alone",
            _asker(lambda words: index.search(SearchRequest(words, READERS))),
            same,
            raw.everything,
        ),
    ):
        yield in_turns(
            AREA,
            f"{name}, {sizes.crowd} records",
            plain_name,
            ours,
            _asker(plain),
            rounds=sizes.rounds,
            calls=_calls(sizes),
        )


def _against_databases(
    index: FolderIndex, documents: Sequence[IndexDocument], folder: Path, sizes: Sizes
) -> Iterator[Comparison]:
    with raw_engines.databases(folder, documents) as others:
        for name, plain in others:
            yield in_turns(
                AREA,
                f"search for a common word with seven counts and marked words, {sizes.crowd} records",
                name,
                _asker(lambda words: index.search(SearchRequest(words, READERS)), open_crowd.COMMON),
                _asker(plain, open_crowd.COMMON),
                rounds=max(2, sizes.rounds // 3),
                calls=min(_calls(sizes), len(open_crowd.COMMON)),
            )


def _rate(documents: Sequence[IndexDocument], folder: Path, sizes: Sizes) -> Comparison:
    numbers = iter(range(10_000))

    def ours() -> None:
        path = folder / f"rate-{next(numbers)}"
        path.mkdir()
        engine = TantivyEngine()
        engine.create(path)
        engine.fill(path, documents)

    return in_turns(
        AREA,
        f"indexing {len(documents)} records",
        "raw Tantivy: the same fields with its own Swedish stemming",
        ours,
        lambda: raw_engines.Tantivy(folder / f"raw-rate-{next(numbers)}", documents),
        rounds=min(3, sizes.rounds),
        calls=1,
    )


def _calls(sizes: Sizes) -> int:
    return max(sizes.calls, len(_QUESTIONS)) if sizes.rounds > 2 else sizes.calls


# More than the index remembers the counts of: every question is counted anew.
_QUESTIONS = tuple(
    [*open_crowd.COMMON]
    + [f"{one} {other}" for one in open_crowd.COMMON for other in open_crowd.RARER[::4]]
    + [*open_crowd.RARER[:20]]
)


def _asker(ask: Callable[[str], object], words: Sequence[str] = _QUESTIONS) -> Callable[[], object]:
    questions = cycle(words)
    return lambda: ask(next(questions))


@click.command()
@click.option(
    "--records", type=click.IntRange(100, 10_000_000), multiple=True, default=(10_000,), show_default=True
)
@click.option("--rounds", type=click.IntRange(2, 100), default=7, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="A file for the figures as JSON.")
def main(records: Sequence[int], rounds: int, output: Path | None) -> None:
    """Measures, and tells the ratios."""
    found: list[Comparison] = []
    for size in records:
        sizes = Sizes(1, size, rounds, 20, 1, 1, crowd=size)
        with tempfile.TemporaryDirectory(prefix="diarium-bench-") as name:
            folder = Path(name) / AREA.lower()
            folder.mkdir()
            for comparison in run(sizes, folder):
                found.append(comparison)
                ours, plain = sorted(comparison.ours), sorted(comparison.plain)
                middle = len(ours) // 2
                click.echo(
                    f"{comparison.ratio:8.2f}  {ours[middle]:9.2f} ms {plain[middle]:9.2f} ms  "
                    f"{comparison.name} / {comparison.plain_name}"
                )
    if output:
        text = json.dumps([comparison.as_json() for comparison in found], ensure_ascii=False, indent=2)
        output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
