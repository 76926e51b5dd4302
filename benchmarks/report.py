"""What was measured, as JSON and as a page for people."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.measure import Comparison, Rate, Sizes

_LIBRARIES = ("flask", "sqlalchemy", "whoosh3", "tantivy", "psycopg", "lxml", "pypdfium2")
_HEAD = """\
# Benchmarks

Made by `make bench`; don't edit by hand. Every figure is a **ratio** to a plain counterpart that was measured in
turns with ours in the same run, so that the machine and its other work weigh on both. The ratio is the median of
the rounds' ratios, the spread their middle half (lower to upper quartile); a round's figure is the median of its
calls.

"""
_TAIL = """
## How to read it

- **Registering** pays for permissions, checks of every fact, the number from the locked series, audit event and
  feed row. The counterpart inserts the finished rows through SQLAlchemy Core, in as many transactions.
- **Search** against the barest engine shows what readers' rights, facets, Swedish analysis and excerpts cost;
  against the engine with its own filter, groups and highlights it shows what our way of doing them saves.
- **Tantivy** is measured through the open register: index, rows of the public tables, labels of the counts. The
  barest engine gives its twenty best and nothing else; databases rank the same words without any counts.
- **Pages** go through the test client. An empty page is the framework alone: no database, no template.
- **Export** reads the register, copies and hashes each file, writes METS, PREMIS and ERMS, checks the package
  against the schemas and rules, and zips it; the counterpart only hashes and copies. The memory row holds the
  whole process: 10 would mean that memory grows in step with the files, 1 that it does not grow at all.
- **Packaging** is the same with larger files and many of them: each is read once, hashed and written straight into
  the zip, which is then read back from the disk to the last byte. `python -m benchmarks.packaging --files 100000`
  measures one large package by itself.
- **Extraction** has no counterpart; the rate is for orientation.

Run it again with `make bench`; `make bench BENCH="--cases 300 --documents 10000"` for larger sizes.
"""


def as_json(comparisons: Sequence[Comparison], rates: Sequence[Rate], sizes: Sizes) -> dict[str, object]:
    """Everything that was measured."""
    return {
        "machine": machine(),
        "versions": versions(),
        "sizes": {name: getattr(sizes, name) for name in Sizes.__slots__},
        "comparisons": [item.as_json() for item in comparisons],
        "rates": [{"name": item.name, "per_second": item.per_second, "what": item.what} for item in rates],
    }


def as_page(comparisons: Sequence[Comparison], rates: Sequence[Rate]) -> str:
    """The page of the documentation."""
    facts = [f"- {name}: {value}" for name, value in {**machine(), **versions()}.items()]
    rows = [
        f"| {c.area} | {c.name} | {c.plain_name} | **{c.ratio:.2f}** | {c.spread[0]:.2f}–{c.spread[1]:.2f} "
        f"| {median(c.ours):.3g} {c.unit} | {median(c.plain):.3g} {c.unit} | {len(c.ours)} |"
        for c in comparisons
    ]
    table = ["| Area | Ours | Counterpart | Ratio | Spread | Ours, median | Counterpart, median | Rounds |"]
    table.append("|---|---|---|---:|---:|---:|---:|---:|")
    speeds = [f"- Extraction: {r.name}: {r.per_second:.0f} {r.what} a second" for r in rates]
    return "\n".join([_HEAD.rstrip(), "", *facts, "", *table, *rows, "", *speeds, _TAIL])


def machine() -> dict[str, str]:
    """What it ran on. The load says how busy the machine was with other things."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return {
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} logical",
        "system": f"{platform.system()} {platform.release()}",
        "load average (1, 5, 15 minutes) at the end": load,
    }


def versions() -> dict[str, str]:
    """Of what takes part."""
    found = {"diarium": version("diarium"), "Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    return found | {name: version(name) for name in _LIBRARIES}


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
