"""Nothing secret leaves the register.

A unique word is planted in every field that may hold a secret, and looked for in every byte that the public side
keeps or sends. A new column of the register, and a new public address, are taken in by themselves.
"""

from __future__ import annotations

import pytest

from diarium.public.search import Question
from diarium.register import closing, correction, publishing, secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.models import Case, DisposalDepth
from diarium.secrecy.models import Scope
from tests.site.canaries import OF_USE_CASES, PUBLIC_COLUMNS, Canaries, plant_everywhere, secret_columns, unplanted
from tests.site.canary_crawl import answers, on_disk
from tests.site.canary_disposals import Disposals
from tests.site.canary_town import in_every_state, open_text, register, shown_words
from tests.site.conftest import PublicSite


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def assert_nothing_leaks(site: PublicSite, canaries: Canaries) -> None:
    """Looks for every planted word on disk, in pages and headers, and through the search."""
    assert_nothing_is_kept(site, canaries)
    seen = 0
    for where, content in answers(site):
        seen += 1
        assert canaries.seen_in(content) == [], where
    assert seen > 100


def assert_nothing_is_kept(site: PublicSite, canaries: Canaries) -> None:
    """Looks for every planted word on disk and through the search, once the worker has done its work."""
    site.catch_up()
    for where, content in on_disk(site):
        assert canaries.seen_in(content) == [], where
    words = list(canaries.secret)
    for start in range(0, len(words), 25):
        answer = site.services.public.search(Question(text=" OR ".join(words[start : start + 25])))
        assert answer.total == 0, [canaries.secret[word] for word in words[start : start + 25]]
        assert not set(answer.suggestions) & set(words)


def test_no_word_of_a_whole_town_is_seen(site: PublicSite, canaries: Canaries) -> None:
    in_every_state(site, canaries)
    site.catch_up()
    plant_everywhere(site.services.database, canaries)
    assert unplanted(site.services.database, canaries) == []
    site.services.projector.rebuild()
    assert_nothing_leaks(site, canaries)
    assert len(canaries.secret) > 1000


def test_list_of_what_is_public_names_columns_that_there_are() -> None:
    from diarium.tables import metadata

    names = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert names >= PUBLIC_COLUMNS
    assert set(metadata.tables) >= OF_USE_CASES
    assert len(secret_columns()) > 200


def test_what_was_open_is_gone_from_every_byte_once_it_is_kept_back(site: PublicSite, canaries: Canaries) -> None:
    """Marked, lifted, withdrawn and published again, corrected, a record cancelled, the case cancelled."""
    key = register(site, canaries, classification="1.1", with_protected=False)
    m = site.municipality
    assert_nothing_is_kept(site, canaries)
    with m.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        words = [*shown_words(case), open_text(case.records[0])]
    assert is_found(site, words[0])
    assert is_found(site, words[-1])
    always = dict(canaries.secret)

    def kept_back(why: str) -> None:
        for word in words:
            canaries.forbid(word, why)
        assert_nothing_is_kept(site, canaries)

    def shown() -> None:
        site.catch_up()
        canaries.secret = {word: field for word, field in canaries.secret.items() if word not in words}
        assert is_found(site, words[0])

    with m.database.unit_of_work() as session:
        facts = RestrictionFacts("26:1", Scope.WHOLE, note=canaries.plant("note"))
        mark = secrecy_marks.mark(session, m.registrar, session.get_one(Case, key), facts)
    kept_back("marked")
    with m.database.unit_of_work() as session:
        reason = "Prövad: " + canaries.plant("reason of lifting")
        secrecy_marks.lift(session, m.registrar, session.get_one(Case, key), mark.uid, reason)
    shown()
    with m.database.unit_of_work() as session:
        publishing.withdraw(session, m.registrar, session.get_one(Case, key), canaries.plant("reason"))
    kept_back("withdrawn")
    with m.database.unit_of_work() as session:
        publishing.publish_again(session, m.registrar, session.get_one(Case, key), canaries.plant("reason"))
    shown()
    correct(site, canaries, key)
    kept_back("former value")
    assert_nothing_leaks(site, canaries)
    assert set(always) <= set(canaries.secret)


def correct(site: PublicSite, canaries: Canaries, key: int) -> None:
    """Gives everything that is shown of a case another wording, and takes the file back."""
    m = site.municipality
    with m.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        wanted = CaseCorrection(public_title="Ny rubrik", case_type="Ny typ")
        correction.correct_case(session, m.registrar, case, wanted, canaries.plant("reason"), version=case.version)
        for record in case.records:
            change = RecordCorrection(public_title="Ny rubrik", record_type="Ny typ")
            correction.correct_record(
                session, m.registrar, record, change, canaries.plant("reason"), version=record.version
            )
        correction.release_document(session, m.registrar, case.records[0].documents[0], released=False)


def test_of_what_is_cancelled_only_the_number_is_left(site: PublicSite, canaries: Canaries) -> None:
    key = register(site, canaries, classification="1.1", with_protected=False)
    site.catch_up()
    registrar = site.municipality.registrar
    with site.municipality.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        record = case.records[0]
        for word in (record.public_title, record.record_type, open_text(record)):
            assert word
            canaries.forbid(word, "cancelled")
        closing.cancel_record(session, registrar, record, canaries.plant("cancel reason"))
    assert_nothing_is_kept(site, canaries)
    with site.municipality.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        for word in shown_words(case):
            canaries.forbid(word, "cancelled")
        closing.cancel_case(session, registrar, case, canaries.plant("cancel reason"))
    assert_nothing_leaks(site, canaries)


def test_of_what_is_disposed_of_only_number_dates_and_the_decision_are_left(
    site: PublicSite, canaries: Canaries
) -> None:
    key = register(site, canaries, classification="1.1", with_protected=False)
    other = register(site, canaries, classification="1.1", with_protected=False)
    m = site.municipality
    archive = Disposals(m, site.settings.data)
    assert_nothing_is_kept(site, canaries)
    with m.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        words = [*shown_words(case), open_text(case.records[0])]
        number = case.number_text
        closing.close(session, m.registrar, case, reason=canaries.plant("closing reason"))
        closing.close(session, m.registrar, session.get_one(Case, other), reason=canaries.plant("closing reason"))
    site.catch_up()
    assert is_found(site, words[0])
    archive.dispose(key)
    for word in words:
        canaries.forbid(word, "disposed of")
    assert_nothing_leaks(site, canaries)
    page = site.client.get(f"/arende/KS/{number.split()[1]}").text
    assert "Gallrat ärende" in page
    assert "enligt beslut KS § 7" in page
    with m.database.unit_of_work() as session:
        canaries.forbid(open_text(session.get_one(Case, other).records[0]), "file disposed of")
    archive.dispose(other, DisposalDepth.FILES)
    assert_nothing_leaks(site, canaries)
    with m.database.reading() as session:
        assert is_found(site, shown_words(session.get_one(Case, other))[0])
    archive.close()


def is_found(site: PublicSite, word: str) -> bool:
    """Whether the public finds something by `word`."""
    return site.services.public.search(Question(text=word)).total > 0
