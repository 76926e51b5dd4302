"""What the allow-list lets through, object by object."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy.orm import Session

from diarium.public import findings
from diarium.public.findings import FileText
from diarium.public.projection import ProjectedCase, ProjectedParty, ProjectedRecord, project_case
from diarium.public.vocabulary import Visibility
from diarium.register import closing, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.models import Case, FileReview, ReviewState
from diarium.register.vocabulary import PartyKind, PartyRole
from diarium.secrecy.models import Scope
from tests.conftest import Municipality
from tests.public.open_register import COMPANY, PERSON, TODAY, party


def projected(municipality: Municipality, **facts: Any) -> ProjectedCase:
    """A case with one record; facts that begin with `record_` are the record's."""
    of_record = {key.removeprefix("record_"): value for key, value in facts.items() if key.startswith("record_")}
    of_case = {key: value for key, value in facts.items() if not key.startswith("record_")}
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session, **of_case)
        municipality.record(session, case, **of_record)
        found = project_case(case)
    assert found is not None
    return found


def always_shown(record: ProjectedRecord) -> set[str]:
    """The fields of a record that hold something."""
    return {f.name for f in fields(record) if getattr(record, f.name) not in (None, (), False)}


BARE = {"uid", "running_number", "number_text", "visibility", "direction", "official_on", "published_at"}


def test_case_and_record_of_an_open_class_show_their_facts(sqlite_municipality: Municipality) -> None:
    case = projected(
        sqlite_municipality, title="Ny busslinje", case_type="Remiss", unit="Kansliet", parties=(COMPANY,)
    )
    assert (case.title, case.case_type, case.unit, case.class_code, case.status) == (
        "Ny busslinje",
        "Remiss",
        "Kansliet",
        "1",
        "open",
    )
    record = case.records[0]
    assert (record.title, record.direction, record.official_on) == ("Yttrande över remiss", "incoming", TODAY)
    assert record.parties == (ProjectedParty("sender", "Trafikbolaget AB"),)


