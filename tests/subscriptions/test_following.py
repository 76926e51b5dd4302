"""Following by e-mail: wanted twice before anything is sent, ended with one click, nothing kept."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from diarium.correspondence.smtp import SmtpTransport
from diarium.db.base import now
from diarium.letterbox.letters import FollowTarget
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.models import Case, Record
from diarium.register.vocabulary import PartyKind
from diarium.settings import MailSecurity, MailSettings
from diarium.subscriptions import mailing, news
from diarium.subscriptions.desk import MOST_OF_ADDRESS, MOST_QUESTIONS, MOST_UNCONFIRMED
from tests.subscriptions.conftest import ADDRESS, BASE, Followers, link_of

SEARCH = FollowTarget(query="bussar")


def open_case(followers: Followers, **facts: object) -> Case:
    """A case that the open register shows."""
    with followers.database.unit_of_work() as session:
        case = followers.municipality.case(session, title="Busslinje 7", **facts)
    followers.register.catch_up()
    return case


def register(followers: Followers, case: Case | None, title: str, **facts: object) -> Record:
    """A record that is published today."""
    with followers.database.unit_of_work() as session:
        known = session.get_one(Case, case.id) if case else None
        record = followers.municipality.record(session, known, title=title, **facts)
    followers.register.catch_up()
    return record


def test_a_follower_of_a_case_gets_its_news_in_the_morning_and_once(followers: Followers) -> None:
    case = open_case(followers)
    followers.follow(FollowTarget(case_uid=case.uid))
    record = register(followers, case, "Yttrande om bussar")
    followers.round.run()
    assert followers.mails == []
    followers.clock.next_morning()
    assert followers.round.run() == 1
    [mail] = followers.mails
    assert mail["Subject"] == f"Nytt i ärendet {case.number_text}"
    assert mail["To"] == ADDRESS
    body = mail.get_content().replace("\r\n", "\n")
    assert f"{record.number_text}, {record.official_on.isoformat()}\nYttrande om bussar\n" in body
    year, number = case.year, case.number
    assert f"{BASE}/handling/KS/{year}/{number}/1" in body
    followers.round.run()
    followers.clock.next_morning()
    followers.round.run()
    assert len(followers.mails) == 1


def test_a_follower_of_a_search_gets_what_fits_it(followers: Followers) -> None:
    followers.follow(SEARCH)
    followers.follow(FollowTarget(query="", filters={"authority": ("SN",)}), "bo@post.example")
    fitting = register(followers, None, "Remiss om bussar")
    register(followers, None, "Remiss om broar")
    followers.clock.next_morning()
    followers.round.run()
    [mail] = followers.mails
    assert mail["To"] == ADDRESS
    assert mail["Subject"] == "1 ny träff i diariet"
    assert fitting.number_text in mail.get_content()
    assert "broar" not in mail.get_content()


def test_old_records_are_no_news_and_late_ones_are(sqlite_followers: Followers) -> None:
    """What counts is when it was published, not the day that the record bears."""
    followers = sqlite_followers
    with followers.database.unit_of_work() as session:
        followers.municipality.record(session, title="Gamla bussar")
    followers.register.catch_up()
    followers.published(now() - dt.timedelta(days=1))
    followers.follow(SEARCH)
    followers.clock.next_morning()
    followers.round.run()
    assert followers.mails == []
    with followers.database.unit_of_work() as session:
        long_ago = dt.date(2020, 2, 3)
        case = followers.municipality.case(session, opened_on=long_ago)
        followers.municipality.record(session, case, title="Återfunna bussar", official_on=long_ago)
    followers.register.catch_up()
    followers.published(followers.clock())
    followers.clock.next_morning()
    followers.round.run()
    assert "Återfunna bussar" in followers.mails[0].get_content()


def test_a_late_record_of_an_old_day_is_found_behind_any_number_of_others(
    sqlite_followers: Followers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search shows the newest days first, and gives up after so many pages."""
    followers = sqlite_followers
    monkeypatch.setattr(news, "_PAGE_SIZE", 2)
    monkeypatch.setattr(news, "_MOST_PAGES", 2)
    with followers.database.unit_of_work() as session:
        for number in range(8):
            followers.municipality.record(session, title=f"Bussar {number}")
    followers.register.catch_up()
    followers.published(now() - dt.timedelta(days=3))
    followers.follow(SEARCH)
    for year in range(2004, 2012):
        day = dt.date(year, 2, 3)
        with followers.database.unit_of_work() as session:
            case = followers.municipality.case(session, opened_on=day)
            followers.municipality.record(session, case, title=f"Bussar år {year}", official_on=day)
    followers.register.catch_up()
    followers.clock.next_morning()
    followers.round.run()
    [mail] = followers.mails
    assert [year for year in range(2004, 2012) if f"Bussar år {year}" not in mail.get_content()] == []


