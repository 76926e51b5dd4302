"""The public drops, the worker takes out; nothing stays behind."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from pathlib import Path

import pytest
from sqlalchemy import String, insert, make_url, text, type_coerce, update
from sqlalchemy.exc import DBAPIError

from diarium.db.base import now
from diarium.letterbox import database as letterbox_database
from diarium.letterbox import wire
from diarium.letterbox.box import Letterbox
from diarium.letterbox.database import DROPPING_ROLE, MOST_OF_A_KIND
from diarium.letterbox.errors import InvalidLetter, LetterboxClosed, LetterboxFull
from diarium.letterbox.letters import (
    Confirm,
    ContactWay,
    Follow,
    FollowTarget,
    Letter,
    LetterKind,
    OrderedItem,
    Unfollow,
)
from diarium.letterbox.models import WaitingRow
from tests.letterbox.conftest import order

TOKEN = "a" * 22
LETTERS: tuple[Letter, ...] = (
    order(
        items=(OrderedItem("KS 2024/1-1", uuid.uuid4(), "KS"), OrderedItem("SN 2023/7")),
        name="Åsa Öberg",
        message="Även bilagor.\nTack!",
        language="en",
    ),
    order(items=(), message="Allt om vattentornet", contact_way=ContactWay.VISIT, contact="", authority="SN"),
    Follow("anna@post.example", FollowTarget(case_uid=uuid.uuid4())),
    Follow(
        "anna@post.example",
        FollowTarget(query="", filters={"authority": ("KS", "SN")}, date_from=dt.date(2024, 1, 2)),
        "en",
    ),
    Confirm(TOKEN),
    Unfollow(TOKEN),
)


def test_letters_come_out_as_they_went_in_the_oldest_first(box: Letterbox) -> None:
    references = [box.drop(letter) for letter in LETTERS]
    found = box.waiting()
    assert {item.reference: item.letter for item in found} == dict(zip(references, LETTERS, strict=True))
    assert [item.placed_at for item in found] == sorted(item.placed_at for item in found)
    assert len(box.waiting(limit=2)) == 2
    assert all(re.fullmatch(r"[BP]-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", name) for name in references)
    assert [name[0] for name in references] == list("BBPPPP")
    assert len(set(references)) == len(references)


def test_a_taken_letter_does_not_come_again_and_taking_twice_does_no_harm(box: Letterbox) -> None:
    box.drop(order())
    [letter] = box.waiting()
    box.taken(letter.uid)
    box.taken(letter.uid)
    assert box.waiting() == ()
    assert box.figures().waiting[LetterKind.ORDER] == 0


def test_the_same_form_sent_twice_is_one_letter_and_a_changed_one_is_another(box: Letterbox) -> None:
    key = uuid.uuid4()
    first = box.drop(order("KS 2024/1-1"), key=key)
    assert box.drop(order("KS 2024/1-1"), key=key) == first
    assert box.drop(order("KS 2024/1-1", message="Snälla"), key=key) != first
    assert box.drop(order("KS 2024/1-1"), key=uuid.uuid4()) != first
    assert len(box.waiting()) == 3


def test_a_postponed_letter_waits_for_its_turn_and_holds_no_other_up(box: Letterbox) -> None:
    box.drop(order("KS 2024/1-1"))
    [first] = box.waiting()
    box.postpone(first.uid)
    box.postpone(first.uid)
    box.drop(order("KS 2024/2-1"))
    [other] = box.waiting()
    assert other.uid != first.uid
    figures = box.figures()
    assert (figures.waiting[LetterKind.ORDER], figures.tried, figures.unreadable) == (2, 1, 0)
    with box.database.unit_of_work() as session:
        session.execute(update(WaitingRow).values(not_before=now() - dt.timedelta(seconds=1)))
    assert {letter.uid for letter in box.waiting()} == {first.uid, other.uid}


@pytest.mark.parametrize(
    "content",
    ["", "null", "[]", "{", '{"items": 3}', "[" * 20_000, '{"items": [], "contact_way": "email", "contact": ""}'],
)
def test_what_is_no_letter_is_set_aside_and_the_others_go_on(sqlite_box: Letterbox, content: str) -> None:
    with sqlite_box.database.unit_of_work() as session:
        facts = {"uid": uuid.uuid4(), "reference": "B-1", "placed_at": now() - dt.timedelta(days=1)}
        session.execute(insert(WaitingRow).values(kind=LetterKind.ORDER, content=content, **facts))
    reference = sqlite_box.drop(order())
    assert [letter.reference for letter in sqlite_box.waiting()] == [reference]
    assert sqlite_box.figures().unreadable == 1


def test_a_kind_that_is_none_is_set_aside_and_stops_nobody(box: Letterbox) -> None:
    reference = box.drop(order())
    with box.database.unit_of_work() as session:
        session.execute(update(WaitingRow).values(kind=type_coerce("okänd", String)))
    other = box.drop(order())
    assert [letter.reference for letter in box.waiting()] == [other] != [reference]
    figures = box.figures()
    assert (figures.waiting[LetterKind.ORDER], figures.unreadable) == (1, 1)


def test_what_the_table_refuses_for_another_reason_is_not_thanked_for(sqlite_box: Letterbox) -> None:
    with sqlite_box.database.unit_of_work() as session:
        session.execute(text("ALTER TABLE letter ADD COLUMN later INTEGER NOT NULL CHECK (later > 0) DEFAULT 0"))
    with pytest.raises(LetterboxClosed):
        sqlite_box.drop(order())


def test_only_one_worker_gets_hold_of_a_letter(box: Letterbox) -> None:
    box.drop(order())
    [letter] = box.waiting()
    assert [box.reserve(letter.uid), box.reserve(letter.uid)] == [True, False]
    assert box.waiting() == ()
    box.taken(letter.uid)
    assert not box.reserve(letter.uid)


@pytest.mark.parametrize(
    ("letter", "field"),
    [
        (order(items=()), "items"),
        (order(*["KS 2024/1-1"] * 31), "items"),
        (order("x" * 81), "items"),
        (order("KS\0"), "items"),
        (order(contact=""), "contact"),
        (order(contact="anna"), "contact"),
        (order(contact="anna@post.example\nBcc: x@y.example"), "contact"),
        (order(message="x" * 4001), "message"),
        (order(language="xx"), "language"),
        (Follow("Anna <anna@post.example>", FollowTarget(query="x")), "email"),
        (Follow("anna@post.example", FollowTarget()), "target"),
        (Follow("anna@post.example", FollowTarget(uuid.uuid4(), "x")), "target"),
        (Confirm("kort"), "token"),
        (Unfollow("a" * 22 + "\n"), "token"),
    ],
)
def test_what_is_too_long_or_of_the_wrong_form_is_not_taken(
    sqlite_box: Letterbox, letter: Letter, field: str
) -> None:
    with pytest.raises(InvalidLetter) as error:
        sqlite_box.drop(letter)
    assert error.value.field == field
    assert sqlite_box.waiting() == ()


def test_no_letter_is_larger_than_the_box_takes(sqlite_box: Letterbox) -> None:
    with pytest.raises(InvalidLetter, match="för stort"):
        wire.read(LetterKind.ORDER, '"' + "å" * wire.MAX_BYTES + '"')


def test_a_full_box_says_so_and_other_kinds_still_find_room(box: Letterbox) -> None:
    rows = [
        {
            "uid": uuid.uuid4(),
            "kind": LetterKind.FOLLOW,
            "reference": f"P-{number}",
            "placed_at": now(),
            "content": "{}",
        }
        for number in range(MOST_OF_A_KIND)
    ]
    with box.database.unit_of_work() as session:
        session.execute(insert(WaitingRow), rows)
    with pytest.raises(LetterboxFull):
        box.drop(Follow("anna@post.example", FollowTarget(query="x")))
    assert box.drop(order()).startswith("B-")


def test_nothing_of_a_taken_letter_is_left_on_the_disk(sqlite_box: Letterbox, tmp_path: Path) -> None:
    secret = "hemlig-granne@post.example"
    for number in range(30):
        sqlite_box.drop(order(contact=secret, message=f"{secret} {number}" * 50))

    def on_disk() -> bool:
        return any(secret.encode() in path.read_bytes() for path in tmp_path.glob("letterbox.sqlite*"))

    assert on_disk()
    for letter in sqlite_box.waiting():
        sqlite_box.taken(letter.uid)
    assert sqlite_box.clean()
    assert not on_disk()


def test_what_an_earlier_process_left_in_the_log_is_gone_after_the_next_look(
    sqlite_box: Letterbox, tmp_path: Path
) -> None:
    sqlite_box.drop(order(contact="kvar@post.example"))
    [letter] = sqlite_box.waiting()
    sqlite_box.taken(letter.uid)
    again = Letterbox(f"sqlite:///{tmp_path / 'letterbox.sqlite'}")
    assert again.waiting() == ()
    assert not any(b"kvar@post" in path.read_bytes() for path in tmp_path.glob("letterbox.sqlite*"))
    again.close()


def test_a_box_that_was_never_made_takes_nothing_and_says_so(any_database_url: str) -> None:
    box = Letterbox(any_database_url)
    with pytest.raises(LetterboxClosed, match="ta emot"):
        box.drop(order())
    box.close()


def test_the_register_is_no_letterbox(sqlite_database: object, tmp_path: Path) -> None:
    box = Letterbox(f"sqlite:///{tmp_path / 'register.sqlite'}")
    with pytest.raises(LetterboxClosed, match="DIARIUM_LETTERBOX_URL"):
        box.ensure()
    box.close()


@pytest.mark.postgresql
def test_the_public_role_may_put_in_and_nothing_else(postgresql_url: str) -> None:
    staff = Letterbox(postgresql_url)
    with staff.database.unit_of_work() as session:
        if not session.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": DROPPING_ROLE}):
            session.execute(text(f"CREATE ROLE {DROPPING_ROLE}"))
        session.execute(text(f"ALTER ROLE {DROPPING_ROLE} LOGIN PASSWORD 'prov'"))
    staff.ensure()
    staff.ensure()
    address = make_url(postgresql_url).set(username=DROPPING_ROLE, password="prov")
    public = Letterbox(address.render_as_string(hide_password=False))
    reference = public.drop(order())
    statements = (
        "SELECT * FROM letterbox.letter",
        "SELECT count(*) FROM letterbox.letter",
        "UPDATE letterbox.letter SET kind = 'follow'",
        "DELETE FROM letterbox.letter",
        "TRUNCATE letterbox.letter",
        "INSERT INTO letterbox.letter SELECT * FROM letterbox.letter",
        "ALTER TABLE letterbox.letter DISABLE TRIGGER guard",
        "CREATE TABLE letterbox.other (id int)",
        "CREATE OR REPLACE FUNCTION letterbox.guard() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
    )
    for statement in statements:
        with (
            pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
            public.database.unit_of_work() as s,
        ):
            s.execute(text(statement))
    long_ago = {"t": dt.datetime(1999, 1, 1, tzinfo=dt.UTC), "u": uuid.uuid4()}
    with public.database.unit_of_work() as session:
        session.execute(
            text("INSERT INTO letterbox.letter VALUES (:u, 'order', 'B-X', :t, '{}', 9, :t, false)"), long_ago
        )
    for too_long in ("x" * 60_001, "å" * 60_001):
        with pytest.raises(DBAPIError, match="ck_letter_content"), public.database.unit_of_work() as session:
            session.execute(
                text("INSERT INTO letterbox.letter VALUES (:u, 'order', 'B-Y', now(), :c, 0, NULL, false)"),
                {"u": uuid.uuid4(), "c": too_long},
            )
    [letter] = staff.waiting()
    assert letter.reference == reference
    with staff.database.reading() as session:
        assert session.scalar(text("SELECT min(placed_at) > now() - interval '1 hour' FROM letterbox.letter"))
    public.close()
    staff.close()


def test_the_cap_and_the_check_of_the_table_speak_of_the_same_sizes() -> None:
    [check] = [c for c in WaitingRow.__table__.constraints if str(c.name) == "ck_letter_content"]  # type: ignore[attr-defined]
    assert str(wire.MAX_BYTES) in str(check.sqltext)
    assert letterbox_database.FULL in letterbox_database._GUARD
