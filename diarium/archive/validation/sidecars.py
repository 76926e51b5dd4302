"""PREMIS files that METS refers to, and Riksarkivet's additionalPackageInfo.xml.

Source: PREMIS 3.0; Riksarkivet's application of FGS Paketstruktur 2.0.
"""

from __future__ import annotations

from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.documents import check_schema, root_tag
from diarium.archive.validation.fixity import Fixity
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import Mets, line_of, read_xml
from diarium.archive.validation.model import Limits, Place
from diarium.archive.validation.premis_objects import PREMIS, PremisObjects
from diarium.archive.validation.rules_metadata import HREF
from diarium.i18n import gettext as _

_SNA = "{http://xml.ra.se/e-arkiv/implementation-IP/version10/SNAadditionalPackageInfo}"
_SNA_FILE = "additionalpackageinfo.xml"


def check_premis(
    documents: list[Mets],
    files: PackageFiles,
    fixity: Fixity,
    schemas: SchemaSet,
    limits: Limits,
    findings: Collector,
) -> None:
    """Each PREMIS file once, however many sections refer to it: its schema, and its objects against the files."""
    found: dict[str, Place] = {}
    for mets in documents:
        for link in mets.all(f".//m:mdRef[@{HREF}]"):
            if link.get("MDTYPE", "").startswith("PREMIS"):
                target = files.find(link.get(HREF, ""), mets.folder)
                if target.file is not None:
                    found.setdefault(target.file, mets.place(link))
    objects = PremisObjects(documents, files, fixity, findings) if found else None
    for file in found:
        tag = root_tag(files.path(file))
        if tag is not None and "premis" in tag.lower() and not tag.startswith(PREMIS):
            told = _("%(file)s är inte PREMIS version 3 och kontrolleras inte mot schemat.", file=file)
            mend = _("Leverera bevarandemetadata i PREMIS version 3.")
            findings.add("PREMIS-VERSION", Place(file), told, mend)
        elif check_schema(files.path(file), file, "premis-v3-0.xsd", schemas, limits, findings) and objects:
            objects.read(file)
    if objects:
        objects.finish()


def check_additional_info(
    mets: Mets, files: PackageFiles, schemas: SchemaSet, limits: Limits, findings: Collector
) -> None:
    for file in files.under("documentation"):
        if file.rsplit("/", 1)[-1].lower() == _SNA_FILE:
            _additional_info(file, mets, files, schemas, limits, findings)


def _additional_info(
    file: str, mets: Mets, files: PackageFiles, schemas: SchemaSet, limits: Limits, findings: Collector
) -> None:
    if not check_schema(files.path(file), file, "SNAadditionalPackageInfo.xsd", schemas, limits, findings):
        return
    quiet = Collector(0)  # whatever is wrong with it as XML has been told by check_schema
    tree = read_xml(files.path(file), file, limits.tree_bytes, quiet)
    package = tree.getroot().find(f"{_SNA}package") if tree is not None else None
    if package is None:
        return
    if package.get("id") != mets.objid:
        told = _("package/@id är %(id)s men METS har OBJID %(objid)s.", id=package.get("id"), objid=mets.objid)
        mend = _("Skriv samma identitet på båda ställena.")
        findings.add("SNA-ID", Place(file, line_of(package), "/additionalPackageInfo/package/@id"), told, mend)
    for element in package.iterfind(f"{_SNA}files/{_SNA}file"):
        path = element.get("path", "")
        candidates = (f"{path.rstrip('/')}/{element.get('name', '')}", path)
        if all(files.find(candidate).file is None for candidate in candidates):
            told = _("Filen %(path)s finns inte i paketet.", path=path[:300])
            mend = _("Rätta sökvägen i file/@path: den skrivs från paketets rot.")
            findings.add("SNA-FILE", Place(file, line_of(element), "//file/@path"), told, mend)
