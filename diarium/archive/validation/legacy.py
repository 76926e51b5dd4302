"""FGS Paketstruktur 1.2: known, but judged only by what needs no knowledge of its rules.

Source: FGS Paketstruktur 1.2 (sip.xml at the root; references written file:///Content/…).
"""

from __future__ import annotations

from collections.abc import Iterator

from diarium.archive.validation.collector import Collector
from diarium.archive.validation.fixity import Fixity, Reference
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import NS, Mets, read_xml
from diarium.archive.validation.model import Limits, Place
from diarium.archive.validation.rules_metadata import HREF
from diarium.i18n import gettext as _

LEGACY_NAME = "sip.xml"
PROFILE = "FGS Paketstruktur 1.2"


def check_legacy(files: PackageFiles, limits: Limits, findings: Collector) -> bool:
    """Whether sip.xml could be read. Checks well-formedness, missing and unlisted files, sizes and checksums."""
    told = _("Paketet följer FGS Paketstruktur 1.2. Reglerna för den generationen kontrolleras inte ännu.")
    mend = _("Filer, storlekar och kontrollsummor har kontrollerats; resten får granskas för hand.")
    findings.add("FGS12", Place(LEGACY_NAME), told, mend)
    tree = read_xml(files.path(LEGACY_NAME), LEGACY_NAME, limits.mets_bytes, findings)
    if tree is None:
        return False
    mets = Mets(tree, LEGACY_NAME, "")
    fixity = Fixity(files, findings, as_local_url=True)
    fixity.check(mets, _references(mets))
    fixity.listed.update(files.under("System"))
    fixity.finish({LEGACY_NAME})
    return True


def _references(mets: Mets) -> Iterator[Reference]:
    rules = ("FILE-MISSING", "FILE-SIZE", "FILE-CHECKSUM")
    for link in mets.all(f".//m:mdRef[@{HREF}]"):
        yield Reference(link, link, *rules)
    for file in mets.all("m:fileSec//m:file"):
        for link in file.iterfind(f"m:FLocat[@{HREF}]", NS):
            yield Reference(link, file, *rules, is_file=True)
