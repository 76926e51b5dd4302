"""The rules of FGS Paketstruktur 1.2 (FGS12-…) and FGS Ärendehantering 1.0 (ARENDE-…) that the engine knows.

The specifications number none of their rules: the ids are diarium's own.
"""

from __future__ import annotations

from diarium.archive.validation.model import Level, Rule
from diarium.i18n import lazy_gettext as _l

_MUST, _SHOULD, _MAY = Level.MUST, Level.SHOULD, Level.MAY

_PACKAGE = [
    Rule("FGS12-SIP", _MUST, _l("filen sip.xml, stavad så, i paketets rotmapp")),
    Rule("FGS12-CONTENT", _SHOULD, _l("mappen Content för det som levereras")),
    Rule("FGS12-SYSTEM", _SHOULD, _l("mappen System för scheman")),
    Rule(
        "FGS12-NAME", _SHOULD, _l("filnamn med bara a–z, 0–9, punkt, bindestreck och understreck, utan versaler")
    ),
    Rule("FGS12-OBJID", _MUST, _l("paketets identitet i OBJID")),
    Rule("FGS12-UUID", _SHOULD, _l("identiteten som UUID: eller GUID: följt av ett UUID")),
    Rule("FGS12-LABEL", _MAY, _l("en kort beskrivning av paketet i LABEL")),
    Rule("FGS12-TYPE", _MUST, _l("informationstyp i TYPE ur specifikationens lista")),
    Rule("FGS12-TYPE-ERMS", _SHOULD, _l("TYPE ERMS för ärendehantering")),
    Rule(
        "FGS12-PROFILE",
        _MUST,
        _l("profilen http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml"),
    ),
    Rule("FGS12-SPECIFICATION", _MAY, _l("innehållets specifikation i ext:CONTENTTYPESPECIFICATION")),
    Rule("FGS12-SYSTEMTYPE", _MAY, _l("systemets typ i ext:SYSTEMTYPE")),
    Rule("FGS12-ARCHIVALNAME", _MAY, _l("arkivets namn i ext:ARCHIVALNAME")),
    Rule("FGS12-ACCESS", _MUST, _l("Secrecy, PuL, Secrecy and PuL eller GDPR i ext:ACCESSRESTRICT")),
    Rule("FGS12-AGREEMENTFORM", _MUST, _l("AGREEMENT, DEPOSIT, GIFT eller Not specified i ext:AGREEMENTFORM")),
    Rule("FGS12-APPRAISAL", _MUST, _l("Yes eller No i ext:APPRAISAL")),
    Rule("FGS12-PERIOD", _MUST, _l("datum i ext:STARTDATE och ext:ENDDATE, i den ordningen")),
    Rule("FGS12-EXTENSION", _SHOULD, _l("bara attribut ur specifikationens tillägg, stavade så")),
]

_HEADER = [
    Rule("FGS12-HEADER", _MUST, _l("paketets huvud, metsHdr")),
    Rule("FGS12-CREATED", _MUST, _l("när paketet skapades, i CREATEDATE")),
    Rule("FGS12-MODIFIED", _SHOULD, _l("när paketet senast ändrades: inte före CREATEDATE och inte i framtiden")),
    Rule("FGS12-STATUS", _SHOULD, _l("leveransens status i RECORDSTATUS, t.ex. NEW")),
    Rule("FGS12-OAIS", _MUST, _l("SIP i ext:OAISSTATUS")),
    Rule("FGS12-ARCHIVIST", _MUST, _l("arkivbildaren som agent: ARCHIVIST, ORGANIZATION")),
    Rule("FGS12-ARCHIVIST-CODE", _SHOULD, _l("arkivbildarens identitetskod i en note")),
    Rule("FGS12-SOURCE", _MUST, _l("systemet som uppgifterna kommer från: ARCHIVIST, OTHER, SOFTWARE")),
    Rule("FGS12-SOURCE-VERSION", _SHOULD, _l("systemets version i en note")),
    Rule("FGS12-CREATOR", _MUST, _l("den som levererar som agent: CREATOR, ORGANIZATION")),
    Rule("FGS12-CONTACT", _MAY, _l("en kontaktperson: CREATOR, INDIVIDUAL")),
    Rule("FGS12-AGENT", _SHOULD, _l("ett namn för varje agent")),
    Rule("FGS12-AGENT-CODE", _SHOULD, _l("identitetskod med sitt slag framför, t.ex. ORG:212000-1439")),
    Rule("FGS12-OTHERROLE", _MUST, _l("OTHERROLE när ROLE är OTHER, annars inte")),
    Rule("FGS12-OTHERTYPE", _MUST, _l("OTHERTYPE när TYPE är OTHER, annars inte")),
    Rule("FGS12-AGREEMENT", _MUST, _l("leveransöverenskommelsen som altRecordID med TYPE SUBMISSIONAGREEMENT")),
    Rule("FGS12-AGREEMENT-FIRST", _SHOULD, _l("en enda gällande överenskommelse, först bland altRecordID")),
    Rule("FGS12-RECORDID", _SHOULD, _l("värde och TYPE för varje altRecordID")),
    Rule("FGS12-DOCUMENTID", _MAY, _l("sip.xml i metsDocumentID")),
]

