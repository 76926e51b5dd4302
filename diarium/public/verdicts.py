"""The rules of the open register, one function for each question: may the public see this, and if not, why?

The projection takes the answers, the staff's page "Så ser allmänheten ärendet" the reasons: they can't differ.
The table in docs/publishing.md says the same in words and is tested against this file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diarium.classification.models import PublishingRule
from diarium.public import findings, waiting
from diarium.public.findings import NAME, FileText, OwnContacts
from diarium.public.reasons import Reason
from diarium.public.vocabulary import Visibility
from diarium.register import following
from diarium.register.models import Case, DisposalDepth, Document, Party, Record, ReviewState, Withdrawal
from diarium.register.views import concerns_protected
from diarium.register.vocabulary import CaseStatus, PartyKind, RecordStatus
from diarium.secrecy import scanning
from diarium.secrecy.models import Restriction, Scope

Reasons = tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A text that may be shown, or None and why not; None without reasons: there is nothing to show."""

    shown: str | None = None
    why: Reasons = ()


@dataclass(frozen=True, slots=True)
class Hidden:
    """What no shown text of a case may hold: names of private or hidden parties; hidden titles, case folded."""

    names: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseRules:
    """What is decided for a case as a whole, and what its records need of it. `why`: what limits `visibility`."""

    rule: PublishingRule
    visibility: Visibility
    why: Reasons
    marks: frozenset[Scope]
    is_withdrawn: bool
    hidden: Hidden
    own: OwnContacts
    delay: int
    first_day: dt.date
    day: dt.date


@dataclass(frozen=True, slots=True)
class RecordRules:
    """What is decided for a record as a whole; `marks`: its own and its case's, but for those of single files."""

    visibility: Visibility
    why: Reasons
    marks: frozenset[Scope]
    first_day: dt.date


def case_rules(case: Case, day: dt.date) -> CaseRules:
    """What holds for `case` on `day`."""
    rule, why_rule = publishing_rule(case)
    marks = scopes(case.restrictions)
    withdrawn = is_withdrawn(case.withdrawals)
    delay = waiting.delay_of(case)
    first_day = waiting.first_day(case, delay)
    visibility, why = _visibility(
        rule,
        why_rule,
        cancelled=(Reason.CANCELLED,) if case.status is CaseStatus.CANCELLED else (),
        is_withdrawn=withdrawn,
        waits=day < first_day,
        is_whole=Scope.WHOLE in marks,
        is_disposed=case.disposed is DisposalDepth.EVERYTHING,
    )
    return CaseRules(
        rule=rule,
        visibility=visibility,
        why=why,
        marks=marks,
        is_withdrawn=withdrawn,
        hidden=hidden_in(case),
        own=findings.contacts_of(case.authority),
        delay=delay,
        first_day=first_day,
        day=day,
    )


def record_rules(record: Record, of_case: CaseRules) -> RecordRules:
    """What holds for a record of a case with the rules `of_case`."""
    marks = of_case.marks | scopes(record.restrictions)
    first_day = max(of_case.first_day, waiting.first_day(record, of_case.delay))
    cancelled = _why_cancelled(record, of_case)
    visibility, why = _visibility(
        of_case.rule,
        _why_rule(of_case),
        cancelled=cancelled,
        is_withdrawn=of_case.is_withdrawn or is_withdrawn(record.withdrawals),
        waits=of_case.day < first_day,
        is_whole=Scope.WHOLE in marks,
        is_disposed=of_case.visibility is Visibility.DISPOSED,
    )
    return RecordRules(visibility, why, marks, first_day)


def publishing_rule(case: Case) -> tuple[PublishingRule, Reasons]:
    """What the case's class and series allow, and why no more. Without a class only the number."""
    if case.classification is None:
        return PublishingRule.NUMBER_ONLY, (Reason.NO_CLASS,)
    rule = case.classification.publishing
    if case.series.is_restricted and rule is not PublishingRule.NOTHING:
        return PublishingRule.NUMBER_ONLY, (Reason.SERIES_RESTRICTED,)  # OSF 2009:641 3 §
    return rule, _WHY_RULE.get(rule, ())


def tells_matter(visibility: Visibility, why: Reasons, marks: frozenset[Scope]) -> Reasons:
    """What keeps title, type and class from the public, as they tell the matter. Empty: nothing does."""
    if visibility is not Visibility.FACTS:
        return why
    return (Reason.MARKED_TITLE,) if Scope.TITLE in marks else ()


def shows_parties(visibility: Visibility, why: Reasons, marks: frozenset[Scope]) -> Reasons:
    """What keeps the parties from the public as a whole."""
    if visibility is not Visibility.FACTS:
        return why
    return (Reason.MARKED_PARTIES,) if Scope.PARTIES in marks else ()


def title(target: Case | Record, kept: Reasons, hidden: Hidden) -> Verdict:
    """The public title or, where there is none, the title."""
    return line(target.public_title or target.title, kept, hidden)


def line(text: str | None, kept: Reasons, hidden: Hidden) -> Verdict:
    """A line of text; `kept`: what keeps it from the public whatever it says."""
    if not text or kept:
        return Verdict(None, kept if text else ())
    why = [
        Reason.NAME if key.startswith(NAME) else Reason(key)
        for key in sorted(findings.in_line(text, hidden.names))
    ]
    folded = text.casefold()
    if any(words in folded for words in hidden.titles):
        why.append(Reason.TELLS_HIDDEN)
    return Verdict(None, tuple(dict.fromkeys(why))) if why else Verdict(text)


