"""The folders of a package.

Source: CSIP 2.1.0, CSIPSTR1–CSIPSTR16. CSIPSTR1 and CSIPSTR3 are judged when the package is opened; CSIPSTR14 only
permits.
"""

from __future__ import annotations

from collections.abc import Iterator

from diarium.archive.validation.checks import asked
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import Mets
from diarium.archive.validation.model import Place, Severity
from diarium.archive.validation.opening import METS_NAME
from diarium.archive.validation.rules_header import is_mapped_name
from diarium.archive.validation.rules_structmap import representation_mets
from diarium.archive.validation.versions import CsipVersion
from diarium.i18n import gettext as _


def check_root(files: PackageFiles, findings: Collector) -> bool:
    """Whether METS.xml stands at the root; a finding if not."""
    if METS_NAME in files.sizes:
        return True
    similar = sorted(name for name in files.sizes if "/" not in name and "mets" in name.lower())
    told = _("Paketets rotmapp har ingen fil METS.xml.")
    if similar:
        told = _("Paketets rotmapp har ingen fil METS.xml, men %(file)s.", file=similar[0])
    mend = _("Döp om METS-filen till just METS.xml, eller ange mappen där den ligger.")
    findings.add("CSIPSTR4", Place(""), told, mend)
    return False


def check_structure(
    files: PackageFiles,
    folder_name: str,
    mets: Mets | None,
    findings: Collector,
    version: CsipVersion = CsipVersion.V2_1,
) -> None:
    """`mets` is None when METS.xml cannot be read: the folders are judged all the same."""
    if mets is not None and mets.objid and not _is_its_name(mets.objid, folder_name, version):
        told = _(
            "Rotmappen heter %(folder)s men paketets OBJID är %(objid)s.", folder=folder_name, objid=mets.objid
        )
        mend = _("Döp om rotmappen till paketets OBJID.")
        findings.add("CSIPSTR2", Place(""), told, mend)
    for rule, folder in (("CSIPSTR5", "metadata"), ("CSIPSTR9", "representations"), ("CSIPSTR15", "schemas")):
        if folder not in files.folders and not (folder == "schemas" and _has_schemas(files)):
            _absent(findings, rule, folder)
    if not any(_ends_with(folder, "documentation") for folder in files.folders):
        _absent(findings, "CSIPSTR16", "documentation")
    if mets is not None:
        _metadata_folders(files, mets, findings)
    _representations(files, findings)


def _is_its_name(objid: str, folder_name: str, version: CsipVersion) -> bool:
    return objid == folder_name or (version is not CsipVersion.V2_1 and is_mapped_name(objid, folder_name))


def _metadata_folders(files: PackageFiles, mets: Mets, findings: Collector) -> None:
    """Metadata that exists should stand in the folder for its kind."""
    for rule, path, folder in (
        ("CSIPSTR6", "m:amdSec/m:digiprovMD/m:mdRef", "preservation"),
        ("CSIPSTR7", "m:dmdSec/m:mdRef", "descriptive"),
    ):
        for reference in mets.all(path):
            target = files.find(reference.get("{http://www.w3.org/1999/xlink}href", ""), mets.folder)
            if target.file is not None and f"metadata/{folder}/" not in f"/{target.file}":
                told = _("%(file)s ligger inte i metadata/%(folder)s.", file=target.file, folder=folder)
                findings.add(rule, mets.place(reference), told, asked(rule))
    for name in files.under("metadata"):
        if name.count("/") == 1 and not name.startswith("metadata/."):
            told = _("%(file)s ligger direkt i metadata.", file=name)
            findings.add("CSIPSTR8", Place(name), told, asked("CSIPSTR8"))


def _representations(files: PackageFiles, findings: Collector) -> None:
    loose = [name for name in files.under("representations") if name.count("/") == 1]
    for name in loose:
        if not name.startswith("representations/."):
            told = _("%(file)s ligger direkt i representations.", file=name)
            findings.add("CSIPSTR10", Place(name), told, asked("CSIPSTR10"))
    divided = bool(representation_mets(files))
    for name in files.children("representations"):
        folder = f"representations/{name}"
        if name == "documentation":  # for all representations: tolerated
            continue
        subfolders = set(files.children(folder))
        if "data" not in subfolders:
            _absent(findings, "CSIPSTR11", f"{folder}/data")
        if divided and f"{folder}/{METS_NAME}" not in files.sizes:
            told = _("%(folder)s saknar METS.xml, som andra representationer har.", folder=folder)
            findings.add("CSIPSTR12", Place(folder), told, asked("CSIPSTR12"))
        if "metadata" not in subfolders and _stray_metadata(files, folder):
            _absent(findings, "CSIPSTR13", f"{folder}/metadata")


def _stray_metadata(files: PackageFiles, folder: str) -> bool:
    """Metadata of a kind of its own beside data, without the folder metadata."""
    return any(f"{folder}/{kind}" in files.folders for kind in ("descriptive", "preservation"))


def _has_schemas(files: PackageFiles) -> bool:
    return any(_ends_with(folder, "schemas") for folder in files.folders)


def _ends_with(folder: str, name: str) -> bool:
    return folder == name or folder.endswith(f"/{name}")


def _absent(findings: Collector, rule: str, folder: str) -> None:
    told = _("Mappen %(folder)s saknas.", folder=folder)
    findings.add(rule, Place(folder), told, asked(rule), severity=Severity.WARNING)


def unlisted_metadata(files: PackageFiles, listed: set[str]) -> Iterator[tuple[str, str]]:
    """Rule and file for metadata that no section describes (CSIP17, CSIP32)."""
    for rule, folder in (("CSIP17", "metadata/descriptive"), ("CSIP32", "metadata/preservation")):
        for name in files.under(folder):
            if name not in listed and not name.rsplit("/", 1)[-1].startswith("."):
                yield rule, name
