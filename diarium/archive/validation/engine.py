"""The way in: one package, one report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation.checks import Context
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.course import Course
from diarium.archive.validation.documents import tell_problems
from diarium.archive.validation.erms import check_erms
from diarium.archive.validation.expected import VERSION_OF, check_expected
from diarium.archive.validation.fixity import Fixity, references
from diarium.archive.validation.legacy import PROFILE as LEGACY_PROFILE
from diarium.archive.validation.legacy import Legacy, check_legacy, legacy_name
from diarium.archive.validation.listing import Beside, PackageFiles, scan
from diarium.archive.validation.mets import METS, Mets, read_xml
from diarium.archive.validation.model import Limits, Place, ValidationReport
from diarium.archive.validation.opening import METS_NAME, opened
from diarium.archive.validation.rules_files import check_files
from diarium.archive.validation.rules_header import PACKAGE_TYPE, check_header
from diarium.archive.validation.rules_ids import check_ids, check_ids_across
from diarium.archive.validation.rules_metadata import check_metadata
from diarium.archive.validation.rules_sip import check_sip
from diarium.archive.validation.rules_structmap import check_structmap, representation_mets
from diarium.archive.validation.rules_structure import check_root, check_structure
from diarium.archive.validation.sidecars import check_additional_info, check_premis
from diarium.archive.validation.versions import (
    LEVELS,
    SIP_PROFILES,
    CsipVersion,
    csip_version,
    is_other_than_sip,
)
from diarium.i18n import gettext as _

SIP_NAMES = {
    CsipVersion.V2_1: "FGS Paketstruktur 2.0 / E-ARK SIP 2.1.0",
    CsipVersion.V2_2: "FGS Paketstruktur 2.0 / E-ARK SIP 2.2.0",
}
_METS_SCHEMAS = ("mets.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")


def validate_package(
    path: Path,
    *,
    schemas: SchemaSet | None = None,
    limits: Limits | None = None,
    now: dt.datetime | None = None,
    profile: ProfileCode | None = None,
    keep: Path | None = None,
    beside: Beside | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> ValidationReport:
    """Checks a package folder, .zip or .tar; everything wrong with it is a finding.

    `schemas`: diarium's own if not given. `now`: aware, for dates in the future; the clock if not given.
    `profile`: the format that the package shall have; if not given, it is judged by the one it says it has.
    `keep`: an empty folder that an archive file is unpacked to, and stays in; a temporary one if not given.
    `beside`: files of the package that do not lie in the folder `path`, and what they were when they were read.
    `on_progress`: told bytes read and in all, while files are hashed.

    Raises:
        SchemaSetError: a schema of `schemas` itself is missing or broken.
    """
    limits = limits or Limits()
    findings = Collector(limits.findings_per_rule, limits.findings_in_all)
    with opened(Path(path), limits, findings, keep) as package:
        files = scan(package[0], limits, findings, beside) if package is not None else None
        if package is None or files is None:
            return ValidationReport(Path(path).name, _("okänd"), findings.findings(), 0, 0, is_usable=False)
        moment = now or dt.datetime.now(dt.UTC)
        course = Course(files.total, on_progress)
        check = _Check(package[1], files, schemas or SchemaSet.own(), limits, findings, moment, course)
        name, usable = check.run(profile)
        return ValidationReport(package[1], name, findings.findings(), len(files.sizes), files.total, usable)


class _Check:
    """The checks of one opened package."""

    def __init__(
        self,
        name: str,
        files: PackageFiles,
        schemas: SchemaSet,
        limits: Limits,
        findings: Collector,
        now: dt.datetime,
        course: Course,
    ) -> None:
        self._name = name
        self._files = files
        self._schemas = schemas
        self._limits = limits
        self._findings = findings
        self._now = now
        self._course = course
        self._version = CsipVersion.V2_1

    def run(self, profile: ProfileCode | None) -> tuple[str, bool]:
        """Name of the profile, and whether the package could be read at all."""
        if METS_NAME not in self._files.sizes and legacy_name(self._files) is not None:
            check_expected(profile, None, self._files, self._findings)
            return LEGACY_PROFILE, check_legacy(self._legacy())
        mets = self._read(METS_NAME, "") if check_root(self._files, self._findings) else None
        if mets is None:
            if "representations" in self._files.folders:
                check_structure(self._files, self._name, None, self._findings)
            return _("okänd"), False
        said = csip_version(mets.root.get("PROFILE", ""))
        self._version = said if profile is None else VERSION_OF.get(profile, said)
        self._findings.levels = LEVELS[self._version]
        check_expected(profile, mets, self._files, self._findings)
        is_sip = _is_sip(mets)
        self._check_mets(mets, self._name)
        if is_sip:
            check_sip(self._context(mets))
        check_structure(self._files, self._name, mets, self._findings, self._version)
        documents = [mets, *self._representations()]
        check_ids_across([self._context(document) for document in documents])
        fixity = Fixity(self._files, self._findings, on_read=self._course.advance)
        for document in documents:
            fixity.check(document, references(document))
        fixity.finish({METS_NAME})
        check_erms(mets, self._files, self._schemas, self._limits, self._findings)
        check_premis(documents, self._files, fixity, self._schemas, self._limits, self._findings)
        check_additional_info(mets, self._files, self._schemas, self._limits, self._findings)
        return SIP_NAMES[self._version] if is_sip else f"E-ARK CSIP {self._version}", True

    def _legacy(self) -> Legacy:
        return Legacy(self._files, self._schemas, self._limits, self._findings, self._now, self._course.advance)

    def _context(self, mets: Mets) -> Context:
        return Context(mets, self._findings, self._version)

    def _read(self, file: str, folder: str) -> Mets | None:
        limits = self._limits
        path = self._files.path(file)
        tree = read_xml(path, file, limits.mets_bytes, self._findings, most_nodes=limits.mets_nodes)
        if tree is None:
            return None
        if tree.getroot().tag != f"{{{METS}}}mets":
            told = _("%(file)s är inte ett METS-dokument.", file=file)
            mend = _("Rotelementet ska vara mets i namnrymden %(namespace)s.", namespace=METS)
            self._findings.add("XSD", Place(file, 1), told, mend)
            return None
        return Mets(tree, file, folder)

    def _representations(self) -> list[Mets]:
        """METS files of the representations, each judged by CSIP."""
        found = []
        for file in representation_mets(self._files):
            folder = file.rsplit("/", 1)[0]
            mets = self._read(file, folder)
            if mets is not None:
                self._check_mets(mets, folder.rsplit("/", 1)[-1])
                found.append(mets)
        return found

    def _check_mets(self, mets: Mets, folder_name: str) -> None:
        context = self._context(mets)
        repeated = check_ids(context)
        problems = self._schemas.validate(_METS_SCHEMAS, mets.tree)
        # a repeated ID has been told of under its own rule
        own = [
            p for p in problems if not ("'xs:ID'" in p.message and any(f"'{i}'" in p.message for i in repeated))
        ]
        tell_problems(own, mets.file, _METS_SCHEMAS[0], self._findings, mets.tree)
        check_header(context, folder_name, self._now)
        check_metadata(context, self._files)
        check_files(context, self._files)
        check_structmap(context, self._files)


def _is_sip(mets: Mets) -> bool:
    """Judged as a SIP: says so in PROFILE, or says nothing that makes it another kind of package."""
    profile = mets.root.get("PROFILE", "")
    if profile in SIP_PROFILES.values():
        return True
    header = mets.one("m:metsHdr")
    kind = header.get(PACKAGE_TYPE, "SIP") if header is not None else "SIP"
    return kind == "SIP" and not is_other_than_sip(profile)
