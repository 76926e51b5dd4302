"""Reads packages whose cases stand in ERMS.xml: every profile of the 2.x family, ours and others'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diarium.archive.package_model import PackageInfo
from diarium.archive.reading import assembling, erms_cases, erms_head, places, xml
from diarium.archive.reading.assembling import Known
from diarium.archive.reading.locating import Found
from diarium.archive.reading.model import ReadCase, ReadPackage


@dataclass(frozen=True, slots=True)
class _Cases:
    """The cases of one document of ours, read anew by each call."""

    folder: Path
    content: str
    known: Known

    def __call__(self) -> Iterator[ReadCase]:
        base = self.content.rpartition("/")[0]

        def find(link: str) -> str | None:
            return places.find(self.folder, base, link)

        for element in xml.stream(self.folder / self.content, "aggregation"):
            yield assembling.read_case(erms_cases.case_of(element, find), self.known)


def read(folder: Path, found: Found) -> ReadPackage | None:
    """The package; None if no register of ours wrote it. Raises: UnreadablePackage."""
    head = erms_head.read(folder / found.contents[0])
    if not head.is_ours or len(found.contents) > 1:
        return None
    info = erms_head.info_of(head)
    return ReadPackage(
        folder=folder,
        profile=found.profile,
        package_id=folder.name,
        is_ours=True,
        info=info,
        case_count=head.cases,
        record_count=head.records,
        reader=_Cases(folder, found.contents[0], known_by(info)),
    )


def known_by(info: PackageInfo) -> Known:
    """What cases refer to."""
    classes = {item.uid: item for scheme in info.schemes for item in scheme.classes}
    return Known({unit.uid: unit for unit in info.units}, classes)
