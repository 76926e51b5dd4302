"""Nothing secret leaves the register.

A unique word is planted in every field that may hold a secret, and looked for in every byte that the public side
keeps or sends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from lxml import html

from diarium.files.models import BlobText
from diarium.identity import service as identity
from diarium.identity.permissions import SYSTEM, Role
from diarium.public.search import Question
from diarium.register import closing, correction, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.models import Case, Record
from diarium.register.vocabulary import PartyKind, PartyRole
from diarium.secrecy.models import Scope
from tests.site.conftest import PublicSite

_numbers = count(1000)


class Canaries:
    """Words that must not be found, with the field in which each was planted."""

    def __init__(self) -> None:
        self.secret: dict[str, str] = {}

    def plant(self, field: str) -> str:
        """A new word that must never be seen."""
        word = self.allowed()
        self.secret[word] = field
        return word

    @staticmethod
    def allowed() -> str:
        """A new word that may be seen for the time being."""
        number = next(_numbers)
        letters = "".join("bcdfghjklm"[int(digit)] for digit in str(number))
        return f"zqx{letters}wq"

    def forbid(self, word: str, field: str) -> None:
        """From now on `word` must not be seen any longer."""
        self.secret[word] = field


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def full_party(canaries: Canaries, **facts: object) -> PartyFacts:
    """A private person with a word in each field."""
    person = PartyFacts(
        name=f"{canaries.plant('given name')} {canaries.plant('surname')}",
        kind=PartyKind.PERSON,
        identity_number="196408233234",
        organisation=canaries.plant("organisation"),
        address=canaries.plant("address"),
        postal_code=canaries.plant("postal code"),
        city=canaries.plant("city"),
        country=canaries.plant("country"),
        email=f"{canaries.plant('e-mail')}@exempel.se",
        phone=canaries.plant("phone"),
    )
    return dataclasses.replace(person, **facts)  # type: ignore[arg-type]


def parties(canaries: Canaries) -> tuple[PartyFacts, ...]:
    """A private person, a protected one, a sole trader, and a company with words in what is not shown of it."""
    return (
        full_party(canaries),
        full_party(canaries, is_protected=True, role=PartyRole.PARTY),
        full_party(canaries, kind=PartyKind.ORGANISATION),
        full_party(canaries, kind=PartyKind.ORGANISATION, name="Trafikbolaget AB", identity_number="556036-0793"),
    )


def register(
    site: PublicSite, canaries: Canaries, *, classification: str | None, scope: Scope | None = None
) -> int:
    """Registers a case with two records and files, a word in every field; returns the key of the case."""
    municipality = site.municipality
    limited = classification in ("3", "4", None) or scope is Scope.WHOLE
    hides_title = limited or scope is Scope.TITLE
    marks = (RestrictionFacts("26:1", scope, note=canaries.plant("restriction note")),) if scope else ()
    with municipality.database.unit_of_work() as session:
        officer = identity.create_user(
            session, SYSTEM, canaries.plant("user name"), canaries.plant("officer"), {"KS": [Role.CASE_OFFICER]}
        )
        case = municipality.case(
            session,
            classification=classification,
            title=canaries.plant("case title"),
            public_title=canaries.plant("public title") if hides_title else canaries.allowed(),
            case_type=canaries.plant("case type") if hides_title else canaries.allowed(),
            responsible=officer.username,
            unit="Kansliet",
            physical_location=canaries.plant("location"),
            foreign_number=canaries.plant("foreign number"),
            note=canaries.plant("case note"),
            parties=parties(canaries),
            restrictions=marks,
        )
        for released in (True, False):
            is_open = released and classification == "1.1" and scope is None
            text = canaries.allowed() if is_open else canaries.plant("file text")
            content = text if is_open else canaries.plant("file content")
            sha256 = municipality.store(session, content.encode())
            session.add(BlobText(sha256=sha256, text=text))
            municipality.record(
                session,
                case,
                title=canaries.plant("record title"),
                public_title=canaries.plant("public title") if hides_title else canaries.allowed(),
                record_type=canaries.plant("record type") if hides_title else canaries.allowed(),
                physical_location=canaries.plant("location"),
                note=canaries.plant("record note"),
                parties=parties(canaries),
                documents=(
                    DocumentFacts(
                        sha256,
                        f"{canaries.plant('file name')}.txt",
                        canaries.plant("description"),
                        is_released=released,
                    ),
                ),
            )
        return case.id


def assert_nothing_leaks(site: PublicSite, canaries: Canaries) -> None:
    """Looks for every planted word in files, pages, headers and through the search."""
    site.catch_up()
    seen = 0
    for where, content in everything_public(site):
        seen += 1
        folded = content.lower()
        for word, field in canaries.secret.items():
            assert word.encode() not in folded, f"{field} ({word}) in {where}"
        assert b"640823" not in folded, f"personal number in {where}"
    assert seen > 10
    for word, field in canaries.secret.items():
        answer = site.services.public.search(Question(text=word))
        assert answer.total == 0, field
        assert not set(answer.suggestions) & set(canaries.secret), field


def everything_public(site: PublicSite) -> Iterator[tuple[str, bytes]]:
    settings = site.settings
    for path in sorted(settings.data.glob("public.sqlite*")):
        yield path.name, path.read_bytes()
    for folder in (settings.public_index_folder, settings.public_blob_folder):
        for path in files_below(folder):
            yield str(path.relative_to(folder)), path.read_bytes() + path.name.encode()
    yield from crawl(site)


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def crawl(site: PublicSite) -> Iterator[tuple[str, bytes]]:
    """Every page that can be reached by links, with its headers, and some that nobody links to."""
    waiting, seen = ["/", "/sok?q=x", "/arende?nummer=1", "/arende/KS/2026/99", "/robots.txt"], set()
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith("/static") or len(seen) > 120:
            continue
        seen.add(address)
        answer = site.client.get(address)
        yield address, address.encode() + str(answer.headers).encode() + answer.data
        if answer.mimetype == "text/html":
            found = html.fromstring(answer.data).xpath("//@href")
            waiting += [str(h) for h in found if h.startswith("/") and "sok?" not in h]
            waiting += [str(h) for h in found if h.startswith("/sok?") and h.count("&") == 0]


@pytest.mark.parametrize("scope", [None, *Scope])
def test_no_secret_word_is_seen_of_an_open_class(
    site: PublicSite, canaries: Canaries, scope: Scope | None
) -> None:
    register(site, canaries, classification="1.1", scope=scope)
    assert_nothing_leaks(site, canaries)


@pytest.mark.parametrize("classification", ["1", "3", "4", None])
def test_no_secret_word_is_seen_of_other_classes(
    site: PublicSite, canaries: Canaries, classification: str | None
) -> None:
    register(site, canaries, classification=classification)
    assert_nothing_leaks(site, canaries)


def shown_words(case: Case) -> list[str]:
    """The words of a case that are shown as long as nothing is marked."""
    records = case.records
    words = [case.public_title, case.case_type]
    for record in records:
        words += [record.public_title, record.record_type]
    return [word for word in words if word]


def test_what_was_open_is_gone_from_every_byte_once_it_is_marked(site: PublicSite, canaries: Canaries) -> None:
    key = register(site, canaries, classification="1.1")
    municipality, registrar = site.municipality, site.municipality.registrar
    assert_nothing_leaks(site, canaries)
    with municipality.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        words = shown_words(case)
        assert site.services.public.search(Question(text=words[0])).total == 1
        facts = RestrictionFacts("26:1", Scope.WHOLE, note=canaries.plant("note"))
        mark = secrecy_marks.mark(session, registrar, case, facts)
        before = dict(canaries.secret)
        for word in [*words, *(open_text(record) for record in case.records[:1])]:
            canaries.forbid(word, "marked")
    assert_nothing_leaks(site, canaries)
    with municipality.database.unit_of_work() as session:
        reason = "Prövad: " + canaries.plant("lift reason")
        secrecy_marks.lift(session, registrar, session.get_one(Case, key), mark.uid, reason)
        canaries.secret = before | {w: f for w, f in canaries.secret.items() if f == "lift reason"}
    assert_nothing_leaks(site, canaries)
    assert site.services.public.search(Question(text=words[0])).total == 1


def open_text(record: Record) -> str:
    """The text of the record's released file."""
    from sqlalchemy.orm import object_session

    session = object_session(record)
    assert session is not None
    return session.get_one(BlobText, record.documents[0].sha256).text


