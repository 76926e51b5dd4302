"""`python -m benchmarks`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click
import structlog

from benchmarks import (
    desk,
    exporting,
    extracting,
    packaging,
    pages,
    registering,
    report,
    search_tantivy,
    searching,
)
from benchmarks.measure import Comparison, Sizes

_QUICK = Sizes(cases=4, documents=40, rounds=2, calls=2, exported=1, examined=4, crowd=400)


@click.command()
@click.option("--quick", is_flag=True, help="Tiny sizes: whether it runs, not how fast. Writes no page.")
@click.option("--cases", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Demo cases.")
@click.option("--documents", type=click.IntRange(10, 1_000_000), default=2000, show_default=True)
@click.option("--crowd", type=click.IntRange(100, 1_000_000), default=100_000, show_default=True)
@click.option("--rounds", type=click.IntRange(2, 1000), default=15, show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("benchmarks/results.json"), show_default=True
)
@click.option("--page", type=click.Path(path_type=Path), default=Path("docs/benchmarks.md"), show_default=True)
def main(quick: bool, cases: int, documents: int, crowd: int, rounds: int, output: Path, page: Path) -> None:
    """Measures ours and plain counterparts in turns, and writes the figures as JSON and as a page."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    sizes = _QUICK
    if not quick:
        sizes = Sizes(cases, documents, rounds, calls=20, exported=max(1, cases // 5), examined=150, crowd=crowd)
    found: list[Comparison] = []
    with tempfile.TemporaryDirectory(prefix="diarium-bench-") as name:
        for part in (registering, searching, search_tantivy, pages, desk, exporting, packaging):
            folder = Path(name) / part.AREA.lower()
            folder.parent.mkdir(exist_ok=True)
            for comparison in part.run(sizes, folder):
                found.append(comparison)
                click.echo(f"{comparison.ratio:8.2f}  {comparison.name} / {comparison.plain_name}")
        rates = list(extracting.run(sizes, Path(name) / "extraction"))
    output.parent.mkdir(parents=True, exist_ok=True)
    result = report.as_json(found, rates, sizes)
    output.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if not quick:
        page.write_text(report.as_page(found, rates), encoding="utf-8")


if __name__ == "__main__":
    main()
