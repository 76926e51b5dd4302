"""A delivery report that arrives as mail: noted on the letter it is about, and shown for what it is."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from diarium.composition import Diarium
from diarium.correspondence.vocabulary import MessageState, RecipientState
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.intake import queries
from diarium.intake.taking_in import Intake, Origin
from diarium.intake.vocabulary import Channel
from diarium.settings import from_environment
from tests.correspondence.conftest import Post
from tests.correspondence.test_receipts import report, sent


@pytest.fixture
def intake(sqlite_post: Post, tmp_path):  # type: ignore[no-untyped-def]
    """The inbox's way in, put together as the program does it, on the municipality of `sqlite_post`."""
    services = Diarium(from_environment({"DIARIUM_DATA": str(tmp_path / "other")}))
    town = sqlite_post.municipality
    with ExtractionSandbox() as sandbox:
        yield replace(services.intake(sandbox), database=town.database, blobs=town.blobs)


def test_report_by_mail_reaches_the_letter_and_the_registrar(sqlite_post: Post, intake: Intake) -> None:
    message = sent(sqlite_post)
    origin = Origin("KS", Channel.FILE_DROP, file_name="studs.eml")
    taken = intake.stream(io.BytesIO(report(message)), origin)
    found = sqlite_post.again(message)
    assert (found.state, found.recipients[0].state) == (MessageState.FAILED, RecipientState.BOUNCED)
    with sqlite_post.municipality.database.reading() as session:
        item = queries.item_details(session, sqlite_post.municipality.registrar, taken.uid)
        assert any("Kvittens på utskicket av KS " in remark for remark in item.remarks)


def test_mail_that_is_no_report_changes_no_letter(sqlite_post: Post, intake: Intake) -> None:
    message = sent(sqlite_post)
    mail = b"From: a@b.example\r\nSubject: delivery-status\r\n\r\nHej, delivery-status"
    taken = intake.stream(io.BytesIO(mail), Origin("KS", Channel.FILE_DROP, file_name="brev.eml"))
    assert sqlite_post.again(message).state is MessageState.SENT
    with sqlite_post.municipality.database.reading() as session:
        remarks = queries.item_details(session, sqlite_post.municipality.registrar, taken.uid).remarks
        assert not any("Kvittens" in remark for remark in remarks)
