"""A record that is moved is moved in the open register too; what was withheld stays so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from diarium.public.models import PublicCase, PublicDocument, PublicRecord
from diarium.register import moving
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.models import Record
from tests.conftest import Municipality
from tests.public.open_register import OpenRegister

REASON = "Klagomålet gällde Anna Svensson"
WORD = "Sjöutsiktsplanen"


def move(
    municipality: Municipality, *, source: dict[str, Any], target: dict[str, Any], **record: Any
) -> list[str]:
    """Moves a record with a released file from one new case to another; returns its old and new number."""
    with municipality.database.unit_of_work() as session:
        wrong, right = municipality.case(session, **source), municipality.case(session, **target)
        sha256 = municipality.store(session, b"Ett brev", text="Ett brev")
        facts: dict[str, Any] = {"documents": (DocumentFacts(sha256, "brev.txt", is_released=True),)}
        old = municipality.record(session, wrong, title=WORD, **(facts | record))
        numbers = (old.number_text, right.number_text)
        uid = old.uid
    return [numbers[0], numbers[1], str(uid)]


def moved(open_register: OpenRegister, old_number: str, to: str) -> str:
    """Moves the record once it has been published, and lets the open register follow."""
    m = open_register.municipality
    with m.database.unit_of_work() as session:
        record = next(item for item in session.scalars(select(Record)) if item.number_text == old_number)
        number = moving.move_record(session, m.registrar, record, to, REASON).number_text
    open_register.catch_up()
    return number


def public_record(open_register: OpenRegister, number: str) -> PublicRecord:
    with open_register.public.reading() as session:
        return session.scalars(select(PublicRecord).where(PublicRecord.number_text == number)).one()


def test_moved_record_is_shown_in_its_new_case_alone(open_register: OpenRegister) -> None:
    old, right, _uid = move(
        open_register.municipality, source={"classification": "1.1"}, target={"classification": "1.1"}
    )
    open_register.catch_up()
    assert open_register.found(WORD) == [old]
    new = moved(open_register, old, right)
    assert open_register.found(WORD) == [new]
    gone = public_record(open_register, old)
    assert (gone.visibility.value, gone.title, gone.record_type) == ("cancelled", None, None)
    shown = public_record(open_register, new)
    assert shown.title == WORD
    with open_register.public.reading() as session:
        files = session.scalars(select(PublicDocument)).all()
        assert [item.record_id for item in files] == [shown.id]
        whole = " ".join(
            str(vars(row)) for table in (PublicCase, PublicRecord) for row in session.scalars(select(table))
        )
        assert REASON not in whole
        assert "Anna" not in whole


def test_file_released_in_an_open_class_is_withdrawn_when_moved_to_a_closed_one(
    sqlite_open_register: OpenRegister,
) -> None:
    opened = sqlite_open_register
    old, right, _uid = move(
        opened.municipality, source={"classification": "1.1"}, target={"classification": "2.1"}
    )
    opened.catch_up()
    assert opened.released.exists(only_content(opened))
    sha256 = only_content(opened)
    moved(opened, old, right)
    with opened.public.reading() as session:
        assert session.scalars(select(PublicDocument)).all() == []
    assert not opened.released.exists(sha256)


def test_record_of_a_marked_case_is_no_more_public_in_a_plain_one(sqlite_open_register: OpenRegister) -> None:
    opened = sqlite_open_register
    secret = {"classification": "1.1", "restrictions": (RestrictionFacts("26:1"),)}
    old, right, _uid = move(opened.municipality, source=secret, target={"classification": "1.1"})
    opened.catch_up()
    new = moved(opened, old, right)
    shown = public_record(opened, new)
    assert (shown.visibility.value, shown.title) == ("omitted", None)
    assert opened.found(WORD) == []
    with opened.public.reading() as session:
        assert session.scalars(select(PublicDocument)).all() == []


def only_content(opened: OpenRegister) -> str:
    with opened.public.reading() as session:
        return session.scalars(select(PublicDocument.sha256)).one()