_FILES = [
    Rule("FGS12-FILES", _MUST, _l("en fileSec som förtecknar paketets filer")),
    Rule("FGS12-UNLISTED", _SHOULD, _l("att även scheman i System förtecknas")),
    Rule("FGS12-GROUP", _SHOULD, _l("minst en fil i varje filgrupp")),
    Rule("FGS12-MIME", _MUST, _l("filens MIME-typ enligt IANA")),
    Rule("FGS12-FILE-CREATED", _MUST, _l("när filen skapades, ett klockslag som har varit")),
    Rule("FGS12-CHECKSUM", _SHOULD, _l("filens kontrollsumma och dess algoritm")),
    Rule("FGS12-CHECKSUM-FORM", _MUST, _l("en kontrollsumma med så många hexadecimala tecken som algoritmen ger")),
    Rule("FGS12-CHECKSUM-WEAK", _MAY, _l("en kontrollsumma som inte kan förfalskas, t.ex. SHA-256")),
    Rule("FGS12-LINK", _MUST, _l("LOCTYPE URL, xlink:type simple och xlink:href")),
    Rule("FGS12-HREF", _SHOULD, _l("sökvägen skriven som file:///Content/… med snedstreck framåt")),
    Rule("FGS12-ORIGINALNAME", _MAY, _l("filens ursprungliga namn i ext:ORIGINALFILENAME")),
    Rule("FGS12-FORMAT", _SHOULD, _l("både register och nyckel när filformatet anges")),
    Rule("FGS12-STRUCTMAP", _MUST, _l("en structMap, om än tom")),
]

_DOCUMENT = [
    Rule("ARENDE-DOCUMENT", _SHOULD, _l("ett Leveransobjekt i Content, när TYPE är ERMS")),
    Rule("ARENDE-NAMESPACE", _MUST, _l("namnrymden http://xml.ra.se/e-arkiv/FGS-ERMS")),
    Rule("ARENDE-EMPTY", _SHOULD, _l("minst ett ärende eller en handling")),
    Rule("ARENDE-ID", _MUST, _l("beteckning i ArkivobjektID")),
    Rule("ARENDE-ID-TWICE", _SHOULD, _l("en egen beteckning för varje ärende, och för varje handling i ärendet")),
    Rule("ARENDE-SYSTEMID", _SHOULD, _l("Systemidentifierare, ett UUID")),
    Rule("ARENDE-SYSTEMID-TWICE", _MUST, _l("en egen Systemidentifierare för varje ärende och handling")),
    Rule("ARENDE-MENING", _MUST, _l("ärendets rubrik i Arendemening")),
    Rule("ARENDE-RUBRIK", _MUST, _l("Rubrik, eller Beskrivning om rubrik saknas")),
    Rule("ARENDE-NAMN", _MUST, _l("Namn, eller ett bindestreck när bara organisationen är känd")),
    Rule("ARENDE-ROLL", _MUST, _l("agentens Roll")),
    Rule("ARENDE-STATUS", _SHOULD, _l("ärendets status i StatusArande")),
    Rule("ARENDE-OPEN", _SHOULD, _l("bara avslutade ärenden i en leverans")),
    Rule("ARENDE-AVSLUTAT", _SHOULD, _l("datum i Avslutat för ett stängt ärende, och bara för ett sådant")),
    Rule("ARENDE-HANDLINGSDATUM", _SHOULD, _l("datum som hör till StatusHandling")),
    Rule("ARENDE-DATE", _MUST, _l("datum som finns i kalendern")),
    Rule("ARENDE-DATES", _SHOULD, _l("datum i rimlig ordning och inte i framtiden")),
    Rule("ARENDE-LOPNUMMER", _SHOULD, _l("ett eget löpnummer för varje handling i ärendet")),
    Rule("ARENDE-KLASS", _MAY, _l("klassificering i Klass eller KlassReferens")),
    Rule("ARENDE-RELATION", _MUST, _l("AnnanTyp när Typ är Egen relationsdefinition")),
    Rule("ARENDE-RESTRIKTION", _MUST, _l("AnnanTyp när Typ är Annan typ")),
    Rule("ARENDE-LAGRUM", _SHOULD, _l("Lagrum för en sekretessmarkering")),
    Rule("ARENDE-GALLRING", _SHOULD, _l("frist eller slutdatum för det som ska gallras")),
    Rule("ARENDE-IDNUMMER", _SHOULD, _l("IDnummer med bara siffror, 10 för organisationer och 12 för personer")),
    Rule("ARENDE-PROTECTED", _SHOULD, _l("ext:ACCESSRESTRICT när paketet har skyddade uppgifter")),
    Rule("ARENDE-BILAGA", _MUST, _l("att varje bilaga finns som fil i paketet")),
    Rule("ARENDE-BILAGA-NAMN", _SHOULD, _l("ett eget Namn för varje bilaga i en handling")),
    Rule("ARENDE-BILAGA-TWICE", _SHOULD, _l("att en fil är bilaga till en enda handling")),
    Rule("ARENDE-LANK", _SHOULD, _l("hela sökvägen till filen i Lank")),
    Rule("ARENDE-STORLEK", _MUST, _l("samma storlek som filen har")),
    Rule("ARENDE-CHECKSUMMA", _MUST, _l("samma kontrollsumma som filen har")),
    Rule("ARENDE-METOD", _SHOULD, _l("kontrollsummans metod, t.ex. SHA-256")),
    Rule("ARENDE-UNUSED", _SHOULD, _l("att varje fil i Content hör till en handling eller ett ärende")),
]

LEGACY_RULES: list[Rule] = [*_PACKAGE, *_HEADER, *_FILES, *_DOCUMENT]
