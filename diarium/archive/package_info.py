"""Writes documentation/additionalPackageInfo.xml: what a package is, who may see it, what may be disposed of.

Source: Riksarkivet's application of E-ARK CSIP and SIP; plain E-ARK packages have it too, so that nothing is lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from diarium.archive.package_files import FileGroup, FileList, PackagedFile
from diarium.archive.package_model import PackageCase, PackageInfo, PackageRecord, PackageRestriction
from diarium.archive.xml_writer import XmlWriter, xml_document
from diarium.classification.models import PublishingRule, Retention
from diarium.i18n import gettext as _

NAMESPACE: Final = "http://xml.ra.se/e-arkiv/implementation-IP/version10/SNAadditionalPackageInfo"
_CODE_KINDS: Final = frozenset({"VAT", "DUNS", "ORG", "HSA", "Local", "URI"})


class ContentSummary:
    """What is true of the content as a whole, gathered while the cases pass by."""

    def __init__(self) -> None:
        self.first_day: dt.date | None = None
        self.last_day: dt.date | None = None
        self.is_disposable = False
        self.is_publishable = True
        self.has_protected = False
        self.has_restricted = False

    def note_case(self, case: PackageCase) -> None:
        """Takes a case into account."""
        self.first_day = min(self.first_day or case.opened_on, case.opened_on)
        last = case.closed_on or case.opened_on
        self.last_day = max(self.last_day or last, last)
        rule = case.classification.disposal if case.classification else None
        self.is_disposable |= rule is not None and rule.retention is Retention.DISPOSE
        publishing = case.classification.publishing if case.classification else PublishingRule.NOTHING
        self.is_publishable &= publishing is PublishingRule.METADATA_AND_FILES
        self._note(case)

    def note_record(self, record: PackageRecord) -> None:
        """Takes a record into account."""
        self._note(record)
        self.has_protected |= any(who.is_protected for sent in record.dispatches for who in sent.recipients)

    @property
    def is_restricted(self) -> bool:
        """Whether anything in the content is marked or protected."""
        return self.has_restricted or self.has_protected

    def _note(self, item: PackageCase | PackageRecord) -> None:
        self.has_restricted |= bool(provisions_in_force(item.restrictions))
        self.has_protected |= any(who.is_protected for who in item.parties)


def provisions_in_force(marks: Iterable[PackageRestriction]) -> list[str]:
    """The provisions of the markings that still stand, each once."""
    return list(dict.fromkeys(mark.citation for mark in marks if mark.is_in_force))


def write(path: Path, info: PackageInfo, package_id: str, summary: ContentSummary, files: FileList) -> None:
    """Writes the whole document at `path`. Files under a marking are listed one by one."""
    locations = {NAMESPACE: "../schemas/SNAadditionalPackageInfo.xsd"}
    with xml_document(path, "additionalPackageInfo", NAMESPACE, schema_locations=locations) as xml:
        _control(xml, info)
        with xml.element("package", {"id": package_id}):
            xml.leaf("archiveName", info.archival_name)
            disposal = _("Gallringsregeln för varje ärende står i ERMS.xml.") if summary.is_disposable else None
            _flag(xml, "disposal", "disposable", summary.is_disposable, "disposalDesc", disposal)
            _flag(xml, "accessRestrict", "restricted", summary.is_restricted, "accessRestrictDesc", _why(summary))
            _flag(xml, "useRestrict", "restricted", False, "useRestrictDesc", None)
            xml.leaf("startDate", summary.first_day)
            xml.leaf("endDate", summary.last_day)
            xml.leaf("informationClass", info.delivery.information_class)
            xml.empty("audience", {"publishable": summary.is_publishable and not summary.is_restricted})
            _restricted_files(xml, files)


def _control(xml: XmlWriter, info: PackageInfo) -> None:
    creator = info.creator
    with xml.element("control"):
        xml.leaf("identification", str(info.uid), {"type": "UUID"})
        xml.leaf("status", info.delivery.status)
        xml.leaf("creationDate", info.created_at)
        with xml.element("creator"):
            xml.leaf("creatorName", creator.name)
            if creator.code:
                kind, _colon, code = creator.code.partition(":")
                known = kind in _CODE_KINDS and bool(code)
                xml.leaf("creatorCode", code if known else creator.code, {"type": kind if known else "OTHER"})


def _restricted_files(xml: XmlWriter, files: FileList) -> None:
    restricted = (f for f in files.read(FileGroup.CONTENT) if f.origin and f.origin.restricted_by)
    first = next(restricted, None)
    if first is None:
        return
    with xml.element("files"):
        _restricted_file(xml, first)
        for file in restricted:
            _restricted_file(xml, file)


def _restricted_file(xml: XmlWriter, file: PackagedFile) -> None:
    if file.origin is None:
        return
    place = PurePosixPath(file.path)
    with xml.element("file", {"name": place.name, "path": str(place.parent)}):
        _flag(xml, "accessRestrict", "restricted", True, "accessRestrictDesc", file.origin.restricted_by)
        xml.empty("audience", {"publishable": False})
        xml.leaf("archivalReferencecode", file.origin.record_number)
        xml.leaf("archivalRecordtype", file.origin.record_type)
        xml.leaf("fileDescription", file.origin.description)


def _flag(xml: XmlWriter, name: str, attribute: str, value: bool, described: str, text: str | None) -> None:
    with xml.element(name, {attribute: value}):
        xml.leaf(described, text)


def _why(summary: ContentSummary) -> str | None:
    reasons = [_("sekretessmarkerade uppgifter")] if summary.has_restricted else []
    reasons += [_("skyddade personuppgifter")] if summary.has_protected else []
    return _("Innehåller %(what)s.", what=", ".join(reasons)) if reasons else None
