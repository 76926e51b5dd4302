"""Parts a selection into packages: never through a case, the same way each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diarium.archive.criteria import PackageLimits

# What describes a package takes room beside the files: schemas once, then some for each case and file (measured
# with compressed XML, rounded up), so that a package keeps within what the receiver takes.
BYTES_PER_PACKAGE = 200_000
BYTES_PER_CASE = 3_000
BYTES_PER_FILE = 1_500


@dataclass(frozen=True, slots=True)
class CaseSize:
    """A case by its place in the order, with its files and their bytes."""

    key: int
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """A package to be: the cases from `first` to `last`; `size` is that of the files in bytes.

    `is_over`: one case alone that is larger than the limits.
    """

    number: int
    first: int
    last: int
    cases: int
    files: int
    size: int
    is_over: bool


def split(cases: Iterable[CaseSize], limits: PackageLimits) -> Iterator[PlannedPart]:
    """The cases in their order, as many in each package as the limits let in.

    A case that does not fit in any package gets one of its own.
    """
    number = 1
    held: PlannedPart | None = None
    for case in cases:
        added = _with(held, case, number, limits)
        if held is not None and added.is_over:
            yield held
            number += 1
            added = _with(None, case, number, limits)
        held = added
    if held is not None:
        yield held


def estimated_bytes(cases: int, files: int, size: int) -> int:
    """How large a package with so much in it becomes, on the safe side."""
    return size + BYTES_PER_PACKAGE + cases * BYTES_PER_CASE + files * BYTES_PER_FILE


def _with(held: PlannedPart | None, case: CaseSize, number: int, limits: PackageLimits) -> PlannedPart:
    cases = 1 + (held.cases if held else 0)
    files = case.files + (held.files if held else 0)
    size = int(case.size) + (held.size if held else 0)
    return PlannedPart(
        number,
        held.first if held else case.key,
        case.key,
        cases,
        files,
        size,
        is_over=_exceeds(cases, files, size, limits),
    )


def _exceeds(cases: int, files: int, size: int, limits: PackageLimits) -> bool:
    return (
        (limits.max_cases is not None and cases > limits.max_cases)
        or (limits.max_files is not None and files > limits.max_files)
        or (limits.max_bytes is not None and estimated_bytes(cases, files, size) > limits.max_bytes)
    )