def party(target: Party) -> Verdict:
    """The name of a party. A sole trader's organisation number is a personal number: a private person too."""
    number = target.identity_number or ""
    is_private = (
        target.is_protected
        or target.kind is PartyKind.PERSON
        or scanning.holds_personal_number(number)
        or bool(scanning.scan(target.name))
    )
    return Verdict(None, (Reason.PRIVATE_PERSON,)) if is_private else Verdict(target.name)


def files_of(record: Record, rules: RecordRules, of_case: CaseRules) -> Reasons:
    """What keeps all files of a record from the public; empty where each is looked at for itself."""
    if rules.visibility is not Visibility.FACTS:
        return rules.why
    if of_case.rule is not PublishingRule.METADATA_AND_FILES:
        return (Reason.CLASS_WITHOUT_FILES,)
    if rules.marks:
        return (Reason.ANY_MARK,)  # a file holds title and parties too, whatever the marking's scope
    if concerns_protected(record):
        return (Reason.PROTECTED,)  # it may tell where they live
    return ()


def file(document: Document, record: Record, of_case: CaseRules, text: FileText | None) -> Reasons:
    """What keeps a single file from the public, where not all of the record's are kept. `text`: None if unread."""
    if not document.is_released:
        return (Reason.NOT_RELEASED,)
    if is_withdrawn(document.withdrawals):
        return (Reason.FILE_WITHDRAWN,)
    if document.id in marked_files(record.restrictions):
        return (Reason.FILE_MARKED,)
    if text is None:
        return (Reason.NOT_EXAMINED,)
    found = findings.in_file(text, of_case.hidden.names, of_case.own)
    review = document.review
    if review is not None and review.state is ReviewState.DECLINED:
        return (Reason.REVIEW_DECLINED,)
    if found and not _is_approved(document, found):
        return (Reason.REVIEW_WAITS,)
    return ()


def scopes(restrictions: Iterable[Restriction]) -> frozenset[Scope]:
    """What the markings in force cover, but for those of single files."""
    return frozenset(item.scope for item in restrictions if item.is_in_force and item.document_id is None)


def marked_files(restrictions: Iterable[Restriction]) -> frozenset[int]:
    """The keys of the files that are marked by themselves."""
    return frozenset(
        item.document_id for item in restrictions if item.is_in_force and item.document_id is not None
    )


def is_withdrawn(withdrawals: Iterable[Withdrawal]) -> bool:
    """Whether staff have taken the thing from the web."""
    return any(item.is_in_force for item in withdrawals)


def hidden_in(case: Case) -> Hidden:
    """Private persons of the case and its records; where the parties are hidden, all of them.

    A case often bears the title of its first record: what hides one title covers the same words elsewhere.
    """
    case_is_bare = Scope.PARTIES in scopes(case.restrictions)
    names = _hidden_names(case.parties, all_of_them=case_is_bare)
    titles = []
    for record in case.records:
        marks = scopes([*record.restrictions, *_later_marks(record)])
        is_whole = Scope.WHOLE in marks or is_withdrawn([*record.withdrawals, *_later_withdrawals(record)])
        names += _hidden_names(record.parties, all_of_them=is_whole or Scope.PARTIES in marks)
        if is_whole or Scope.TITLE in marks:
            titles += [text.casefold() for text in (record.title, record.public_title) if text]
    return Hidden(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(titles)))


def _visibility(
    rule: PublishingRule,
    why_rule: Reasons,
    *,
    cancelled: Reasons,
    is_withdrawn: bool,
    waits: bool,
    is_whole: bool,
    is_disposed: bool,
) -> tuple[Visibility, Reasons]:
    if is_disposed:
        return Visibility.DISPOSED, (Reason.DISPOSED,)
    if cancelled:
        return Visibility.CANCELLED, cancelled
    if rule in (PublishingRule.NUMBER_ONLY, PublishingRule.NOTHING):
        return Visibility.NUMBER_ONLY, why_rule
    if is_withdrawn:
        return Visibility.WITHDRAWN, (Reason.WITHDRAWN,)
    if waits:
        return Visibility.WAITING, (Reason.WAITING,)
    return (Visibility.OMITTED, (Reason.MARKED_WHOLE,)) if is_whole else (Visibility.FACTS, ())


def _why_rule(of_case: CaseRules) -> Reasons:
    if of_case.visibility is Visibility.NUMBER_ONLY:
        return of_case.why
    return _WHY_RULE.get(of_case.rule, ())


def _why_cancelled(record: Record, of_case: CaseRules) -> Reasons:
    if record.status is RecordStatus.CANCELLED:
        return (Reason.MOVED,) if record.moved_to_id is not None else (Reason.CANCELLED,)
    return of_case.why if of_case.visibility is Visibility.CANCELLED else ()


def _is_approved(document: Document, found: frozenset[str]) -> bool:
    review = document.review
    return (
        review is not None
        and review.state is ReviewState.APPROVED
        and review.sha256 == document.sha256
        and found <= set(review.approved)
    )


def _later_marks(record: Record) -> list[Restriction]:
    """Markings of what a moved record became: its title stands in its old case too."""
    later = (item for item in following.chain(record) if item is not record)
    return [mark for item in later for mark in (*item.restrictions, *item.case.restrictions)]


def _later_withdrawals(record: Record) -> list[Withdrawal]:
    later = (item for item in following.chain(record) if item is not record)
    return [found for item in later for found in (*item.withdrawals, *item.case.withdrawals)]


def _hidden_names(parties: Iterable[Party], *, all_of_them: bool) -> list[str]:
    return [item.name for item in parties if all_of_them or party(item).shown is None]


_WHY_RULE: Mapping[PublishingRule, Reasons] = {
    PublishingRule.NOTHING: (Reason.CLASS_CLOSED,),
    PublishingRule.NUMBER_ONLY: (Reason.CLASS_NUMBER_ONLY,),
}
