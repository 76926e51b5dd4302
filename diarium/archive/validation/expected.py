"""A package against the format that it was asked to have: generation, version, and how METS is divided."""

from __future__ import annotations

from collections.abc import Mapping

from diarium.archive.profiles.codes import PROFILE_LABELS, ProfileCode
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import Mets
from diarium.archive.validation.model import Place
from diarium.archive.validation.rules_header import CONTENT_TYPE
from diarium.archive.validation.rules_structmap import representation_mets
from diarium.archive.validation.versions import ERMS_TYPES, CsipVersion, ErmsVersion, csip_version
from diarium.i18n import gettext as _

VERSION_OF: Mapping[ProfileCode, CsipVersion] = {
    ProfileCode.FGS2: CsipVersion.V2_1,
    ProfileCode.EARK: CsipVersion.V2_1,
    ProfileCode.FGS2_2_2: CsipVersion.V2_2,
    ProfileCode.EARK_2_2: CsipVersion.V2_2,
}
_ERMS_OF = {CsipVersion.V2_1: ErmsVersion.V2, CsipVersion.V2_2: ErmsVersion.V3}
_DIVIDED = frozenset({ProfileCode.EARK, ProfileCode.EARK_2_2})
_INFO = "documentation/additionalPackageInfo.xml"


def check_expected(
    profile: ProfileCode | None, mets: Mets | None, files: PackageFiles, findings: Collector
) -> None:
    """`mets` is None for FGS Paketstruktur 1.2. Nothing is told where no format was asked for."""
    if profile is None or (mets is None and profile is ProfileCode.FGS1):
        return
    version = VERSION_OF.get(profile)
    if mets is None or version is None:
        found = _("FGS Paketstruktur 1.2") if mets is None else _("FGS Paketstruktur 2.0 eller E-ARK")
        _tell(findings, profile, Place(""), _("Paketet följer %(found)s.", found=found))
        return
    said = csip_version(mets.root.get("PROFILE", ""))
    if said is not version:
        told = _("PROFILE anger version %(said)s av CSIP och SIP.", said=said.value)
        _tell(findings, profile, mets.place(mets.root, "PROFILE"), told)
    erms = ERMS_TYPES.get(mets.root.get(CONTENT_TYPE, ""))
    if erms is not None and erms is not _ERMS_OF[version]:
        told = _("CONTENTINFORMATIONTYPE anger ERMS %(version)s.", version=erms.value)
        _tell(findings, profile, mets.place(mets.root, CONTENT_TYPE), told)
    divided = representation_mets(files)
    if profile in _DIVIDED and not divided:
        _tell(findings, profile, Place("representations"), _("Ingen representation har en egen METS.xml."))
    if profile not in _DIVIDED and divided:
        told = _("%(file)s: i Riksarkivets form finns bara en METS.xml, i roten.", file=divided[0])
        _tell(findings, profile, Place(divided[0]), told)
    if profile not in _DIVIDED and _INFO not in files.sizes:
        _tell(findings, profile, Place(_INFO), _("%(file)s saknas.", file=_INFO))


def _tell(findings: Collector, profile: ProfileCode, place: Place, told: str) -> None:
    mend = _("Gör paketet i formatet %(name)s, eller kontrollera det som det format det har.",
             name=PROFILE_LABELS[profile])  # fmt: skip
    findings.add("PROFILE", place, told, mend)
