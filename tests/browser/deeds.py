"""What a registrar does with each of the thirty items of the demonstration's morning."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done with the item whose row in the inbox holds `row`."""

    key: str
    row: str


@dataclass(frozen=True, slots=True)
class Register(Deed):
    """It is registered. `fields`: what is typed, by the ids of the form's fields; all else stays as filled in.

    `case`: "new", or "named" where the item says which. `marked`: provision and scope. `files`: documents.
    """

    case: str = "new"
    fields: dict[str, str] = field(default_factory=dict)
    marked: tuple[str, str] | None = None
    ticks: tuple[str, ...] = ()
    files: int = 1
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class SetAside(Deed):
    """It is not registered, for a reason."""

    reason: str = "trivial"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Return(Deed):
    """It is sent back."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Merge(Deed):
    """It takes over the files of the item whose row holds `other`, and is registered afterwards."""

    other: str = ""


@dataclass(frozen=True, slots=True)
class Split(Deed):
    """The file called `file` becomes an item of its own."""

    file: str = ""


@dataclass(frozen=True, slots=True)
class Assign(Deed):
    """A colleague shall take it: it stays in the inbox."""

    to: str = ""


UNKNOWN = "Okänd"
MORNING: tuple[Deed, ...] = (
    Register(
        "bidrag-fredag",
        "Ansökan om verksamhetsbidrag",
        fields={"party-0-kind": "organisation", "classification": "7.1", "record_type": "Ansökan"},
        files=4,
    ),
    Register(
        "post-papper",
        "inlämnade i pärm",
        fields={
            "classification": "6.5",
            "title": "Redovisningshandlingar till årsräkning",
            "case_title": "Granskning av årsräkning",
            "physical_location": "Registrators hylla, pärm 12",
        },
        marked=("32:4", "whole"),
        ticks=("[name=medium][value=paper]",),
        is_public=False,
    ),
    Register(
        "besok-disken",
        "trasig ramp vid kommunhuset",
        fields={"classification": "1.4.1", "party-0-name": UNKNOWN, "record_type": "Synpunkt"},
    ),
    Register(
        "overklagande",
        "Skannad post 0014",
        fields={
            "classification": "3.2.1",
            "title": "Överklagande av beslut om bygglov",
            "case_title": "Överklagande av bygglov på grannfastighet",
            "party-0-name": "Dagny Forsvik",
            "record_type": "Överklagande",
        },
    ),
    Register(
        "bygglov",
        "Ansökan om bygglov för inglasat uterum",
        fields={"classification": "3.2.1", "record_type": "Ansökan"},
        files=5,
    ),
    Register(
        "yttrande-lansstyrelse",
        "vårt dnr 402-",
        case="named",
        fields={"party-0-kind": "authority", "title": "Yttrande från Länsstyrelsen", "record_type": "Yttrande"},
        files=2,
    ),
    Register(
        "svar-i-trad",
        "Fråga om underrättelsen till grannar",
        case="named",
        fields={"title": "Synpunkter från granne", "record_type": "Yttrande"},
    ),
    Register(
        "cykelvag",
        "Skrivelse om gång- och cykelväg",
        fields={"party-0-kind": "organisation", "classification": "3.3.2", "record_type": "Skrivelse"},
        files=2,
    ),
    SetAside("cykelvag-igen", "Skrivelse om gång- och cykelväg", reason="duplicate"),
    Register(
        "klagomal",
        "NU FÅR DET VARA NOG",
        fields={
            "classification": "1.4.1",
            "title": "Klagomål på snöröjning",
            "case_title": "Klagomål på snöröjning",
            "record_type": "Klagomål",
        },
    ),
    Register(
        "oro",
        "Orosanmälan",
        fields={
            "classification": "6.1",
            "case_title": "Ärende rörande enskild",
            "title": "Anmälan rörande enskild",
            "record_type": "Anmälan",
        },
        marked=("26:1", "whole"),
        files=2,
        is_public=False,
    ),
    Register(
        "skyddad-identitet",
        "Anmälan om kränkningar i skolan",
        fields={
            "classification": "5.2.3",
            "party-0-name": "Skyddad Vårdnadshavare",
            "title": "Anmälan om kränkande behandling",
            "case_title": "Anmälan om kränkande behandling vid skola",
            "record_type": "Anmälan",
        },
        marked=("21:3a", "whole"),
        ticks=("#party-0-is_protected",),
        files=2,
        is_public=False,
    ),
    Merge("anbud", "mejl 1 av 2", other="mejl 2 av 2"),
    Register(
        "anbud",
        "mejl 1 av 2",
        case="named",
        fields={"party-0-kind": "organisation", "title": "Anbud från leverantör", "record_type": "Anbud"},
        marked=("19:3", "whole"),
        files=5,
        is_public=False,
    ),
    SetAside("reklam", "Sänk elkostnaden", reason="advertising"),
    SetAside("franvaro", "Automatiskt svar", reason="trivial"),
    SetAside("nyhetsbrev", "Nyhetsbrev nr 11", reason="advertising"),
    SetAside("for-kannedom", "För kännedom", reason="duplicate"),
    Return("faktura", "Faktura 20", reason="Fakturor tas emot elektroniskt. Avsändaren har fått veta hur."),
    Register(
        "delegationslista",
        "Delegationsbeslut att anmäla",
        fields={
            "party-0-kind": "authority",
            "classification": "1.1.5",
            "record_type": "Delegationsbeslut",
            "party-0-name": "Skolkontoret",
        },
        files=2,
    ),
    Split("protokollsutdrag", "Protokollsutdrag §§ 41 och 47", file="§ 47"),
    Register(
        "protokollsutdrag",
        "Protokollsutdrag §§ 41 och 47",
        fields={
            "party-0-kind": "organisation",
            "classification": "1.2.3",
            "title": "Protokollsutdrag § 41, ägardirektiv",
            "case_title": "Ägardirektiv för bostadsbolaget",
            "record_type": "Protokollsutdrag",
        },
        files=2,
    ),
    Register(
        "protokollsutdrag-47",
        "Protokollsutdrag §§ 41 och 47",
        fields={
            "party-0-kind": "organisation",
            "classification": "2.1.3",
            "title": "Protokollsutdrag § 47, borgen",
            "case_title": "Borgen för stambyte",
            "record_type": "Protokollsutdrag",
        },
        files=2,
    ),
    Register(
        "last-pdf",
        "Årsbesked för huvudman",
        fields={
            "party-0-kind": "organisation",
            "classification": "6.5",
            "case_title": "Granskning av årsräkning, årsbesked",
        },
        marked=("32:4", "whole"),
        ticks=("#confirm_locked",),
        files=2,
        is_public=False,
    ),
    Assign("avtal-winmail", "Utan rubrik", to="handlaggare"),
    Register(
        "skatepark",
        "SKATEPARKEN",
        fields={
            "classification": "1.4.1",
            "title": "Önskemål om lagning av skateparken",
            "case_title": "Önskemål om lagning av skateparken",
            "record_type": "Synpunkt",
        },
    ),
    Register(
        "eu-remiss",
        "Remiss av kommissionens förslag",
        fields={"party-0-kind": "authority", "classification": "1.3.1", "record_type": "Remiss"},
        files=13,
    ),
    Register(
        "jo",
        "Begäran om yttrande, JO",
        fields={
            "party-0-kind": "authority",
            "classification": "1.3.3",
            "title": "Begäran om yttrande från JO",
            "case_title": "Granskning av socialnämndens handläggning",
            "record_type": "Begäran om yttrande",
        },
        marked=("26:1", "files"),
        files=3,
    ),
    Register(
        "medborgarforslag",
        "Medborgarförslag: fler papperskorgar",
        fields={"classification": "1.1.4", "record_type": "Medborgarförslag"},
        files=2,
    ),
    Register(
        "parkering",
        "Ansökan om parkeringstillstånd",
        fields={
            "classification": "3.3.3",
            "case_title": "Ansökan om parkeringstillstånd",
            "record_type": "Ansökan",
        },
        files=3,
        is_public=False,
    ),
    Register(
        "begaran",
        "begäran om allmän handling",
        fields={
            "classification": "1.4.2",
            "title": "Begäran om allmän handling",
            "case_title": "Begäran om handlingar i upphandling",
            "record_type": "Begäran",
        },
    ),
    SetAside("fiske", "Din brevlåda är full", reason="not_official", note="Nätfiske, anmält till it-enheten."),
)
