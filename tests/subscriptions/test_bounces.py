"""What comes back of e-mails to followers."""

from __future__ import annotations

import pytest

from diarium.subscriptions import bounces
from diarium.subscriptions.mailing import MOST_FAILURES
from tests.subscriptions.conftest import ADDRESS, Followers, link_of
from tests.subscriptions.test_following import SEARCH, register


def report(returned: bytes, action: str = "failed", *, with_body: bool = True) -> bytes:
    """A delivery report as servers write it, with the mail or its head returned."""
    head, _end, body = returned.partition(b"\r\n\r\n")
    kind = "message/rfc822" if with_body else "text/rfc822-headers"
    return b"\r\n".join(
        [
            b"From: MAILER-DAEMON@post.example",
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            b"MIME-Version: 1.0",
            b"",
            b"--b",
            b"Content-Type: message/delivery-status",
            b"",
            b"Reporting-MTA: dns; post.example",
            b"",
            f"Final-Recipient: rfc822; {ADDRESS}".encode(),
            f"Action: {action}".encode(),
            b"Status: 5.1.1",
            b"",
            b"--b",
            f"Content-Type: {kind}".encode(),
            b"",
            head,
            b"",
            body if with_body else b"",
            b"--b--",
            b"",
        ]
    )


def note(followers: Followers, content: bytes) -> str | None:
    """Takes in a report."""
    with followers.database.unit_of_work() as session:
        return bounces.note_bounce(session, content)


def test_an_address_whose_mails_come_back_is_erased_after_some(sqlite_followers: Followers) -> None:
    followers = sqlite_followers
    followers.follow(SEARCH)
    returned = 0
    while followers.rows():
        returned += 1
        register(followers, None, f"Fråga {returned} om bussar")
        followers.published(followers.clock())
        followers.clock.next_morning()
        assert followers.round.run() == 1
        content = bytes(followers.server.kept[-1].content)  # type: ignore[arg-type]
        assert "avsluta utan åtgärd" in (note(followers, report(content, with_body=returned % 2 == 0)) or "")
    assert 2 < returned < MOST_FAILURES


def test_an_address_that_does_not_exist_is_erased_when_the_question_comes_back(
    sqlite_followers: Followers,
) -> None:
    followers = sqlite_followers
    followers.ask(SEARCH)
    followers.round.run()
    content = bytes(followers.server.kept[0].content)  # type: ignore[arg-type]
    assert note(followers, report(content, "delivered")) is not None
    assert note(followers, report(content, "delayed")) is not None
    assert len(followers.rows()) == 1
    note(followers, report(content))
    assert followers.rows() == []
    assert note(followers, report(content)) is not None


@pytest.mark.parametrize(
    "content", [b"", b"Subject: x\r\n\r\nList-Unsubscribe: <https://x/folj/avsluta?t=" + b"a" * 22]
)
def test_other_messages_are_left_alone(sqlite_followers: Followers, content: bytes) -> None:
    assert note(sqlite_followers, content) is None
    assert note(sqlite_followers, report(b"Subject: another letter\r\n\r\nHej")) is None


def test_a_token_in_the_body_is_no_head(sqlite_followers: Followers) -> None:
    """Somebody answers and quotes the e-mail: that is no report on it."""
    followers = sqlite_followers
    followers.ask(SEARCH)
    followers.round.run()
    quoted = f"> /folj/avsluta?t={link_of(followers.mails[0], 'avsluta')}".encode()
    assert note(followers, report(b"Subject: Re\r\n\r\n" + quoted)) is None
