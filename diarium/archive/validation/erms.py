"""ERMS.xml: schema, Schematron, and what neither can see: files, identifiers, dates.

Source: CITS ERMS 2.1.2 (FGS Ärendehantering 2.0) and 3.0.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from lxml import etree

from diarium.archive.schema_set import SchemaSet, SchemaSetError, run_schematron, safe_parser
from diarium.archive.validation.catalogue import RULES
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.compact_set import CompactSet
from diarium.archive.validation.documents import check_schema, is_streamed, readable, walk
from diarium.archive.validation.erms_companions import ERMS, LEVELS, breaches
from diarium.archive.validation.listing import Fault, PackageFiles
from diarium.archive.validation.mets import Mets, line_of, local_name
from diarium.archive.validation.model import Limits, Place, Severity
from diarium.archive.validation.rules_header import CONTENT_TYPE
from diarium.archive.validation.versions import (
    ERMS_RULES,
    ERMS_SCHEMAS,
    ERMS_TYPES,
    ErmsVersion,
    erms_version,
)
from diarium.i18n import gettext as _

_APPENDICES = frozenset({f"{ERMS}appendix", f"{ERMS}agentExtendingAppendix"})
# earlier, later: dates of one element that come in this order if both are there
_ORDER = (
    ("opened", "closed"),
    ("created", "closed"),
    ("received", "closed"),
    ("created", "archived"),
    ("closed", "archived"),
    ("closed", "transferred"),
    ("start", "end"),
    ("checked_out", "checked_in"),
    ("created", "modified"),
)


def erms_files(files: PackageFiles) -> list[str]:
    """ERMS.xml in the data folders of the representations."""
    return [
        name
        for name in files.under("representations")
        if name.count("/") >= 3 and name.split("/")[2] == "data" and name.rsplit("/", 1)[-1].lower() == "erms.xml"
    ]


def check_erms(
    mets: Mets,
    files: PackageFiles,
    schemas: SchemaSet,
    limits: Limits,
    findings: Collector,
) -> None:
    found = erms_files(files)
    declared = mets.root.get(CONTENT_TYPE, "")
    if not found and declared in ERMS_TYPES:
        told = _("Paketet anges vara %(kind)s men har ingen ERMS.xml.", kind=mets.root.get(CONTENT_TYPE))
        mend = _("Lägg ERMS.xml i representations/…/data, eller rätta CONTENTINFORMATIONTYPE.")
        findings.add("ERMS-MISSING", mets.place(mets.root, CONTENT_TYPE), told, mend)
    for file in found:
        path = files.path(file)
        version = erms_version(path, ERMS_TYPES.get(declared))
        _tell_version(mets, file, declared, version, findings)
        findings.levels = {**findings.levels, **LEVELS[version]}
        if check_schema(path, file, ERMS_SCHEMAS[version], schemas, limits, findings):
            streamed = is_streamed(path, limits)
            if not streamed:
                _schematron(files, file, schemas.folder / ERMS_RULES[version], findings)
            _Walk(file, files, findings, version if streamed else None).run()


def _tell_version(mets: Mets, file: str, declared: str, version: ErmsVersion, findings: Collector) -> None:
    said = ERMS_TYPES.get(declared)
    if said is not None and said is not version:
        told = _(
            "METS anger %(declared)s, men %(file)s är skriven enligt ERMS %(version)s.",
            declared=declared,
            file=file,
            version=version.value,
        )
        mend = _("Rätta CONTENTINFORMATIONTYPE, eller skriv ERMS.xml enligt den versionen.")
        findings.add("ERMS-VERSION", mets.place(mets.root, CONTENT_TYPE), told, mend)


def _schematron(files: PackageFiles, file: str, rules: Path, findings: Collector) -> None:
    try:
        failures = run_schematron(rules, files.path(file))
    except SchemaSetError as error:
        findings.add("SCH", Place(file), error.message, _("Rätta filen och kör kontrollen igen."))
        return
    tree = etree.parse(str(files.path(file)), safe_parser()) if failures else None
    for failure in failures:
        severity = Severity.WARNING if failure.role == "warning" else Severity.ERROR
        known = failure.assertion in RULES
        told = failure.message if known else f"{failure.assertion}: {failure.message}"
        mend = _("Fyll i det kompletterande värdet eller välj ett annat värde ur listan.")
        place = Place(file, failure.line or None, readable(failure.path, tree) if tree else failure.path)
        findings.add(failure.assertion if known else "SCH", place, told, mend, severity=severity)


class _Walk:
    """One pass through an ERMS.xml; with `companions`, also by the co-occurrence rules of that version."""

    def __init__(
        self, file: str, files: PackageFiles, findings: Collector, companions: ErmsVersion | None
    ) -> None:
        self._file = file
        self._files = files
        self._findings = findings
        self._companions = companions
        self._data = "/".join(file.split("/")[:3])
        self._identifiers = CompactSet()
        self._used: set[str] = {file}

    def run(self) -> None:
        whole = walk(
            self._files.path(self._file), self._file, self._findings, self._ended, keep=frozenset({f"{ERMS}date"})
        )
        for name in self._files.under(self._data) if whole else ():
            if name not in self._used and not name.rsplit("/", 1)[-1].startswith("."):
                told = _("%(file)s nämns inte som bilaga i ERMS.xml.", file=name)
                mend = _("Lägg till filen som bilaga hos sin handling, eller ta bort den ur paketet.")
                self._findings.add("ERMS-UNUSED", Place(name), told, mend)

    def _ended(self, element: etree._Element) -> None:
        if element.tag in _APPENDICES:
            self._appendix(element)
        elif element.tag == f"{ERMS}dates":
            self._dates(element)
        identifier = element.get("systemIdentifier")
        if identifier is not None:
            self._identifier(element, identifier)
        if self._companions is not None:
            self._co_occurrence(element, self._companions)

    def _place(self, element: etree._Element, attribute: str = "") -> Place:
        # siblings before it are freed, so no XPath with numbers can be given
        end = f"/@{attribute}" if attribute else ""
        return Place(self._file, line_of(element), f"//{local_name(element)}{end}")

    def _appendix(self, element: etree._Element) -> None:
        written = element.get("path", "")
        folder = self._file.rsplit("/", 1)[0]
        target = self._files.find(written, self._data)
        if target.file is None and folder != self._data:
            target = self._files.find(written, folder)
        if target.file is not None:
            self._used.add(target.file)
        place = self._place(element, "path")
        faults = set(target.faults)
        name = element.get("name", "")[:200]
        if faults & {Fault.ESCAPES, Fault.EXTERNAL}:
            told = _(
                "Bilagan %(name)s har sökvägen %(path)s, som leder ut ur paketet.", name=name, path=written[:200]
            )
            mend = _("Ange sökvägen från representationens mapp data.")
            self._findings.add("FILE-ESCAPE", place, told, mend)
        elif target.file is None:
            told = _(
                "Bilagan %(name)s ska finnas i %(path)s, men det gör den inte.", name=name, path=written[:200]
            )
            mend = _("Lägg filen i representationens mapp data eller rätta sökvägen i appendix/@path.")
            self._findings.add("ERMS-APPENDIX", place, told, mend)
        elif faults:
            told = _(
                "Bilagans sökväg %(path)s är inte skriven precis som filen %(file)s.",
                path=written,
                file=target.file,
            )
            rule = "FILE-CASE" if Fault.CASE in faults else "FILE-HREF"
            self._findings.add(rule, place, told, _("Skriv sökvägen som filen heter, med snedstreck framåt."))

    def _identifier(self, element: etree._Element, identifier: str) -> None:
        if not self._identifiers.add(identifier):
            told = _("systemIdentifier %(id)s används mer än en gång.", id=identifier[:200])
            mend = _("Ge varje ärende och handling ett eget systemIdentifier.")
            self._findings.add("ERMS-SYSTEMID", self._place(element, "systemIdentifier"), told, mend)

    def _dates(self, element: etree._Element) -> None:
        moments = {}
        for date in element.iterchildren(f"{ERMS}date"):
            moment = _moment(date.text)
            if moment is not None:
                moments[date.get("dateType", "")] = moment
        for earlier, later in _ORDER:
            if earlier in moments and later in moments and moments[earlier] > moments[later]:
                told = _(
                    "Datumet %(earlier)s (%(first)s) är senare än %(later)s (%(second)s).",
                    earlier=earlier,
                    first=moments[earlier].date(),
                    later=later,
                    second=moments[later].date(),
                )
                self._findings.add(
                    "ERMS-DATES", self._place(element), told, _("Kontrollera datumen i källsystemet.")
                )

    def _co_occurrence(self, element: etree._Element, version: ErmsVersion) -> None:
        for breach in breaches(element, version):
            name = local_name(element)
            told = _("Elementet %(name)s är tomt.", name=name)
            if breach.attribute:
                told = _("Elementet %(name)s har %(attribute)s \"%(value)s\" men saknar %(companion)s.", name=name,
                         attribute=breach.attribute, value=breach.value, companion=breach.companion)  # fmt: skip
            mend = _("Fyll i det kompletterande värdet eller välj ett annat värde ur listan.")
            self._findings.add(breach.rule, self._place(element, breach.attribute), told, mend)


def _moment(text: str | None) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
