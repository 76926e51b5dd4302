"""What other systems wrote is understood as far as it goes, and nothing of it is lost."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.package_model import PackageCase, PackageRecord
from diarium.archive.reading import UnreadablePackage, read_package
from diarium.archive.reading.foreign_facts import UNKNOWN_CITATION
from diarium.register.vocabulary import CaseStatus, Direction, PartyKind, PartyRole, RelationKind
from diarium.secrecy.models import Scope
from tests.archive.reading.foreign_packages import LONG_TITLE, around_erms, municipal_fgs1


def test_a_municipal_export_becomes_cases_with_everything_that_it_tells(tmp_path: Path) -> None:
    package = read_package(municipal_fgs1(tmp_path / "paket"))
    info = package.info
    assert (package.package_id, package.is_ours) == ("7c9e6679-7425-40de-944b-e07fc1f90ae7", False)
    assert (info.authority.name, info.authority.code) == ("Byggnadsnämnden", "BN")
    assert info.authority.organisation_number == "212000-1439"
    assert info.software == ("ByggReda", "4.2")
    assert info.delivery.submission_agreement == "FM 12"
    first, second = (item.case for item in package.read())
    assert (first.number_text, first.series_code, first.year, first.number) == ("BN 2019-000123", "BN", 2019, 123)
    assert first.title == "Nybyggnad av enbostadshus på Måsen 3"
    assert (first.opened_on, first.decided_on, first.closed_on, first.status) == (
        dt.date(2019, 2, 3),
        dt.date(2019, 11, 30),
        dt.date(2019, 12, 24),
        CaseStatus.CLOSED,
    )
    assert first.responsible is not None
    assert (first.responsible.name, first.responsible.username) == ("Berit Bygg", "berit.bygg")
    assert first.classification is not None
    assert (first.classification.code, first.classification.title) == ("3.2.1", "Pröva bygglov")
    relation = first.relations[0]
    assert (relation.kind, relation.is_outgoing, relation.other_number) == (
        RelationKind.REPLACES,
        True,
        "BN 2018-000007",
    )
    assert first.note is not None
    for kept in ("äldre diarienummer", "10 år", "Gunnar Gransk", "MÅSEN 3", "2019-11-30T10:00:00"):
        assert kept in first.note
    _check_parties_and_marks(first)
    _check_records(list(first.records))
    _check_what_cannot_be_read(second)


def test_the_same_package_read_twice_gives_the_same(tmp_path: Path) -> None:
    folder = municipal_fgs1(tmp_path / "paket")
    once, again = read_package(folder), read_package(folder)
    assert once.info == again.info
    assert list(once.cases) == list(again.cases)


def test_files_are_found_whatever_way_their_links_are_written(tmp_path: Path) -> None:
    package = read_package(municipal_fgs1(tmp_path / "paket"))
    item = next(package.read())
    application, letter = next(iter(item.case.records)).documents
    assert (application.file_name, application.puid, len(application.sha256)) == ("Ansökan.pdf", "fmt/18", 64)
    assert item.files[letter.uid].method == "MD5"
    for document in (application, letter):
        assert package.path_of(item.files[document.uid]) is not None


def test_every_text_of_the_official_example_is_somewhere(shared_material: Path, tmp_path: Path) -> None:
    example = shared_material / "fgs" / "examples" / "ERMS_version_2_1_0_generated_example.xml"
    package = read_package(around_erms(tmp_path / "paket", example.read_bytes()))
    told = "\n".join(_texts_of(case) for case in package.cases)
    root = etree.parse(str(example)).getroot()
    lost = {
        text
        for element in root.iter(etree.Element)
        if any(etree.QName(above).localname == "aggregations" for above in element.iterancestors())
        for text in [" ".join((element.text or "").split())]
        if text and text not in told and not re.fullmatch(r"\d{4}-\d\d-\d\dT.*|true|false|-?\d+", text)
    }
    assert lost == set()


def test_a_link_out_of_the_package_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "hemlig.txt").write_text("hemligt")
    folder = municipal_fgs1(tmp_path / "paket")
    content = folder / "Content" / "arenden.xml"
    content.write_text(content.read_text("utf-8").replace("Content\\1\\brev.txt", "..\\..\\hemlig.txt"), "utf-8")
    package = read_package(folder)
    item = next(package.read())
    outside = next(iter(item.case.records)).documents[1]
    assert package.path_of(item.files[outside.uid]) is None


@pytest.mark.parametrize("head", ['<!DOCTYPE x [<!ENTITY a "b">]>', "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>"])
def test_a_document_type_is_not_read(head: str, tmp_path: Path) -> None:
    folder = municipal_fgs1(tmp_path / "paket")
    content = folder / "Content" / "arenden.xml"
    declaration, rest = content.read_text("utf-8").split("\n", 1)
    content.write_text(f"{declaration}\n{head}\n{rest}", "utf-8")
    with pytest.raises(UnreadablePackage):
        read_package(folder)


def test_a_package_without_cases_says_so(tmp_path: Path) -> None:
    (tmp_path / "METS.xml").write_text('<mets xmlns="http://www.loc.gov/METS/" OBJID="x"/>')
    with pytest.raises(UnreadablePackage, match="inget dokument med ärenden"):
        read_package(tmp_path)


def _check_parties_and_marks(case: PackageCase) -> None:
    company, protected = case.parties
    assert (company.name, company.kind, company.identity_number) == (
        "Grannen & Co AB",
        PartyKind.ORGANISATION,
        "556016-0680",
    )
    assert (protected.is_protected, protected.identity_number) == (True, None)
    assert protected.address is not None
    assert "okänt" in protected.address
    assert "08-999" in protected.address
    assert case.note is not None
    assert "08-999" not in case.note
    known, unknown = case.restrictions
    assert (known.citation, known.scope, known.note) == (
        "OSL 21 kap. 7 §",
        Scope.WHOLE,
        "Grannens uppgifter\nTyp: Sekretess",
    )
    assert unknown.citation == UNKNOWN_CITATION
    assert unknown.note is not None
    assert "PuL" in unknown.note


def _check_records(records: list[PackageRecord]) -> None:
    came, went = records
    assert (came.running_number, came.direction, came.official_on) == (1, Direction.INCOMING, dt.date(2019, 2, 3))
    assert [(who.role, who.identity_number) for who in came.parties] == [(PartyRole.SENDER, "191212121212")]
    assert came.note is not None
    assert "Vaktmästeriet" in came.note
    assert (went.running_number, went.direction) == (2, Direction.OUTGOING)
    assert went.note is not None
    assert "Maskad version" in went.note


def _check_what_cannot_be_read(case: PackageCase) -> None:
    assert (case.series_code, case.number, case.number_text) == ("PAKET", 0, "Gamla pärmen")
    assert len(case.title) <= 500
    assert case.note is not None
    assert LONG_TITLE.strip() in case.note
    (record,) = case.records
    assert [item.file_name for item in record.documents] == ["pärm.txt"]


def _texts_of(case: PackageCase) -> str:
    return " ".join(repr(case).replace("\\n", "\n").split())