def test_the_question_tells_what_happens_and_nothing_that_was_typed(sqlite_followers: Followers) -> None:
    """Whoever types somebody else's address must not be able to write to them in the municipality's name."""
    followers = sqlite_followers
    followers.ask(FollowTarget(query="Vinn pengar på http://spam.example"))
    assert followers.round.run() == 1
    [mail] = followers.mails
    assert "spam" not in mail.as_string()
    assert "Ekdala kommun" in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "registrator@ekdala.example"
    assert link_of(mail, "bekrafta") != link_of(mail, "avsluta")
    assert all(len(link_of(mail, page)) == 22 for page in ("bekrafta", "avsluta"))
    followers.round.run()
    followers.clock.next_morning()
    followers.round.run()
    assert len(followers.mails) == 1, "nothing is sent before it is confirmed"


def test_an_address_that_is_not_confirmed_in_three_days_is_erased(followers: Followers) -> None:
    followers.ask(SEARCH)
    followers.round.run()
    token = link_of(followers.mails[0], "bekrafta")
    followers.clock.moment += dt.timedelta(days=3, minutes=1)
    followers.age(dt.timedelta(days=3, minutes=1))
    followers.confirm(token)
    assert [row.confirmed_at for row in followers.rows()] == [None]
    followers.round.run()
    assert followers.rows() == []
    followers.confirm(token)
    assert followers.rows() == []