def test_class_that_is_kept_out_is_not_in_the_open_register_at_all(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        assert project_case(sqlite_municipality.case(session, classification="4")) is None


@pytest.mark.parametrize("classification", ["3", None])
def test_number_only_shows_number_date_direction_and_nothing_else(
    sqlite_municipality: Municipality, classification: str | None
) -> None:
    case = projected(
        sqlite_municipality,
        classification=classification,
        case_type="Orosanmälan",
        unit="Kansliet",
        public_title="Ärende",
        parties=(COMPANY,),
        record_record_type="Orosanmälan",
        record_public_title="Anmälan",
    )
    assert case.visibility is Visibility.NUMBER_ONLY
    assert (
        case.title,
        case.case_type,
        case.class_code,
        case.class_title,
        case.unit,
        case.status,
        case.parties,
    ) == (
        *(None,) * 6,
        (),
    )
    assert always_shown(case.records[0]) == BARE
    assert case.records[0].visibility is Visibility.NUMBER_ONLY


def test_restricted_series_shows_numbers_only(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = sqlite_municipality.case(session)
        case.series.is_restricted = True
        found = project_case(case)
    assert found is not None
    assert found.visibility is Visibility.NUMBER_ONLY


def test_record_marked_whole_shows_number_date_and_direction(sqlite_municipality: Municipality) -> None:
    case = projected(sqlite_municipality, record_restrictions=(RestrictionFacts("26:1", Scope.WHOLE),))
    assert always_shown(case.records[0]) == BARE
    assert case.records[0].visibility is Visibility.OMITTED
    assert case.title == "Remiss om kollektivtrafik"


def test_case_marked_whole_covers_its_records(sqlite_municipality: Municipality) -> None:
    case = projected(sqlite_municipality, restrictions=(RestrictionFacts("26:1", Scope.WHOLE),))
    assert (case.title, case.class_code, case.status, case.visibility) == (None, None, None, Visibility.OMITTED)
    assert always_shown(case.records[0]) == BARE


def test_title_mark_on_a_case_covers_titles_types_and_class(sqlite_municipality: Municipality) -> None:
    case = projected(
        sqlite_municipality,
        case_type="Orosanmälan",
        public_title="Ett ärende",
        restrictions=(RestrictionFacts("26:1", Scope.TITLE),),
        record_record_type="Orosanmälan",
    )
    assert (case.title, case.case_type, case.class_code, case.class_title) == (None,) * 4
    assert (case.records[0].title, case.records[0].record_type) == (None, None)
    assert case.records[0].parties == (ProjectedParty("sender", "Trafikbolaget AB"),)


def test_title_marked_on_a_record_is_not_shown_as_the_title_of_its_case(sqlite_municipality: Municipality) -> None:
    case = projected(
        sqlite_municipality,
        title="Varsel om neddragning",
        record_title="Varsel om neddragning",
        record_restrictions=(RestrictionFacts("31:16", Scope.TITLE),),
    )
    assert case.title is None


def test_parties_mark_covers_names_also_in_titles(sqlite_municipality: Municipality) -> None:
    case = projected(
        sqlite_municipality,
        title="Avtal med Trafikbolaget",
        restrictions=(RestrictionFacts("31:16", Scope.PARTIES),),
        parties=(COMPANY,),
    )
    assert case.are_parties_omitted
    assert (case.title, case.parties, case.records[0].parties) == (None, (), ())
    assert case.records[0].title == "Yttrande över remiss"


def test_lifted_mark_shows_the_facts_again(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = sqlite_municipality.case(session, restrictions=(RestrictionFacts("26:1", Scope.WHOLE),))
        secrecy_marks.lift(
            session, sqlite_municipality.registrar, case, case.restrictions[0].uid, "Prövad på nytt"
        )
        found = project_case(case)
    assert found is not None
    assert found.title == "Remiss om kollektivtrafik"


def test_private_protected_and_sole_trader_can_not_be_told_apart(sqlite_municipality: Municipality) -> None:
    case = projected(
        sqlite_municipality,
        parties=(
            party("Anna Svensson"),
            party("Skyddad Person", is_protected=True),
            party("Skyddat Bolag AB", PartyKind.ORGANISATION, is_protected=True),
            party("Bos Bygg", PartyKind.ORGANISATION, identity_number="19640823-3234"),
            party("Kontakt 19640823-3234", PartyKind.ORGANISATION),
        ),
    )
    assert set(case.parties) == {ProjectedParty("sender", None)}


def test_organisations_and_authorities_are_named(sqlite_municipality: Municipality) -> None:
    case = projected(
        sqlite_municipality,
        parties=(
            party("Bolaget AB", PartyKind.ORGANISATION, PartyRole.PARTY, identity_number="556036-0793"),
            party("Länsstyrelsen", PartyKind.AUTHORITY, PartyRole.COUNTERPART),
        ),
    )
    assert case.parties == (ProjectedParty("party", "Bolaget AB"), ProjectedParty("counterpart", "Länsstyrelsen"))


@pytest.mark.parametrize(
    "title",
    [
        "Ansökan från 640823-3234",
        "Ansökan från 196408233234",
        "Svar till anna@exempel.se",
        "Ring 070-123 45 67",
        "Klagomål från Anna Svensson",
        "Klagomål från SVENSSON, Anna",
        "Anna Maria Svenssons ansökan",
        "A. Svensson om bygglov",
    ],
)
def test_title_that_names_somebody_is_left_out(sqlite_municipality: Municipality, title: str) -> None:
    case = projected(sqlite_municipality, title=title, record_parties=(PERSON,))
    assert case.title is None
    assert case.visibility is Visibility.FACTS


@pytest.mark.parametrize(
    "title", ["Svenssons bro", "Annandag jul", "Bro över Svenssund", "KS 2024/123, 2024-05-01"]
)
def test_title_that_names_nobody_stands(sqlite_municipality: Municipality, title: str) -> None:
    assert projected(sqlite_municipality, title=title, record_parties=(PERSON,)).title == title


def test_public_title_stands_in_for_the_title(sqlite_municipality: Municipality) -> None:
    case = projected(
        sqlite_municipality, title="Klagomål från Anna Svensson", public_title="Klagomål", parties=(PERSON,)
    )
    assert case.title == "Klagomål"


def test_cancelled_record_and_case_show_only_that(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = sqlite_municipality.case(session)
        record = sqlite_municipality.record(session, case)
        sqlite_municipality.record(session, case)
        closing.cancel_record(session, sqlite_municipality.registrar, record, "Fel ärende")
        found = project_case(case)
        assert found is not None
        assert [r.visibility for r in found.records] == [Visibility.CANCELLED, Visibility.FACTS]
        assert always_shown(found.records[0]) == BARE
        closing.cancel_case(session, sqlite_municipality.registrar, case, "Dubblett")
        found = project_case(case)
    assert found is not None
    assert (found.visibility, found.title, found.status) == (Visibility.CANCELLED, None, "cancelled")
    assert {r.visibility for r in found.records} == {Visibility.CANCELLED}


def case_with_files(session: Session, municipality: Municipality, **facts: Any) -> Case:
    """A case with a released file and one that is not."""
    files = tuple(
        DocumentFacts(municipality.store(session, name.encode()), name, is_released=released)
        for name, released in (("Hemlig.pdf", False), ("Svenssons protokoll.PDF", True))
    )
    case = municipality.case(session, **({"classification": "1.1"} | facts))
    municipality.record(session, case, documents=files)
    return case


def test_only_released_files_are_shown_under_a_name_that_tells_nothing(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = case_with_files(session, sqlite_municipality)
        found = project_case(case, lambda _sha256: FileText("Text"))
    assert found is not None
    (document,) = found.records[0].documents
    number = case.number_text.replace("/", "-")
    assert (document.file_name, document.mime) == (f"{number}-1 handling 1.pdf", "application/pdf")
    assert document.text == "Text"


@pytest.mark.parametrize(
    "facts",
    [
        {"classification": "1"},
        {"classification": "3"},
        *({"restrictions": (RestrictionFacts("26:1", scope),)} for scope in Scope),
    ],
)
def test_no_file_is_shown_against_the_class_or_a_mark(
    sqlite_municipality: Municipality, facts: dict[str, Any]
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        found = project_case(case_with_files(session, sqlite_municipality, **facts))
    assert found is not None
    assert found.records[0].documents == ()


@pytest.mark.parametrize("text", ["Beslut om 640823-3234", "Anna Svensson deltog"])
def test_released_file_with_a_persons_number_or_name_waits_and_is_never_found_by_it(
    sqlite_municipality: Municipality, text: str
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = case_with_files(session, sqlite_municipality, parties=(PERSON,))
        found = project_case(case, lambda _sha256: FileText(text))
        document = case.records[0].documents[1]
        keys = sorted(findings.in_file(FileText(text), ("Anna Svensson",), findings.OwnContacts()))
        session.add(
            FileReview(
                document=document, sha256=document.sha256, findings=keys, approved=keys, state=ReviewState.APPROVED
            )
        )
        session.flush()
        approved = project_case(case, lambda _sha256: FileText(text))
    assert found is not None
    assert approved is not None
    assert found.records[0].documents == ()
    assert [document.text for document in approved.records[0].documents] == [""]


def test_released_file_waits_until_its_text_was_read(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        found = project_case(case_with_files(session, sqlite_municipality), lambda _sha256: None)
    assert found is not None
    assert found.records[0].documents == ()