def test_former_values_and_reasons_of_corrections_are_nowhere(site: PublicSite, canaries: Canaries) -> None:
    key = register(site, canaries, classification="1.1")
    site.catch_up()
    registrar = site.municipality.registrar
    with site.municipality.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        for word in shown_words(case):
            canaries.forbid(word, "former value")
        wanted = CaseCorrection(public_title="Ny rubrik", case_type="Ny typ")
        correction.correct_case(session, registrar, case, wanted, canaries.plant("reason"), version=case.version)
        for record in case.records:
            change = RecordCorrection(public_title="Ny rubrik", record_type="Ny typ")
            correction.correct_record(
                session, registrar, record, change, canaries.plant("reason"), version=record.version
            )
    assert_nothing_leaks(site, canaries)
    assert site.services.public.search(Question(text="rubrik")).total == 3


def test_of_what_is_cancelled_only_the_number_is_left(site: PublicSite, canaries: Canaries) -> None:
    key = register(site, canaries, classification="1.1")
    site.catch_up()
    registrar = site.municipality.registrar
    with site.municipality.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        record = case.records[0]
        for word in (record.public_title, record.record_type, open_text(record)):
            assert word
            canaries.forbid(word, "cancelled")
        closing.cancel_record(session, registrar, record, canaries.plant("cancel reason"))
    assert_nothing_leaks(site, canaries)
    with site.municipality.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        for word in shown_words(case):
            canaries.forbid(word, "cancelled")
        closing.cancel_case(session, registrar, case, canaries.plant("cancel reason"))
    assert_nothing_leaks(site, canaries)
