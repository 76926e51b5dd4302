"""Reads METS: who sends the package and what it says of each file.

Source: METS; E-ARK CSIP and SIP; FGS Paketstruktur 1.2.
"""

from __future__ import annotations

from typing import Final

from diarium.archive.reading_room.gathering import Gatherer
from diarium.archive.reading_room.limits import ReadingLimits
from diarium.archive.reading_room.shapes import METS
from diarium.archive.reading_room.walking import Attributes, Element
from diarium.archive.reading_room.writing import CatalogueWriter

HEADER: Final = "header"
"""The fact of the catalogue that holds what the package's own METS says of it as a whole."""
_MOST = 200


class ManifestGatherer(Gatherer):
    """Reads a METS file. `is_root`: the package's own, not that of a representation."""

    def __init__(
        self, writer: CatalogueWriter, file_id: int, folder: str, limits: ReadingLimits, *, is_root: bool
    ) -> None:
        super().__init__(writer, METS, file_id, folder, limits)
        self._is_root = is_root
        self._file: Attributes | None = None
        self._attributes: list[tuple[str, str]] = []
        self._agents: list[dict[str, object]] = []
        self._references: list[list[str]] = []

    def begin(self, element: Element) -> None:
        if element.name == "file" and "fileSec" in self.path:
            self._file = element.attributes
        elif element.name == "FLocat" and self._file is not None:
            self.writer.describe_file(element.get("href"), self.folder, self._file + element.attributes)
        elif element.name == "mdRef":
            self.writer.describe_file(element.get("href"), self.folder, element.attributes)
        super().begin(element)

    def passes_over(self, element: Element) -> bool:
        """What is said of a file stands with the file."""
        return self._file is not None and element.name in ("file", "FLocat")

    def opened(self, element: Element) -> None:
        if element.name in ("mets", "metsHdr"):
            self._attributes += element.attributes
        elif "metsHdr" in self.path and element.name == "agent" and len(self._agents) < _MOST:
            self._agents.append({**dict(element.attributes), "name": "", "notes": []})
        elif element.name == "altRecordID" and len(self._references) < _MOST:
            self._references.append([element.get("TYPE"), ""])

    def ended(self, name: str, text: str) -> None:
        parent = self.path[-1] if self.path else ""
        if parent == "agent" and self._agents:
            agent = self._agents[-1]
            notes = agent["notes"]
            if name == "name":
                agent["name"] = text
            elif name == "note" and isinstance(notes, list) and len(notes) < _MOST:
                notes.append(text)
        elif name == "altRecordID" and self._references:
            self._references[-1][1] = text
        elif name == "file":
            self._file = None

    def finish(self) -> None:
        super().finish()
        if self._is_root:
            told = {"attributes": self._attributes, "agents": self._agents, "references": self._references}
            self.writer.set_fact(HEADER, told)
