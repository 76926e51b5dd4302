"""Requirements that no package can break, or not so that it can be seen, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from diarium.i18n import lazy_gettext as _l

UNCHECKED: Mapping[str, str] = {
    "CSIPSTR3": _l("Tillåter bara: paketet får vara packat. ZIP och TAR packas upp, annat avvisas (PACKAGE)."),
    "CSIPSTR14": _l("Tillåter bara: fler mappar får finnas. Deras filer ska ändå förtecknas (FILE-EXTRA)."),
    "CSIP45": _l("Tillåter bara: rättighetsmetadata får finnas. Finns de, kontrolleras de (CSIP46–57)."),
    "REF_METS_1": _l("Tillåter bara: structLink får finnas. Schemat för METS avgör hur (XSD)."),
    "REF_METS_2": _l("Tillåter bara: behaviorSec får finnas. Schemat för METS avgör hur (XSD)."),
    "REF_CSIP_1": _l("Hänvisar till CSIP: beskrivande metadata kontrolleras där (CSIP17–30)."),
    "REF_CSIP_2": _l("Hänvisar till CSIP: administrativa metadata kontrolleras där (CSIP31–57)."),
    "REF_CSIP_3": _l("Hänvisar till CSIP: den strukturella kartan kontrolleras där (CSIP80–119)."),
}
