"""IDs within a METS file: unique, and there when referred to.

XSD validation finds a repeated ID but, in libxml2, no reference that leads nowhere.
"""

from __future__ import annotations

from lxml import etree

from diarium.archive.validation.checks import Context
from diarium.archive.validation.mets import METS, local_name
from diarium.archive.validation.model import Severity
from diarium.archive.validation.versions import CsipVersion
from diarium.i18n import gettext as _

# (element, attribute) to the rule that the reference belongs to; any other is METS-IDREF
_RULES = {
    ("fileGrp", "ADMID"): "CSIP61",
    ("file", "ADMID"): "CSIP74",
    ("file", "DMDID"): "CSIP75",
}
# element to the rule that its ID must be unique in the whole package (2.1.0)
_UNIQUE = {
    "dmdSec": "CSIP18",
    "digiprovMD": "CSIP33",
    "rightsMD": "CSIP46",
    "fileSec": "CSIP59",
    "fileGrp": "CSIP65",
    "file": "CSIP67",
    "structMap": "CSIP83",
    "div": "CSIP106",
}
_DIVISIONS = {"Metadata": "CSIP89", "Documentation": "CSIP94", "Schemas": "CSIP98", "Representations": "CSIP102"}
_REFERENCES = ("ADMID", "DMDID", "FILEID")


def check_ids(context: Context) -> set[str]:
    """Returns the IDs that were given more than once."""
    seen: set[str] = set()
    twice: set[str] = set()
    elements = list(context.mets.root.iter(f"{{{METS}}}*"))
    for element in elements:
        identifier = element.get("ID")
        if identifier is None:
            continue
        if identifier in seen:
            twice.add(identifier)
            context.tell("METS-ID", element, _("ID %(id)s används mer än en gång.", id=identifier), attribute="ID")
        seen.add(identifier)
    for element in elements:
        for attribute in _REFERENCES:
            for wanted in element.get(attribute, "").split():
                if wanted not in seen:
                    name = local_name(element)
                    rule = _RULES.get((name, attribute), "METS-IDREF")
                    told = _("%(attribute)s hänvisar till %(id)s, som inte finns.", attribute=attribute, id=wanted)
                    mend = _("Rätta hänvisningen eller ta bort den.")
                    context.tell(rule, element, told, attribute=attribute, severity=Severity.ERROR, mend=mend)
    return twice


def check_ids_across(contexts: list[Context]) -> None:
    """IDs that several METS files of the package use, which CSIP 2.1.0 forbids and 2.2.0 allows."""
    if len(contexts) < 2 or contexts[0].version is not CsipVersion.V2_1:
        return
    owners: dict[str, str] = {}
    for context in contexts:
        file = context.mets.file
        for element in context.mets.root.iter(f"{{{METS}}}*"):
            identifier = element.get("ID")
            rule = _unique_rule(element) if identifier else None
            if identifier is None or rule is None or owners.setdefault(identifier, file) == file:
                continue
            told = _("ID %(id)s finns också i %(file)s.", id=identifier, file=owners[identifier])
            mend = _("Ge elementet ett ID som ingen annan METS-fil i paketet har, eller följ CSIP 2.2.0.")
            context.tell(rule, element, told, attribute="ID", severity=Severity.WARNING, mend=mend)


def _unique_rule(element: etree._Element) -> str | None:
    name = local_name(element)
    if name != "div":
        return _UNIQUE.get(name)
    parent = element.getparent()
    if parent is not None and local_name(parent) == "structMap":
        return "CSIP85"
    return _DIVISIONS.get(element.get("LABEL", ""), "CSIP106")
