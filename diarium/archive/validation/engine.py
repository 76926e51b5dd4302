"""The way in: one package, one report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation.checks import Context
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.documents import tell_problems
from diarium.archive.validation.erms import check_erms
from diarium.archive.validation.fixity import Fixity, references
from diarium.archive.validation.legacy import LEGACY_NAME, check_legacy
from diarium.archive.validation.legacy import PROFILE as LEGACY_PROFILE
from diarium.archive.validation.listing import PackageFiles, scan
from diarium.archive.validation.mets import METS, Mets, read_xml
from diarium.archive.validation.model import Limits, Place, ValidationReport
from diarium.archive.validation.opening import METS_NAME, opened
from diarium.archive.validation.rules_files import check_files
from diarium.archive.validation.rules_header import PACKAGE_TYPE, check_header
from diarium.archive.validation.rules_ids import check_ids
from diarium.archive.validation.rules_metadata import check_metadata
from diarium.archive.validation.rules_sip import check_sip
from diarium.archive.validation.rules_structmap import check_structmap, representation_mets
from diarium.archive.validation.rules_structure import check_root, check_structure
from diarium.archive.validation.sidecars import check_additional_info, check_premis
from diarium.archive.validation.vocabularies import SIP_PROFILE
from diarium.i18n import gettext as _

SIP_NAME = "FGS Paketstruktur 2.0 / E-ARK SIP 2.1.0"
CSIP_NAME = "E-ARK CSIP 2.1.0"
_METS_SCHEMAS = ("mets.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
# profiles of CSIP alone, by the end of their address: such a package is not judged by the SIP rules
_CSIP_PROFILES = ("/E-ARK-CSIP.xml", "/METS/IP.xml", "/E-ARK-AIP.xml", "/E-ARK-DIP.xml")


def validate_package(
    path: Path,
    *,
    schemas: SchemaSet | None = None,
    limits: Limits | None = None,
    now: dt.datetime | None = None,
) -> ValidationReport:
    """Checks a package folder, .zip or .tar; everything wrong with it is a finding.

    `schemas`: diarium's own if not given. `now`: aware, for dates in the future; the clock if not given.

    Raises:
        SchemaSetError: a schema of `schemas` itself is missing or broken.
    """
    limits = limits or Limits()
    findings = Collector(limits.findings_per_rule)
    with opened(Path(path), limits, findings) as package:
        files = scan(package[0], limits, findings) if package is not None else None
        if package is None or files is None:
            return ValidationReport(Path(path).name, _("okänd"), findings.findings(), 0, 0, is_usable=False)
        check = _Check(
            package[1], files, schemas or SchemaSet.own(), limits, findings, now or dt.datetime.now(dt.UTC)
        )
        profile, usable = check.run()
        return ValidationReport(package[1], profile, findings.findings(), len(files.sizes), files.total, usable)


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
    ) -> None:
        self._name = name
        self._files = files
        self._schemas = schemas
        self._limits = limits
        self._findings = findings
        self._now = now

    def run(self) -> tuple[str, bool]:
        """Name of the profile, and whether the package could be read at all."""
        if METS_NAME not in self._files.sizes and LEGACY_NAME in self._files.sizes:
            return LEGACY_PROFILE, check_legacy(self._files, self._limits, self._findings)
        mets = self._read(METS_NAME, "") if check_root(self._files, self._findings) else None
        if mets is None:
            if "representations" in self._files.folders:
                check_structure(self._files, self._name, None, self._findings)
            return _("okänd"), False
        is_sip = _is_sip(mets)
        self._check_mets(mets, self._name)
        if is_sip:
            check_sip(Context(mets, self._findings))
        check_structure(self._files, self._name, mets, self._findings)
        documents = [mets, *self._representations()]
        fixity = Fixity(self._files, self._findings)
        for document in documents:
            fixity.check(document, references(document))
        fixity.finish({METS_NAME})
        check_erms(mets, self._files, self._schemas, self._limits, self._findings)
        check_premis(documents, self._files, self._schemas, self._limits, self._findings)
        check_additional_info(mets, self._files, self._schemas, self._limits, self._findings)
        return (SIP_NAME if is_sip else CSIP_NAME), True

    def _read(self, file: str, folder: str) -> Mets | None:
        tree = read_xml(self._files.path(file), file, self._limits.mets_bytes, self._findings)
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
        context = Context(mets, self._findings)
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
    if profile == SIP_PROFILE:
        return True
    header = mets.one("m:metsHdr")
    kind = header.get(PACKAGE_TYPE, "SIP") if header is not None else "SIP"
    return kind == "SIP" and not profile.endswith(_CSIP_PROFILES)
