"""Finds in a package what is read: its METS document and the documents that tell of cases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading import xml
from diarium.archive.reading.errors import UnreadablePackage
from diarium.i18n import gettext as _

ERMS: Final = "erms"
LEVERANSOBJEKT: Final = "Leveransobjekt"
_METS_NAMES: Final = ("mets.xml", "sip.xml", "info.xml")
_NOT_CONTENT: Final = ("schemas/", "system/", "documentation/", "metadata/")
_MOST_LOOKED_AT: Final = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """A package's documents, as paths within it. `contents`: those that tell of cases, in the format `root`."""

    mets: str | None
    root: str
    contents: tuple[str, ...]
    profile: ProfileCode


def locate(folder: Path) -> Found:
    """Raises: UnreadablePackage if nothing in the package tells of cases in a format that is understood."""
    names = sorted(entry.name for entry in folder.iterdir())
    mets = next((name for name in names if name.lower() in _METS_NAMES), None)
    roots = {path: xml.root_name(folder / path) for path in _xml_files(folder)}
    for root in (ERMS, LEVERANSOBJEKT):
        contents = _outermost([path for path, name in roots.items() if name == root])
        if contents:
            return Found(mets, root, contents, _profile(folder, root, mets, contents[0]))
    raise UnreadablePackage(
        _(
            "I paketet finns inget dokument med ärenden enligt FGS Ärendehantering 2.0 (ERMS) eller 1.0 "
            "(Leveransobjekt). Andra innehåll kan inte tas över."
        )
    )


def _outermost(paths: list[str]) -> tuple[str, ...]:
    """Those that lie least deep: one that lies deeper is a file of some record, and no description."""
    depth = min((path.count("/") for path in paths), default=0)
    return tuple(path for path in paths if path.count("/") == depth)


def _xml_files(folder: Path) -> Iterator[str]:
    """The XML files that may be content, those named for it first; links are not followed."""
    found = []
    for place, names, files in os.walk(folder):
        names.sort()
        found += [(Path(place) / name).relative_to(folder).as_posix() for name in files if _is_xml(name)]
        if len(found) > _MOST_LOOKED_AT:
            break
    wanted = [path for path in found if not path.lower().startswith(_NOT_CONTENT) and not _is_mets(path)]
    return iter(sorted(wanted, key=lambda path: ("erms" not in path.lower(), path))[:_MOST_LOOKED_AT])


def _is_xml(name: str) -> bool:
    return name.lower().endswith(".xml")


def _is_mets(path: str) -> bool:
    return path.rsplit("/", 1)[-1].lower() in _METS_NAMES


def _profile(folder: Path, root: str, mets: str | None, content: str) -> ProfileCode:
    if root == LEVERANSOBJEKT:
        return ProfileCode.FGS1
    is_divided = any((folder / place / "METS.xml").is_file() for place in _folders_above(content))
    is_new = mets is not None and _says_new(folder / mets)
    if is_divided:
        return ProfileCode.EARK_2_2 if is_new else ProfileCode.EARK
    return ProfileCode.FGS2_2_2 if is_new else ProfileCode.FGS2


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]


def _says_new(mets: Path) -> bool:
    """Whether the package names the 2.2 versions."""
    for element in xml.stream(mets, "metsHdr"):
        root = element.getroottree().getroot()
        told = f"{xml.attribute(root, 'PROFILE')} {xml.attribute(root, 'CONTENTINFORMATIONTYPE')}"
        return "v2-2-0" in told or "citserms_v3" in told
    return False
