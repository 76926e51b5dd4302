"""Delivery reports that come back: matched with what was sent, entered once, harmless where they are not ours."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.correspondence import receipts
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import MessageState, RecipientState
from tests.correspondence.conftest import Post

# As Postfix writes them; {envelope} and {returned} tell which message it is about.
REPORT = """\
From: MAILER-DAEMON@post.example
To: diarium@ekdala.example
Subject: Delivery Status Notification
Message-ID: <20240501@post.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Det gick som det gick.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; post.example
{envelope}Arrival-Date: Wed, 1 May 2024 10:00:00 +0200

Final-Recipient: rfc822; {final}
Original-Recipient: rfc822;{original}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: {returned_type}

{returned}
--b--
"""


def report(message: OutgoingMessage, **facts: str) -> bytes:
    """A report on `message`, by default that its envelope was not delivered."""
    wanted = {
        "envelope": f"Original-Envelope-Id: {message.uid}\n",
        "final": "anna@bolaget.example",
        "original": "anna@bolaget.example",
        "action": "failed",
        "status": "5.1.1",
        "words": "550 5.1.1 no such user",
        "returned_type": "text/rfc822-headers",
        "returned": "Subject: Hej\n",
        **facts,
    }
    return REPORT.format(**wanted).replace("\n", "\r\n").encode()


def sent(post: Post, *others: str) -> OutgoingMessage:
    with post.municipality.database.unit_of_work() as session:
        case = post.municipality.case(session)
    message = post.send(case.uid, others=others)
    post.chore.run()
    return post.again(message)


def enter(post: Post, content: bytes) -> OutgoingMessage | None:
    with post.municipality.database.unit_of_work() as session:
        return receipts.note_report(session, content)


def events(post: Post) -> list[str]:
    with post.municipality.database.reading() as session:
        query = select(AuditEvent.action).where(AuditEvent.action.like("record.dispatch%")).order_by(AuditEvent.id)
        return list(session.scalars(query))


def test_bounce_makes_a_sent_message_one_that_failed(post: Post) -> None:
    message = sent(post)
    assert enter(post, report(message)) is not None
    found = post.again(message)
    assert (found.state, found.is_settled) == (MessageState.FAILED, False)
    assert found.recipients[0].state is RecipientState.BOUNCED
    assert found.recipients[0].report == "5.1.1 550 5.1.1 no such user"
    assert found.last_error == "5.1.1 550 5.1.1 no such user"
    assert events(post)[-1] == "record.dispatch_failed"


def test_same_report_twice_is_entered_once(sqlite_post: Post) -> None:
    message = sent(sqlite_post)
    enter(sqlite_post, report(message))
    before = events(sqlite_post)
    enter(sqlite_post, report(message))
    assert events(sqlite_post) == before


@pytest.mark.parametrize("returned_type", ["text/rfc822-headers", "message/rfc822"])
def test_report_without_envelope_is_known_by_the_message_that_it_returns(
    sqlite_post: Post, returned_type: str
) -> None:
    message = sent(sqlite_post)
    returned = f"Subject: Hej\nMessage-ID:\n {message.message_id}\n\nHej"
    content = report(
        message, envelope="", returned_type=returned_type, returned=returned, action="delivered", status="2.0.0"
    )
    assert enter(sqlite_post, content) is not None
    found = sqlite_post.again(message)
    assert (found.state, found.recipients[0].state) == (MessageState.SENT, RecipientState.DELIVERED)
    assert events(sqlite_post)[-1] == "record.dispatch_delivered"


def test_bounce_of_one_of_two_leaves_the_other_as_it_was(sqlite_post: Post) -> None:
    message = sent(sqlite_post, "anna@bolaget.example", "bo+1@bolaget.example")
    enter(sqlite_post, report(message, final="x@y.example", original="bo+2B1@bolaget.example"))
    found = sqlite_post.again(message)
    assert found.state is MessageState.PARTLY_SENT
    assert [item.state for item in found.recipients] == [RecipientState.ACCEPTED, RecipientState.BOUNCED]


def test_delay_is_shown_and_changes_nothing(sqlite_post: Post) -> None:
    message = sent(sqlite_post)
    before = events(sqlite_post)
    enter(sqlite_post, report(message, action="delayed", status="4.4.1", words="try later"))
    found = sqlite_post.again(message)
    assert (found.state, found.recipients[0].report) == (MessageState.SENT, "4.4.1 try later")
    assert events(sqlite_post) == before


def test_report_on_something_that_we_did_not_send_is_left_aside(sqlite_post: Post) -> None:
    message = sent(sqlite_post)
    for envelope in (
        "",
        "Original-Envelope-Id: 00000000-0000-0000-0000-000000000000\n",
        "Original-Envelope-Id: x'\n",
    ):
        assert enter(sqlite_post, report(message, envelope=envelope)) is None
    unknown = report(message, final="eva@x.example", original="eva@x.example")
    enter(sqlite_post, unknown)
    assert enter(sqlite_post, b"From: a@b.example\r\nSubject: Hej\r\n\r\nHej") is None


def test_report_cannot_make_a_message_that_has_not_left_look_delivered(sqlite_post: Post) -> None:
    with sqlite_post.municipality.database.unit_of_work() as session:
        case = sqlite_post.municipality.case(session)
    message = sqlite_post.send(case.uid)
    assert enter(sqlite_post, report(message, action="delivered")) is None
    assert sqlite_post.again(message).state is MessageState.QUEUED


@given(st.binary(max_size=400), st.integers(0, 900))
@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reading_never_fails_on_what_comes_from_outside(rubbish: bytes, place: int) -> None:
    whole = REPORT.encode()
    receipts.read(whole[:place] + rubbish + whole[place:])
    receipts.read(rubbish)
