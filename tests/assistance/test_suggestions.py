"""What is suggested, why, and what never is."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.assistance import suggestions
from diarium.assistance.learning import UsageCounter
from diarium.assistance.models import UsageCount
from diarium.assistance.suggestions import Clues, Suggestion
from diarium.changes.worker import Worker
from diarium.classification.models import RecordType
from diarium.i18n import today
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.register import registration
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.models import Record
from diarium.register.vocabulary import Direction, PartyKind
from diarium.secrecy.models import Scope
from tests.conftest import Municipality
from tests.counting import statements_of

BYGG = PartyFacts("Bygg & Plåt AB", PartyKind.ORGANISATION, email="info@plat.example")


def permit(m: Municipality, session: Session, title: str = "Ansökan om bygglov", **facts: object) -> Record:
    """Registers an application that opens a case of class 2.1."""
    case = NewCase(
        authority="KS",
        title="Bygglov",
        classification="2.1",
        case_type="Bygglov",
        responsible="hans",
        unit="Kansliet",
    )
    wanted: dict[str, object] = {
        "direction": Direction.INCOMING,
        "official_on": today(),
        "title": title,
        "record_type": "Ansökan",
        "new_case": case,
        "parties": (BYGG,),
    }
    return registration.register(session, m.registrar, NewRecord(**(wanted | facts)))  # type: ignore[arg-type]


def learn(m: Municipality) -> None:
    """Lets the consumer catch up with the feed."""
    Worker(m.database, [UsageCounter(m.database)]).drain()


def suggested(m: Municipality, actor: Actor | None = None, **clues: object) -> dict[str, Suggestion]:
    """The first suggestion of each field."""
    with m.database.reading() as session:
        found = suggestions.suggest(session, actor or m.registrar, Clues(**clues))  # type: ignore[arg-type]
    first: dict[str, Suggestion] = {}
    for item in found:
        first.setdefault(item.field, item)
    return first


def test_similar_title_suggests_what_was_chosen_and_says_how_often(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        for place in ("Granen 4", "Björken 1", "Eken 2"):
            permit(m, session, f"Ansökan om bygglov för {place}")
        m.record(session, title="Yttrande över remiss", record_type="Yttrande")
    learn(m)
    found = suggested(m, authority="KS", title="Bygglovsansökan, Tallen 9")
    assert (found["classification"].value, found["classification"].label) == ("2.1", "2.1 Bygglov")
    assert (found["responsible"].value, found["responsible"].label) == ("hans", "Hans Handläggare")
    assert {name: found[name].value for name in ("record_type", "case_type", "unit")} == {
        "record_type": "Ansökan",
        "case_type": "Bygglov",
        "unit": "Kansliet",
    }
    assert found["classification"].why == "3 liknande handlingar"
    assert found["classification"].count == 3


def test_same_sender_and_the_class_of_the_case_are_clues_too(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for _number in range(2):
            permit(m, session)
        case = m.case(session, classification="2.1")
        other = m.case(session, classification="1")
        number = case.number_text
        for _number in range(3):
            m.record(session, case=other, record_type="Yttrande")
    learn(m)
    by_name = suggested(m, authority="KS", sender_name="bygg & plåt ab")
    by_email = suggested(m, authority="KS", sender_email="INFO@plat.example")
    assert (
        by_name["classification"].why
        == by_email["classification"].why
        == "2 tidigare handlingar från samma avsändare"
    )
    assert by_name["party-0-kind"].label == "Organisation"
    in_case = suggested(m, case_number=number)
    assert (in_case["record_type"].value, in_case["record_type"].why) == ("Ansökan", "vanligt i klassen 2.1")
    assert set(in_case) == {"record_type"}
    assert suggested(m, authority="KS", classification="2.1")["unit"].value == "Kansliet"


def test_what_was_chosen_once_or_as_often_as_not_is_not_suggested(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        permit(m, session)
    learn(m)
    assert suggested(m, authority="KS", title="Ansökan om bygglov") == {}
    with m.database.unit_of_work() as session:
        for code in ("1", "1.1", "2", "2.1", "3"):
            for _number in range(2):
                case = NewCase(authority="KS", title="Ärende", classification=code)
                permit(m, session, "Inkommen skrivelse", new_case=case, parties=(PartyFacts("Okänd"),))
    learn(m)
    assert "classification" not in suggested(m, authority="KS", title="Skrivelse")
    assert suggested(m, authority="KS", title="och för att 2024 x") == {}
    assert suggested(m, authority="KS", title="Något helt annat") == {}


def test_titles_and_senders_of_what_is_marked_or_protected_teach_nothing(municipality: Municipality) -> None:
    m = municipality
    marked = (RestrictionFacts("26:1", Scope.FILES),)
    with m.database.unit_of_work() as session:
        for _number in range(3):
            permit(m, session, "Orosanmälan", restrictions=marked)
            permit(m, session, "Namnbyte", parties=(PartyFacts("Anna Ek", is_protected=True),))
    learn(m)
    for title in ("Orosanmälan", "Namnbyte"):
        assert suggested(m, authority="KS", title=title) == {}
    assert suggested(m, authority="KS", sender_name="Anna Ek") == {}
    with m.database.reading() as session:
        clues = set(session.scalars(select(UsageCount.clue)))
    assert {clue[0] for clue in clues} == {"c", "o", "t"}


def test_provision_is_suggested_by_class_to_those_who_may_mark_where_marking_is_usual(
    municipality: Municipality,
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        for _number in range(3):
            permit(m, session, restrictions=(RestrictionFacts("31:16", Scope.PARTIES),))
        permit(m, session, "Öppen ansökan")
        case = NewCase(authority="KS", title="Ärende", classification="1")
        permit(m, session, new_case=case, record_type="Remiss", restrictions=(RestrictionFacts("26:1"),))
        permit(m, session, new_case=case, record_type="Remiss", restrictions=(RestrictionFacts("26:1"),))
        for _number in range(8):
            permit(m, session, new_case=case, record_type="Remiss")
    learn(m)
    usual = suggested(m, authority="KS", classification="2.1")
    assert usual["provision"].value == "31:16"
    assert usual["provision"].label == "OSL 31 kap. 16 § – Affärsförbindelse"
    assert (usual["scope"].value, usual["scope"].why) == ("parties", "vanligt i klassen 2.1")
    assert "provision" not in suggested(m, authority="KS", classification="1")
    archivist_who_registers = Actor(m.archivist.user_id, "Arja", {"KS": frozenset()})
    assert suggested(m, archivist_who_registers, authority="KS", classification="2.1") == {}


def test_that_somebody_sent_what_is_marked_is_told_only_to_those_who_may_see_it(
    sqlite_municipality: Municipality,
) -> None:
    m = sqlite_municipality
    marked = (RestrictionFacts("26:1"),)
    with m.database.unit_of_work() as session:
        for name, kind in (("Kliniken AB", PartyKind.ORGANISATION), ("Anna Ek", PartyKind.PERSON)):
            for _number in range(3):
                permit(m, session, parties=(PartyFacts(name, kind),), restrictions=marked)
    learn(m)
    assert suggested(m, authority="KS", sender_name="Kliniken AB")["provision"].value == "26:1"
    assert suggested(m, m.officer, authority="KS", sender_name="Kliniken AB") == {}
    assert suggested(m, authority="KS", sender_name="Anna Ek") == {}


def test_no_name_of_a_sender_can_be_read_in_the_table(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        permit(
            m,
            session,
            "Ansökan från Karin Lind på Ekgatan",
            parties=(PartyFacts("Karin Lind", email="k@lind.example"),),
        )
    learn(m)
    with m.database.reading() as session:
        text = repr(session.execute(select(UsageCount.clue, UsageCount.value)).all()).lower()
    assert "ansökan" in text
    for secret in ("karin", "lind", "ekgatan"):
        assert secret not in text


def test_authority_learns_from_its_own_register_only(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for _number in range(3):
            permit(m, session)
    learn(m)
    assert suggested(m, m.outsider, authority="SN", title="Ansökan om bygglov") == {}
    assert suggested(m, m.outsider, authority="KS", title="Ansökan om bygglov") == {}
    assert suggested(m, m.outsider, title="Ansökan om bygglov") == {}
    both = Actor(m.registrar.user_id, "Rut", {**m.registrar.roles, **m.outsider.roles})
    found = suggested(m, both, title="Ansökan om bygglov")
    assert found["authority"].value == "KS"
    assert {"responsible", "unit"}.isdisjoint(found)


def test_what_is_not_in_use_any_more_is_not_suggested(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for _number in range(3):
            permit(m, session)
    learn(m)
    with m.database.unit_of_work() as session:
        session.scalars(select(User).where(User.username == "hans")).one().is_active = False
        session.scalars(select(RecordType).where(RecordType.name == "Ansökan")).one().is_active = False
    found = suggested(m, authority="KS", title="Ansökan om bygglov")
    assert "classification" in found
    assert {"responsible", "record_type"}.isdisjoint(found)


def test_suggesting_needs_as_many_statements_of_much_as_of_little(municipality: Municipality) -> None:
    m = municipality
    counts = []
    for _round in range(2):
        with m.database.unit_of_work() as session:
            for number in range(4 if not counts else 20):
                permit(m, session, f"Ansökan om bygglov och rivningslov {number}", restrictions=())
                permit(m, session, restrictions=(RestrictionFacts("31:16"),))
        learn(m)
        with m.database.reading() as session, statements_of(m.database.engine) as sent:
            clues = Clues(authority="KS", title="Ansökan om bygglov", sender_name=BYGG.name, classification="2.1")
            assert suggestions.suggest(session, m.registrar, clues)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8


def test_hostile_clues_find_nothing_and_break_nothing(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    for text in ("\x00", "'; DROP TABLE usage_count; --", "\u202eabc", "ö" * 10_000, "🙂 " * 500, "\ud800"):
        clues = {
            "title": text,
            "sender_name": text,
            "sender_email": text,
            "record_type": text,
            "classification": text,
        }
        assert suggested(m, authority="KS", direction="sidledes", case_number=text, **clues) == {}
    with m.database.reading() as session:
        assert session.scalars(select(UsageCount)).all() == []
