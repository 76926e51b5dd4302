"""How the documents that we know are built: which of their elements are cases, records, events, people.

Only names are asked for, not versions: ERMS 2.1 and 3.0 are read alike, and so is what another system has made.
Source: CITS ERMS 2.1.2 and 3.0, FGS Ärendehantering 1.0, PREMIS 3.0, METS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from diarium.i18n import lazy_gettext as _l


class ItemKind(StrEnum):
    """What a part of a package is."""

    DOCUMENT = "document"
    CASE = "case"
    RECORD = "record"
    OBJECT = "object"
    EVENT = "event"
    AGENT = "agent"
    RIGHTS = "rights"


ITEM_KIND_LABELS: Mapping[ItemKind, str] = {
    ItemKind.DOCUMENT: _l("Metadatafil"),
    ItemKind.CASE: _l("Ärende"),
    ItemKind.RECORD: _l("Handling"),
    ItemKind.OBJECT: _l("Objekt"),
    ItemKind.EVENT: _l("Händelse"),
    ItemKind.AGENT: _l("Person eller program"),
    ItemKind.RIGHTS: _l("Rättighet"),
}


class Fact(StrEnum):
    """What an element tells of the item it stands in."""

    NUMBER = "number"
    TITLE = "title"
    STATUS = "status"
    CLASS = "class"
    DATE = "date"
    RESTRICTION = "restriction"
    REGULATION = "regulation"
    REASON = "reason"
    RESTRICTION_DATE = "restriction-date"
    REFERENCE = "reference"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of document. `parents`: under which elements an item can stand; `facts`: by path within the item.

    `people`: elements about somebody; in them `person_names` and `contacts` tell who it is. `links`: elements that
    lead to a file, with the attribute that says where. `wrappers` are only there to hold items.
    """

    name: str
    label: str
    items: Mapping[str, ItemKind] = field(default_factory=dict)
    parents: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    person_names: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)


PROTECTED: Final = frozenset({"protectedIdentity", "SkyddadIdentitet"})
"""Elements that say whether somebody's identity is protected."""

_DATES_1: Final = frozenset(
    {
        "Skapad",
        "Inkommen",
        "Upprattad",
        "Expedierad",
        "Beslutat",
        "Avslutat",
        "Arkiverat",
        "SistaAnvandandetidpunkt",
    }
    | {"Skannad"}
)
ERMS: Final = Shape(
    "erms",
    _l("Ärenden och handlingar (ERMS)"),
    items={"aggregation": ItemKind.CASE, "record": ItemKind.RECORD},
    parents=frozenset({"aggregations", "aggregation", "records"}),
    wrappers=frozenset({"aggregations", "records"}),
    facts={
        "objectId": Fact.NUMBER,
        "title": Fact.TITLE,
        "status": Fact.STATUS,
        "classification": Fact.CLASS,
        "dates/date": Fact.DATE,
        "restriction": Fact.RESTRICTION,
        "restriction/regulation": Fact.REGULATION,
        "restriction/explanatoryText": Fact.REASON,
        "restriction/dates/date": Fact.RESTRICTION_DATE,
        "notes": Fact.REMARK,
        "description": Fact.REMARK,
    },
    people=frozenset({"agent"}),
    person_names=frozenset({"name"}),
    contacts=frozenset({"idNumber", "contactLine", "addressLine"}),
    links={"appendix": "path", "agentExtendingAppendix": "path"},
)
FGS1: Final = Shape(
    "fgs1",
    _l("Ärenden och handlingar (FGS Ärendehantering 1.0)"),
    items={"ArkivobjektArende": ItemKind.CASE, "ArkivobjektHandling": ItemKind.RECORD},
    parents=frozenset({"ArkivobjektListaArenden", "ArkivobjektListaHandlingar"}),
    wrappers=frozenset({"ArkivobjektListaArenden", "ArkivobjektListaHandlingar"}),
    facts={
        "ArkivobjektID": Fact.NUMBER,
        "Arendemening": Fact.TITLE,
        "Rubrik": Fact.TITLE,
        "StatusArande": Fact.STATUS,
        "StatusHandling": Fact.STATUS,
        "KlassReferens": Fact.CLASS,
        "Klass": Fact.CLASS,
        **dict.fromkeys(_DATES_1, Fact.DATE),
        "Restriktion": Fact.RESTRICTION,
        "Restriktion/Lagrum": Fact.REGULATION,
        "Restriktion/ForklarandeText": Fact.REASON,
        "Notering": Fact.REMARK,
        "Beskrivning": Fact.REMARK,
    },
    people=frozenset({"Agent", "Motpart", "Avsandare", "Mottagare"}),
    person_names=frozenset({"Namn"}),
    contacts=frozenset({"IDnummer", "Postadress", "Telefon", "Fax", "EPost"}),
    links={"Bilaga": "Lank"},
)
PREMIS: Final = Shape(
    "premis",
    _l("Uppgifter om bevarande (PREMIS)"),
    items={
        "object": ItemKind.OBJECT,
        "event": ItemKind.EVENT,
        "agent": ItemKind.AGENT,
        "rights": ItemKind.RIGHTS,
    },
    parents=frozenset({"premis"}),
    facts={
        "objectIdentifier/objectIdentifierValue": Fact.NUMBER,
        "eventIdentifier/eventIdentifierValue": Fact.NUMBER,
        "agentIdentifier/agentIdentifierValue": Fact.NUMBER,
        "originalName": Fact.TITLE,
        "eventType": Fact.TITLE,
        "agentName": Fact.TITLE,
        "eventDateTime": Fact.DATE,
        "linkingObjectIdentifier/linkingObjectIdentifierValue": Fact.REFERENCE,
        "storage/contentLocation/contentLocationValue": Fact.REFERENCE,
    },
)
METS: Final = Shape("mets", _l("Paketets förteckning (METS)"))
PACKAGE_INFO: Final = Shape("package-info", _l("Uppgifter om paketet"))
EAD: Final = Shape("ead", _l("Arkivbeskrivning (EAD)"))
OTHER: Final = Shape("other", _l("Andra metadata"))

BY_ROOT: Final[Mapping[str, Shape]] = {
    "erms": ERMS,
    "Leveransobjekt": FGS1,
    "premis": PREMIS,
    "mets": METS,
    "additionalPackageInfo": PACKAGE_INFO,
    "ead": EAD,
}
SHAPES: Final[Mapping[str, Shape]] = {shape.name: shape for shape in (*BY_ROOT.values(), OTHER)}
# In the order in which they count as the first day and the last day of a case or record.
FIRST_DAYS: Final = (
    "opened", "opening_date", "received", "Inkommen", "prepared", "Upprattad", "expedited", "Expedierad", "sent",
    "Skapad", "created", "originated", "start",
)  # fmt: skip
LAST_DAYS: Final = ("closed", "Avslutat", "archived", "Arkiverat", "finished", "end", "decision", "Beslutat")
