"""What the reading of a package may cost."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Limits for one package. Sizes in bytes, lengths in characters.

    `xml_bytes`: of one XML document; `depth`, `attributes`: of its elements; `text`: of one element's text, what
    is more is cut; `elements`: of all documents together. `listed`: files and folders. `part_lines`: elements on
    one page.
    `read_file_bytes`: the largest file whose text is read for the search; `read_files`: how many files are read.
    """

    xml_bytes: int = 16 * 1024 * MIB
    depth: int = 200
    attributes: int = 200
    text: int = 200_000
    elements: int = 50_000_000
    listed: int = 2_000_000
    part_lines: int = 400
    read_file_bytes: int = 100 * MIB
    read_files: int = 200_000


LIMITS = ReadingLimits()
