"""FGS Paketstruktur 1.2 with FGS Ärendehantering 1.0: sip.xml, its files, and the cases inside.

Source: FGS Paketstruktur 1.2 (sip.xml at the root; references written file:///Content/…); FGS Ärendehantering 1.0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation.checks import Context, asked
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.documents import tell_problems
from diarium.archive.validation.fixity import Fixity
from diarium.archive.validation.legacy_content import check_content
from diarium.archive.validation.legacy_files import (
    check_file_section,
    check_identifiers,
    check_names,
    references,
)
from diarium.archive.validation.legacy_header import check_extension_names, check_head
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import METS, Mets, read_xml
from diarium.archive.validation.model import Limits, Place
from diarium.i18n import gettext as _

LEGACY_NAME: Final = "sip.xml"
PROFILE: Final = "FGS Paketstruktur 1.2"
SCHEMAS: Final = ("CSPackageMETS.xsd", "CSPackageExtensionMETS.xsd")


@dataclass(frozen=True, slots=True)
class Legacy:
    """A package of that kind under scrutiny. `now` is aware; `on_read`: told how many bytes have been read."""

    files: PackageFiles
    schemas: SchemaSet
    limits: Limits
    findings: Collector
    now: dt.datetime
    on_read: Callable[[int], None] = lambda count: None


def legacy_name(files: PackageFiles) -> str | None:
    """The package's sip.xml, also where it is spelt otherwise; None for a package of another kind."""
    at_root = sorted(name for name in files.sizes if name.lower() == LEGACY_NAME)
    return LEGACY_NAME if LEGACY_NAME in at_root else next(iter(at_root), None)


def check_legacy(package: Legacy) -> bool:
    """Checks everything. Whether sip.xml could be read."""
    files, limits, findings = package.files, package.limits, package.findings
    name = legacy_name(files) or LEGACY_NAME
    if name != LEGACY_NAME:
        told = _("Filen heter %(name)s.", name=name)
        findings.add("FGS12-SIP", Place(name), told, asked("FGS12-SIP"))
    mets = _read(name, package)
    if mets is None:
        return False
    context = Context(mets, findings)
    repeated = check_identifiers(context)
    problems = package.schemas.validate(SCHEMAS, mets.tree)
    # a repeated ID has been told of under its own rule
    own = [p for p in problems if not ("'xs:ID'" in p.message and any(f"'{i}'" in p.message for i in repeated))]
    tell_problems(own, name, SCHEMAS[0], findings, mets.tree)
    check_head(context, package.now)
    check_extension_names(context)
    check_file_section(context, package.now)
    check_names(files, findings)
    fixity = Fixity(files, findings, as_local_url=True, on_read=package.on_read)
    fixity.check(mets, references(mets))
    _unlisted_schemas(files, fixity, findings)
    fixity.finish({name})
    check_content(context, files, fixity, package.schemas, limits, package.now)
    return True


def _unlisted_schemas(files: PackageFiles, fixity: Fixity, findings: Collector) -> None:
    """Some archives have not asked for them: they are no more than a warning."""
    for name in files.under("System"):
        if name not in fixity.listed:
            told = _("%(file)s finns i paketet men är inte förtecknad i sip.xml.", file=name)
            findings.add("FGS12-UNLISTED", Place(name), told, asked("FGS12-UNLISTED"))
            fixity.listed.add(name)


def _read(name: str, package: Legacy) -> Mets | None:
    path, limits, findings = package.files.path(name), package.limits, package.findings
    tree = read_xml(path, name, limits.mets_bytes, findings, most_nodes=limits.mets_nodes)
    if tree is None:
        return None
    if tree.getroot().tag != f"{{{METS}}}mets":
        told = _("%(file)s är inte ett METS-dokument.", file=name)
        mend = _("Rotelementet ska vara mets i namnrymden %(namespace)s.", namespace=METS)
        findings.add("XSD", Place(name, 1), told, mend)
        return None
    return Mets(tree, name, "")
