"""How many files a second are identified and read in the sandbox: informative, it depends on the files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.ground import SEED
from benchmarks.measure import Rate, Sizes
from diarium.demo.content import generate, render_file
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.i18n import today


def run(sizes: Sizes, folder: Path) -> Iterator[Rate]:
    """The demo municipality's mixture of PDF, Word, Excel, mail and text."""
    folder.mkdir(parents=True)
    files = []
    made = (f for case in generate(SEED, sizes.examined, today()) for record in case.records for f in record.files)
    for number, file in enumerate(islice(made, sizes.examined)):
        path = folder / str(number)
        path.write_bytes(render_file(file))
        files.append((path, file.name))
    with ExtractionSandbox() as sandbox:
        sandbox.process(*files[0])  # starts the child
        started = time.perf_counter()
        for path, name in files:
            sandbox.process(path, name)
        seconds = time.perf_counter() - started
    yield Rate("format and text of demo files, one process", len(files) / seconds, "files")
