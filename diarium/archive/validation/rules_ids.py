"""IDs within a METS file: unique, and there when referred to.

XSD validation finds a repeated ID but, in libxml2, no reference that leads nowhere.
"""

from __future__ import annotations

from diarium.archive.validation.checks import Context
from diarium.archive.validation.mets import METS, local_name
from diarium.archive.validation.model import Severity
from diarium.i18n import gettext as _

# (element, attribute) to the rule that the reference belongs to; any other is METS-IDREF
_RULES = {
    ("fileGrp", "ADMID"): "CSIP61",
    ("file", "ADMID"): "CSIP74",
    ("file", "DMDID"): "CSIP75",
}
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