def test_confirming_twice_or_with_another_token_changes_nothing(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    followers.ask(SEARCH)
    followers.round.run()
    mail = followers.mails[0]
    followers.confirm("x" * 22)
    followers.confirm(link_of(mail, "avsluta"))
    assert followers.rows()[0].confirmed_at is None
    followers.confirm(link_of(mail, "bekrafta"))
    first = followers.rows()[0].confirmed_at
    assert first is not None
    followers.confirm(link_of(mail, "bekrafta"))
    assert followers.rows()[0].confirmed_at == first


def test_one_click_in_any_mail_erases_the_address_at_once(followers: Followers) -> None:
    case = open_case(followers)
    followers.follow(FollowTarget(case_uid=case.uid))
    register(followers, case, "Yttrande om bussar")
    followers.clock.next_morning()
    followers.round.run()
    [mail] = followers.mails
    token = link_of(mail, "avsluta")
    assert mail["List-Unsubscribe"] == f"<{BASE}/folj/avsluta?t={token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    raw = bytes(followers.server.kept[0].content)  # type: ignore[arg-type]
    assert f"List-Unsubscribe: <{BASE}/folj/avsluta?t={token}>\r\n".encode() in raw
    followers.unfollow("y" * 22)
    assert len(followers.rows()) == 1
    followers.unfollow(token)
    assert followers.rows() == []
    followers.unfollow(token)


def test_only_hashes_of_tokens_are_kept(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    followers.ask(SEARCH)
    followers.round.run()
    kept = str([vars(row) for row in followers.rows()])
    for page in ("bekrafta", "avsluta"):
        assert link_of(followers.mails[0], page) not in kept


def test_nothing_secret_can_stand_in_a_mail(sqlite_followers: Followers) -> None:
    """A hidden title, a private person, a class of which only numbers are shown."""
    followers = sqlite_followers
    case = open_case(followers)
    stodja = open_case(followers, classification="3")
    followers.follow(FollowTarget(case_uid=case.uid))
    followers.follow(FollowTarget(case_uid=stodja.uid))
    followers.follow(FollowTarget(query=""), "bo@post.example")
    person = PartyFacts("Lotta Kanariefågel", PartyKind.PERSON)
    with followers.database.unit_of_work() as session:
        known = session.get_one(Case, case.id)
        marks = (RestrictionFacts("26:1"),)
        followers.municipality.record(
            session, known, title="Sjuk kanariefågel", parties=(person,), restrictions=marks
        )
        hidden = session.get_one(Case, stodja.id)
        followers.municipality.record(session, hidden, title="Stöd åt kanariefågel", parties=(person,))
    followers.register.catch_up()
    followers.clock.next_morning()
    followers.round.run()
    told = sorted(str(mail["Subject"]) for mail in followers.mails)
    assert told == [
        "2 nya träffar i diariet",
        f"Nytt i ärendet {case.number_text}",
        f"Nytt i ärendet {stodja.number_text}",
    ]
    for mail in followers.mails:
        assert "kanariefågel" not in mail.get_content().casefold()
        assert "kanariefågel" not in str(mail["Subject"]).casefold()


def test_mails_are_in_the_language_that_was_chosen(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    case = open_case(followers)
    followers.ask(FollowTarget(case_uid=case.uid), language="en")
    followers.round.run()
    assert "?t=" in followers.mails[0].get_content()
    assert "&lang=en" in followers.mails[0].get_content()
    assert case.number_text in followers.mails[0].get_content()


def test_asking_again_is_answered_rarely_and_never_makes_two(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    for _day in range(MOST_QUESTIONS + 1):
        for _time in range(3):
            followers.ask(SEARCH, "ANNA@post.example")
        followers.round.run()
        followers.age(dt.timedelta(days=1, minutes=1))
    assert len(followers.mails) == MOST_QUESTIONS
    assert [row.email for row in followers.rows()] == [ADDRESS]


def test_asking_again_when_it_is_followed_already_sends_nothing(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    followers.follow(SEARCH)
    followers.age(dt.timedelta(days=30))
    followers.ask(SEARCH)
    followers.round.run()
    assert followers.mails == []
    assert len(followers.rows()) == 1


def test_nobody_can_fill_somebodys_mailbox(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    for number in range(MOST_UNCONFIRMED + 3):
        followers.ask(FollowTarget(query=f"fråga {number}"))
    followers.round.run()
    assert len(followers.mails) == MOST_UNCONFIRMED
    for mail in followers.mails:
        followers.confirm(link_of(mail, "bekrafta"))
    followers.server.kept.clear()
    for number in range(MOST_UNCONFIRMED, MOST_OF_ADDRESS):
        followers.follow(FollowTarget(query=f"mer {number}"))
    followers.ask(FollowTarget(query="en för mycket"))
    assert len(followers.rows()) == MOST_OF_ADDRESS
    followers.ask(SEARCH, "bo@post.example")
    assert len(followers.rows()) == MOST_OF_ADDRESS + 1


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "450 4.2.1 try later"])
def test_an_address_where_nothing_arrives_is_erased_in_the_end(sqlite_followers: Followers, answer: str) -> None:
    followers = sqlite_followers
    case = open_case(followers)
    followers.follow(FollowTarget(case_uid=case.uid))
    register(followers, case, "Yttrande om bussar")
    followers.server.answers[ADDRESS] = answer
    tries = 0
    for _hour in range(24 * 7):
        if not followers.rows():
            break
        followers.clock.moment += dt.timedelta(hours=1)
        before = followers.rows()[0].failures
        followers.round.run()
        tries += not followers.rows() or followers.rows()[0].failures > before
    assert followers.rows() == []
    assert tries == mailing.MOST_FAILURES


def test_a_mail_that_could_not_be_sent_comes_later_and_loses_no_news(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    case = open_case(followers)
    followers.follow(FollowTarget(case_uid=case.uid))
    record = register(followers, case, "Yttrande om bussar")
    followers.clock.next_morning()
    followers.server.answers[ADDRESS] = "450 4.2.1 try later"
    assert followers.round.run() == 0
    del followers.server.answers[ADDRESS]
    assert followers.round.run() == 0, "not before its time"
    followers.clock.moment += dt.timedelta(minutes=16)
    assert followers.round.run() == 1
    assert record.number_text in followers.mails[0].get_content()
    assert followers.rows()[0].failures == 0


def test_a_server_that_takes_nothing_of_ours_erases_nobody(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    case = open_case(followers)
    followers.follow(FollowTarget(case_uid=case.uid))
    record = register(followers, case, "Yttrande om bussar")
    followers.server.content_answer = "550 5.7.1 rejected by policy"
    followers.clock.next_morning()
    for _hour in range(24 * 7):
        followers.clock.moment += dt.timedelta(hours=1)
        assert followers.round.run() == 0
    assert [row.failures for row in followers.rows()] == [0]
    followers.server.content_answer = "250 2.0.0 taken"
    followers.clock.moment += dt.timedelta(hours=1)
    assert followers.round.run() == 1
    assert record.number_text in followers.mails[0].get_content()


def test_a_mail_server_that_is_away_costs_nobody_anything(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    for name in ("anna", "bo", "cia"):
        followers.ask(SEARCH, f"{name}@post.example")
    there = followers.round
    nowhere = SmtpTransport(MailSettings("127.0.0.1", 1, MailSecurity.NONE), timeout=20)
    assert replace(there, transport=nowhere).run() == 0
    assert replace(there, transport=None).run() == 0
    assert [row.failures for row in followers.rows()] == [0, 0, 0]
    followers.clock.moment += dt.timedelta(minutes=31)
    assert there.run() == 3


def test_a_slow_mail_server_never_lets_a_worker_go_on_after_its_lease(sqlite_followers: Followers) -> None:
    """Another worker would send the same to the same people."""
    followers = sqlite_followers
    for name in ("anna", "bo", "cia"):
        followers.ask(SEARCH, f"{name}@post.example")
    followers.server.on_data = lambda: followers.clock.forward(dt.timedelta(minutes=8))
    assert followers.round.run() == 2
    assert followers.round.run() == 0, "the third is still taken"
    followers.clock.forward(dt.timedelta(minutes=15))
    assert followers.round.run() == 1
    assert len({mail["To"] for mail in followers.mails}) == len(followers.mails) == 3


def test_a_case_that_is_withdrawn_is_told_of_no_more(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    followers.follow(FollowTarget(case_uid=uuid.uuid4()))
    followers.clock.next_morning()
    assert followers.round.run() == 0
    assert followers.rows()[0].checked_at == followers.clock()


def test_a_search_that_can_no_longer_be_answered_holds_nobody_up(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    case = open_case(followers)
    followers.follow(FollowTarget(query="x", filters={"finns-inte": ("y",)}))
    followers.follow(FollowTarget(case_uid=case.uid), "bo@post.example")
    register(followers, case, "Yttrande om bussar")
    followers.clock.next_morning()
    assert followers.round.run() == 1


def test_the_key_can_be_changed_without_stranding_anybody(sqlite_followers: Followers) -> None:
    """Links in older mails end; those in the next one count."""
    followers = sqlite_followers
    case = open_case(followers)
    followers.follow(FollowTarget(case_uid=case.uid))
    register(followers, case, "Yttrande om bussar")
    object.__setattr__(followers.tokens, "key", b"ny nyckel")
    followers.clock.next_morning()
    followers.round.run()
    followers.unfollow(link_of(followers.mails[0], "avsluta"))
    assert followers.rows() == []
