"""Makes cases of the package model from boxes: a case's box holds those of its records, they those of their files.

Every reader of a format ends here; what the names of facts are is said by these functions alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from diarium.archive.package_model import (
    PackageCase,
    PackageClass,
    PackageDispatch,
    PackageDocument,
    PackageRecord,
)
from diarium.archive.reading import building
from diarium.archive.reading.building import Units
from diarium.archive.reading.facts import Box
from diarium.archive.reading.model import PackedFile, ReadCase
from diarium.register.vocabulary import CaseStatus, Direction, Initiative, Medium, RecordStatus

# Of a checksum that stands without its method.
_METHODS: Final = {32: "MD5", 40: "SHA-1", 64: "SHA-256", 96: "SHA-384", 128: "SHA-512"}


@dataclass(frozen=True, slots=True)
class Known:
    """What the head of a package tells that its cases refer to."""

    units: Units
    classes: Mapping[uuid.UUID, PackageClass]


@dataclass(slots=True)
class _Files:
    found: dict[uuid.UUID, PackedFile] = field(default_factory=dict)

    def note(self, box: Box, item: PackageDocument) -> PackageDocument:
        """Notes where a file lies. Of others' files size and checksum are what they tell, or nothing."""
        told, checksum = box.optional("told_size"), box.optional("checksum") or item.sha256 or None
        size = int(told) if told and told.isdigit() else None
        self.found[item.uid] = PackedFile(
            path=box.optional("path"),
            size=item.size if size is None and item.sha256 else size,
            checksum=checksum,
            method=box.optional("checksum_method") or _METHODS.get(len(checksum or "")),
            mime=box.optional("told_mime") or item.mime,
        )
        return item


def read_case(box: Box, known: Known, remarks: tuple[str, ...] = ()) -> ReadCase:
    """The case with its records and files. Raises: UnreadablePackage for a fact that is missing or wrong."""
    files = _Files()
    class_uid, unit_uid = box.optional_uid("classification"), box.optional_uid("unit")
    case = PackageCase(
        uid=box.uid(),
        number_text=box.text("number_text"),
        year=box.number("year"),
        number=box.number("number"),
        series_code=box.text("series"),
        foreign_number=box.optional("foreign_number"),
        title=box.text("title"),
        public_title=box.optional("public_title"),
        case_type=box.optional("case_type"),
        status=box.one_of("status", CaseStatus),
        initiative=box.one_of("initiative", Initiative),
        opened_on=box.day("opened_on"),
        decided_on=box.optional_day("decided_on"),
        closed_on=box.optional_day("closed_on"),
        closing_reason=box.optional("closing_reason"),
        cancel_reason=box.optional("cancel_reason"),
        responsible=box.user("responsible"),
        unit=None if unit_uid is None else building.unit_of(known.units, unit_uid, box.text("unit_name")),
        classification=None if class_uid is None else known.classes.get(class_uid),
        physical_location=box.optional("physical_location"),
        note=box.optional("note"),
        record_count=box.number("record_count"),
        registered_at=box.moment("registered_at"),
        registered_by=box.user("registered_by"),
        version=box.number("version"),
        parties=tuple(map(building.party, box.of("party"))),
        restrictions=tuple(map(building.restriction, box.of("restriction"))),
        relations=tuple(map(building.relation, box.of("relation"))),
        notes=tuple(map(building.note, box.of("note"))),
        deadlines=tuple(building.deadline(item, known.units) for item in box.of("deadline")),
        decisions=tuple(map(building.decision, box.of("decision"))),
        records=tuple(_record(item, files) for item in box.of("record")),
        shares=tuple(map(building.share, box.of("share"))),
        withdrawals=tuple(map(building.withdrawal, box.of("withdrawal"))),
        disposals=tuple(map(building.case_disposal, box.of("case_disposal"))),
        origin=next(map(building.origin, box.of("origin")), None),
    )
    return ReadCase(case, files.found, remarks)


def _record(box: Box, files: _Files) -> PackageRecord:
    return PackageRecord(
        uid=box.uid(),
        number_text=box.text("number_text"),
        running_number=box.number("running_number"),
        direction=box.one_of("direction", Direction),
        title=box.text("title"),
        public_title=box.optional("public_title"),
        record_type=box.optional("record_type"),
        official_on=box.day("official_on"),
        received_at=box.optional_moment("received_at"),
        document_date=box.optional_day("document_date"),
        medium=box.one_of("medium", Medium),
        physical_location=box.optional("physical_location"),
        status=box.one_of("status", RecordStatus),
        cancel_reason=box.optional("cancel_reason"),
        moved_to=box.record("moved_to"),
        moved_from=box.record("moved_from"),
        note=box.optional("note"),
        registered_at=box.moment("registered_at"),
        registered_by=box.user("registered_by"),
        version=box.number("version"),
        parties=tuple(map(building.party, box.of("party"))),
        restrictions=tuple(map(building.restriction, box.of("restriction"))),
        documents=tuple(files.note(item, building.document(item)) for item in box.of("document")),
        dispatches=tuple(_dispatch(item, files) for item in box.of("dispatch")),
        withdrawals=tuple(map(building.withdrawal, box.of("withdrawal"))),
    )


def _dispatch(box: Box, files: _Files) -> PackageDispatch:
    message = next(iter(box.of("message")), None)
    content = None if message is None else files.note(message, building.document(message))
    return building.dispatch(box, content)
