"""The e-mails to those who follow. What stands in them is public already."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from diarium.correspondence.addresses import Mailbox
from diarium.correspondence.composing import Letter, message_of
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, show_date
from diarium.letterbox.letters import FollowTarget
from diarium.public import vocabulary
from diarium.public.models import PublicCase, PublicRecord
from diarium.subscriptions.links import Links
from diarium.subscriptions.models import Subscription, target_of
from diarium.subscriptions.news import News
from diarium.subscriptions.tokens import Purpose, TokenMaker


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes e-mails from `sender` in the name of `organisation`, in the language of the running block.

    `reply_to`: where answers go.
    """

    links: Links
    tokens: TokenMaker
    organisation: str
    sender: str
    reply_to: str

    def question(self, subscription: Subscription, case: PublicCase | None) -> EmailMessage:
        """Asks whether somebody wants to follow. Whoever typed the address may be somebody else, so that nothing
        of what they typed stands in it: a search could be written to say anything.
        """
        what = _("ärendet %(number)s", number=case.number_text) if case is not None else _("en sökning")
        confirm = self.links.token(Purpose.CONFIRM, self.tokens.token(subscription.uid, Purpose.CONFIRM))
        parts = (
            _("Hej!"),
            _("Någon, troligen du, har bett att få e-post när det kommer något nytt i diariet hos "
              "%(organisation)s om %(what)s.", organisation=self.organisation, what=what),
            _("Vill du ha e-posten? Bekräfta det här inom tre dagar:"),
            confirm,
            _("Var det inte du, så behöver du inte göra något. Då raderas adressen och du får inte fler brev. "
              "Du kan också radera den genast:"),
            self._unfollow(subscription),
        )  # fmt: skip
        return self._message(subscription, _("Bekräfta att du vill följa diariet"), "\n\n".join(parts))

    def digest(self, subscription: Subscription, news: News) -> EmailMessage:
        """Tells what is new: numbers, dates and public titles."""
        count = len(news.entries)
        target = target_of(subscription.target)
        if news.case is not None:
            subject = _("Nytt i ärendet %(number)s", number=news.case.number_text)
            what = f"{news.case.number_text} {vocabulary.case_heading(news.case.visibility, news.case.title)}"
        else:
            subject = ngettext("%(num)s ny träff i diariet", "%(num)s nya träffar i diariet", count)
            what = _described(target)
        rows = list(self._rows(news))
        if news.has_more:
            rows.append(_("Det finns fler än så. Se diariet."))
        ending = _("Du får det här för att du följer ett ärende eller en sökning i diariet hos %(organisation)s. "
                   "Avsluta här, så raderas adressen:", organisation=self.organisation)  # fmt: skip
        body = "\n\n".join((_("Nytt i det som du följer: %(what)s", what=what), *rows, ending))
        return self._message(subscription, subject, f"{body}\n{self._unfollow(subscription)}")

    def _rows(self, news: News) -> Iterator[str]:
        for entry in news.entries:
            if isinstance(entry, PublicRecord):
                heading = vocabulary.record_heading(entry.visibility, entry.title)
                day, address = entry.official_on, self.links.record(entry)
            else:
                heading = vocabulary.case_heading(entry.visibility, entry.title)
                day, address = entry.opened_on, self.links.case(entry)
            yield f"{entry.number_text}, {show_date(day)}\n{heading}\n{address}"

    def _unfollow(self, subscription: Subscription) -> str:
        return self.links.token(Purpose.UNFOLLOW, self.tokens.token(subscription.uid, Purpose.UNFOLLOW))

    def _message(self, subscription: Subscription, subject: str, body: str) -> EmailMessage:
        letter = Letter(
            sender=Mailbox(self.sender, self.organisation),
            recipients=(Mailbox(subscription.email),),
            subject=subject,
            body=body,
            written_at=now(),
            reply_to=Mailbox(self.reply_to) if self.reply_to else None,
            is_automatic=True,
        )
        message = message_of(letter, uuid.uuid4())
        # Source: RFC 2369; RFC 8058 (a mail program ends it with one click, by POST).
        message["List-Unsubscribe"] = f"<{self._unfollow(subscription)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return message


def _described(target: FollowTarget) -> str:
    words = f"”{target.query}”" if target.query else _("alla handlingar")
    return _("%(words)s, med avgränsning", words=words) if target.filters else words
