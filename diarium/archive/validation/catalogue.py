"""Every rule the engine knows: id, level, and what it asks for, in few words.

Source: E-ARK CSIP 2.1.0 and E-ARK SIP 2.1.0 (ids and levels); ids with other letters are diarium's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diarium.archive.validation.legacy_catalogue import LEGACY_RULES
from diarium.archive.validation.model import Level, Rule
from diarium.i18n import lazy_gettext as _l

MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY


_STRUCTURE = [
    Rule("CSIPSTR1", MUST, _l("en enda rotmapp som rymmer hela paketet")),
    Rule("CSIPSTR2", SHOULD, _l("rotmappen heter som paketets identitet")),
    Rule("CSIPSTR3", MAY, _l("paketet får vara packat som ZIP eller TAR")),
    Rule("CSIPSTR4", MUST, _l("METS.xml i rotmappen")),
    Rule("CSIPSTR5", SHOULD, _l("mappen metadata i rotmappen")),
    Rule("CSIPSTR6", SHOULD, _l("bevarandemetadata i metadata/preservation")),
    Rule("CSIPSTR7", SHOULD, _l("beskrivande metadata i metadata/descriptive")),
    Rule("CSIPSTR8", MAY, _l("övriga metadata i en egen undermapp till metadata")),
    Rule("CSIPSTR9", SHOULD, _l("mappen representations i rotmappen")),
    Rule("CSIPSTR10", SHOULD, _l("en undermapp till representations för varje representation")),
    Rule("CSIPSTR11", SHOULD, _l("mappen data i varje representation")),
    Rule("CSIPSTR12", SHOULD, _l("METS.xml i varje representation, när paketet är uppdelat så")),
    Rule("CSIPSTR13", SHOULD, _l("representationens metadata i dess mapp metadata")),
    Rule("CSIPSTR14", MAY, _l("paketet får ha fler mappar")),
    Rule("CSIPSTR15", SHOULD, _l("XML-scheman i mappen schemas")),
    Rule("CSIPSTR16", SHOULD, _l("dokumentation i mappen documentation")),
]

_ROOT_AND_HEADER = [
    Rule("CSIP1", MUST, _l("paketets identitet, samma som rotmappens namn")),
    Rule("CSIP2", MUST, _l("innehållskategori ur listan över kategorier")),
    Rule("CSIP3", SHOULD, _l("egen innehållskategori när TYPE är OTHER")),
    Rule("CSIP4", SHOULD, _l("specifikation för innehållet, t.ex. citserms_v2_1")),
    Rule("CSIP5", MAY, _l("egen specifikation när CONTENTINFORMATIONTYPE är OTHER")),
    Rule("CSIP6", MUST, _l("webbadressen till den METS-profil som paketet följer")),
    Rule("CSIP117", MUST, _l("paketets huvud, metsHdr")),
    Rule("CSIP7", MUST, _l("när paketet skapades")),
    Rule("CSIP8", SHOULD, _l("när paketet senast ändrades")),
    Rule("CSIP9", MUST, _l("pakettyp enligt OAIS: SIP, AIP, DIP, AIU eller AIC")),
    Rule("CSIP10", MUST, _l("agenten som beskriver programmet bakom paketet")),
    Rule("CSIP11", MUST, _l("programmets agent har rollen CREATOR")),
    Rule("CSIP12", MUST, _l("programmets agent har typen OTHER")),
    Rule("CSIP13", MUST, _l("programmets agent har OTHERTYPE SOFTWARE")),
    Rule("CSIP14", MUST, _l("programmets namn")),
    Rule("CSIP15", MUST, _l("programmets version, i en note")),
    Rule("CSIP16", MUST, _l("versionens note har NOTETYPE SOFTWARE VERSION")),
]

_SIP = [
    Rule("SIP1", MAY, _l("en kort beskrivning av paketets innehåll")),
    Rule("SIP2", MUST, _l("adressen till profilen för E-ARK SIP i paketets version")),
    Rule("SIP3", MAY, _l("leveransens status, t.ex. NEW")),
    Rule("SIP4", MUST, _l("pakettypen SIP")),
    Rule("SIP5", MAY, _l("hänvisning till leveransöverenskommelsen")),
    Rule("SIP6", MAY, _l("hänvisning till tidigare leveransöverenskommelse")),
    Rule("SIP7", MAY, _l("referenskod i arkivförteckningen")),
    Rule("SIP8", MAY, _l("tidigare referenskod")),
    Rule("SIP9", MAY, _l("arkivbildaren som agent")),
    Rule("SIP10", MUST, _l("arkivbildarens roll")),
    Rule("SIP11", MUST, _l("arkivbildarens typ, ORGANIZATION eller INDIVIDUAL")),
    Rule("SIP12", MAY, _l("arkivbildarens namn")),
    Rule("SIP13", MAY, _l("arkivbildarens identitetskod")),
    Rule("SIP14", MUST, _l("arkivbildarens kod har NOTETYPE IDENTIFICATIONCODE")),
    Rule("SIP15", MUST, _l("levererande organisation eller person, med rollen CREATOR")),
    Rule("SIP16", MUST, _l("levererande parts roll, CREATOR")),
    Rule("SIP17", MUST, _l("levererande parts typ, ORGANIZATION eller INDIVIDUAL")),
    Rule("SIP18", MAY, _l("levererande parts namn")),
    Rule("SIP19", MAY, _l("levererande parts identitetskod")),
    Rule("SIP20", MUST, _l("levererande parts kod har NOTETYPE IDENTIFICATIONCODE")),
    Rule("SIP21", MAY, _l("kontaktperson")),
    Rule("SIP22", MUST, _l("kontaktpersonens roll, CREATOR")),
    Rule("SIP23", MUST, _l("kontaktpersonens typ, INDIVIDUAL")),
    Rule("SIP24", MUST, _l("kontaktpersonens namn")),
    Rule("SIP25", MAY, _l("kontaktuppgifter")),
    Rule("SIP26", MAY, _l("arkivmyndigheten som agent")),
    Rule("SIP27", MUST, _l("arkivmyndighetens roll, PRESERVATION")),
    Rule("SIP28", MUST, _l("arkivmyndighetens typ, ORGANIZATION")),
    Rule("SIP29", MAY, _l("arkivmyndighetens namn")),
    Rule("SIP30", MAY, _l("arkivmyndighetens identitetskod")),
    Rule("SIP31", MUST, _l("arkivmyndighetens kod har NOTETYPE IDENTIFICATIONCODE")),
    Rule("SIP32", MAY, _l("filformatets namn")),
    Rule("SIP33", MAY, _l("filformatets version")),
    Rule("SIP34", MAY, _l("formatregistrets namn, t.ex. PRONOM")),
    Rule("SIP35", MAY, _l("formatets nyckel i registret")),
]


def _section(ids: Mapping[str, tuple[str, Level]]) -> Iterator[Rule]:
    """The rules that descriptive, provenance and rights metadata have alike."""
    asks = {
        "section": _l("en metadatasektion för varje metadatafil"),
        "ID": _l("sektionens ID, unikt i METS-filen"),
        "created": _l("när metadata skapades"),
        "STATUS": _l("CURRENT eller SUPERSEDED"),
        "mdRef": _l("hänvisning till metadatafilen"),
        "LOCTYPE": _l("LOCTYPE URL"),
        "type": _l("länktypen simple"),
        "href": _l("metadatafilens plats i paketet"),
        "MDTYPE": _l("metadatatyp, t.ex. EAD eller PREMIS"),
        "MIMETYPE": _l("filens MIME-typ enligt IANA"),
        "SIZE": _l("filens storlek i byte"),
        "CREATED": _l("när filen skapades"),
        "CHECKSUM": _l("filens kontrollsumma"),
        "CHECKSUMTYPE": _l("kontrollsummans algoritm"),
    }
    for part, (identifier, level) in ids.items():
        yield Rule(identifier, level, asks[part])


_PARTS = ("LOCTYPE", "type", "href", "MDTYPE", "MIMETYPE", "SIZE", "CREATED", "CHECKSUM", "CHECKSUMTYPE")


def _numbered(first: int) -> dict[str, tuple[str, Level]]:
    return {part: (f"CSIP{first + order}", MUST) for order, part in enumerate(_PARTS)}


DESCRIPTIVE = {
    "section": ("CSIP17", SHOULD),
    "ID": ("CSIP18", MUST),
    "created": ("CSIP19", MUST),
    "STATUS": ("CSIP20", SHOULD),
    "mdRef": ("CSIP21", SHOULD),
    **_numbered(22),
}
PROVENANCE = {
    "section": ("CSIP32", SHOULD),
    "ID": ("CSIP33", MUST),
    "STATUS": ("CSIP34", SHOULD),
    "mdRef": ("CSIP35", SHOULD),
    **_numbered(36),
}
RIGHTS = {
    "section": ("CSIP45", MAY),
    "ID": ("CSIP46", MUST),
    "STATUS": ("CSIP47", SHOULD),
    "mdRef": ("CSIP48", SHOULD),
    **_numbered(49),
}

_FILES = [
    Rule("CSIP31", SHOULD, _l("administrativa metadata i en enda amdSec")),
    Rule("CSIP58", SHOULD, _l("en fileSec som förtecknar alla filer")),
    Rule("CSIP59", MUST, _l("ID för fileSec")),
    Rule("CSIP60", MUST, _l("minst en filgrupp med USE Documentation")),
    Rule("CSIP113", MUST, _l("minst en filgrupp med USE Schemas")),
    Rule("CSIP114", MUST, _l("minst en filgrupp vars USE börjar med Representations")),
    Rule("CSIP61", MAY, _l("filgruppens hänvisning till administrativa metadata")),
    Rule("CSIP62", SHOULD, _l("specifikation för representationens innehåll")),
    Rule("CSIP63", MAY, _l("egen specifikation när filgruppens CONTENTINFORMATIONTYPE är OTHER")),
    Rule(
        "CSIP64", MUST, _l("mappens namn, som börjar med Documentation, Schemas, Representations eller Metadata")
    ),
    Rule("CSIP65", MUST, _l("filgruppens ID")),
    Rule("CSIP66", MUST, _l("minst en fil i varje filgrupp")),
    Rule("CSIP67", MUST, _l("filens ID, unikt i METS-filen")),
    Rule("CSIP68", MUST, _l("filens MIME-typ enligt IANA")),
    Rule("CSIP69", MUST, _l("filens storlek i byte")),
    Rule("CSIP70", MUST, _l("när filen skapades")),
    Rule("CSIP71", MUST, _l("filens kontrollsumma")),
    Rule("CSIP72", MUST, _l("kontrollsummans algoritm")),
    Rule("CSIP73", MAY, _l("filens ursprungliga namn")),
    Rule("CSIP74", MAY, _l("filens hänvisning till administrativa metadata")),
    Rule("CSIP75", MAY, _l("filens hänvisning till beskrivande metadata")),
    Rule("CSIP76", MUST, _l("precis en FLocat för varje fil")),
    Rule("CSIP77", MUST, _l("LOCTYPE URL")),
    Rule("CSIP78", MUST, _l("länktypen simple")),
    Rule("CSIP79", MUST, _l("filens plats i paketet")),
]

_STRUCTMAP = [
    Rule("CSIP80", MUST, _l("precis en structMap för CSIP")),
    Rule("CSIP81", MUST, _l("TYPE PHYSICAL")),
    Rule("CSIP82", MUST, _l("LABEL CSIP")),
    Rule("CSIP83", MUST, _l("ID för structMap")),
    Rule("CSIP84", MUST, _l("en enda översta div")),
    Rule("CSIP85", MUST, _l("ID för översta div")),
    Rule("CSIP86", MAY, _l("översta div har paketets identitet som LABEL")),
    Rule("CSIP88", MUST, _l("precis en div med LABEL Metadata")),
    Rule("CSIP89", MUST, _l("ID för div Metadata")),
    Rule("CSIP90", MUST, _l("LABEL Metadata, stavad så")),
    Rule("CSIP91", SHOULD, _l("hänvisning till alla gällande administrativa metadata")),
    Rule("CSIP92", SHOULD, _l("hänvisning till alla gällande beskrivande metadata")),
    Rule("CSIP93", SHOULD, _l("div med LABEL Documentation")),
    Rule("CSIP94", MUST, _l("ID för div Documentation")),
    Rule("CSIP95", MUST, _l("LABEL Documentation, stavad så")),
    Rule("CSIP96", MUST, _l("fptr till varje filgrupp med dokumentation")),
    Rule("CSIP116", MUST, _l("FILEID som pekar på en filgrupp med USE Documentation")),
    Rule("CSIP97", SHOULD, _l("div med LABEL Schemas")),
    Rule("CSIP98", MUST, _l("ID för div Schemas")),
    Rule("CSIP99", MUST, _l("LABEL Schemas, stavad så")),
    Rule("CSIP100", MUST, _l("fptr till varje filgrupp med scheman")),
    Rule("CSIP118", MUST, _l("FILEID som pekar på en filgrupp med USE Schemas")),
    Rule("CSIP101", SHOULD, _l("div med LABEL Representations")),
    Rule("CSIP102", MUST, _l("ID för div Representations")),
    Rule("CSIP103", MUST, _l("LABEL Representations, stavad så")),
    Rule("CSIP104", MUST, _l("fptr till varje filgrupp med innehåll")),
    Rule("CSIP119", MUST, _l("FILEID som pekar på en filgrupp vars USE börjar med Representations")),
    Rule("CSIP105", SHOULD, _l("en div för varje representation som har egen METS.xml")),
    Rule("CSIP106", MUST, _l("ID för varje div")),
    Rule("CSIP107", MUST, _l("LABEL med representationens sökväg, t.ex. Representations/rep_1")),
    Rule("CSIP108", MUST, _l("xlink:title med ID för representationens filgrupp")),
    Rule("CSIP109", MUST, _l("precis en mptr till representationens METS.xml")),
    Rule("CSIP110", MUST, _l("platsen för representationens METS.xml")),
    Rule("CSIP111", MUST, _l("länktypen simple")),
    Rule("CSIP112", MUST, _l("LOCTYPE URL")),
]

_COMPANION = _l("det kompletterande attributet när värdet betyder annat")
_CO_OCCURRENCE = [
    *(
        Rule(f"erms{name}Other", MUST, _COMPANION)
        for name in (
            "AggregationType",
            "DateType",
            "Direction",
            "AddressLineType",
            "ContactLineType",
            "AgentType",
            "DisposalDateType",
            "RestrictionType",
            "RelationType",
        )
    ),
    *(
        Rule(f"erms{name}Other", SHOULD, _COMPANION)
        for name in ("Date", "DisposalDate", "AddressLine", "ContactLine")
    ),
    Rule("ermsAddressEmpty", MUST, _l("minst en adressrad eller kontaktuppgift")),
    Rule("ermsSchemaStatusOther", MUST, _COMPANION),
]

_OWN = [
    Rule("PACKAGE", MUST, _l("ett paket som går att läsa")),
    Rule("ARCHIVE-NAME", MUST, _l("säkra och entydiga namn i arkivfilen")),
    Rule("ARCHIVE-SIZE", MUST, _l("en arkivfil inom gränserna för storlek")),
    Rule("XML", MUST, _l("välformad XML utan DOCTYPE")),
    Rule("XSD", MUST, _l("XML enligt sitt schema")),
    Rule("SCH", MUST, _l("XML enligt sina regler för samband mellan värden")),
    Rule("METS-ID", MUST, _l("ID som är unika")),
    Rule("METS-IDREF", MUST, _l("hänvisningar till ID som finns")),
    Rule("FILE-ESCAPE", MUST, _l("sökvägar som stannar i paketet")),
    Rule("FILE-HREF", SHOULD, _l("relativa sökvägar med snedstreck framåt")),
    Rule("FILE-CASE", SHOULD, _l("sökvägar som stavas precis som filerna")),
    Rule("FILE-EXTRA", MUST, _l("att METS förtecknar varje fil i paketet")),
    Rule("FILE-TWICE", SHOULD, _l("att varje fil förtecknas en gång")),
    Rule("FILE-NAME", SHOULD, _l("filnamn som håller i alla system")),
    Rule("FILE-COLLISION", MUST, _l("filnamn som skiljer sig i mer än skiftläge och teckenform")),
    Rule("FILE-TYPE", MUST, _l("vanliga filer, inte länkar eller enheter")),
    Rule("FILE-READ", MUST, _l("filer som går att läsa")),
    Rule("FILE-MISSING", MUST, _l("att varje förtecknad fil finns")),
    Rule("FILE-SIZE", MUST, _l("rätt storlek")),
    Rule("FILE-CHECKSUM", MUST, _l("rätt kontrollsumma")),
    Rule("FILE-EOL", MUST, _l("filer som förts över oförändrade, med samma radslut")),
    Rule("ERMS-MISSING", MUST, _l("ERMS.xml i representationen")),
    Rule("ERMS-SYSTEMID", MUST, _l("unika systemIdentifier")),
    Rule("ERMS-APPENDIX", MUST, _l("att varje bilaga finns som fil i representationen")),
    Rule("ERMS-UNUSED", SHOULD, _l("att varje fil i data hör till en handling")),
    Rule("ERMS-DATES", SHOULD, _l("datum i rimlig ordning")),
    Rule("PREMIS-VERSION", MAY, _l("PREMIS version 3")),
    Rule("SNA-ID", MUST, _l("package/@id lika med OBJID")),
    Rule("SNA-FILE", MUST, _l("att varje fil i additionalPackageInfo.xml finns")),
    Rule("PROFILE", MUST, _l("ett paket i det format som begärdes")),
    Rule("ERMS-VERSION", SHOULD, _l("samma version av ERMS i METS och i ERMS.xml")),
    Rule("PREMIS-OBJECT", SHOULD, _l("objekt i PREMIS som svarar mot filer i paketet")),
    Rule("PREMIS-SIZE", MUST, _l("samma storlek i PREMIS som filen har")),
    Rule("PREMIS-FIXITY", MUST, _l("samma kontrollsumma i PREMIS som filen har")),
    Rule("PREMIS-UNDESCRIBED", SHOULD, _l("ett objekt i PREMIS för varje fil, när andra filer har det")),
]

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for group in (
        _STRUCTURE,
        _ROOT_AND_HEADER,
        _SIP,
        _section(DESCRIPTIVE),
        _section(PROVENANCE),
        _section(RIGHTS),
        _FILES,
        _STRUCTMAP,
        _CO_OCCURRENCE,
        _OWN,
        LEGACY_RULES,
    )
    for rule in group
}
