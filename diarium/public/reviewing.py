"""Which released files need another look before they are published, compared with what is known of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from diarium.public import findings, verdicts
from diarium.public.projection import TextOf
from diarium.public.reasons import Reason
from diarium.public.verdicts import CaseRules
from diarium.register.models import Case, Document, Record

Found = tuple[str, Collection[str]]


def changed(cases: Sequence[Case], text_of: TextOf, day: dt.date) -> dict[int, Found]:
    """By document key, the checksum and findings of each file of which something else is known now."""
    return {
        document.id: found
        for case in cases
        for document, found in _found(case, text_of, day)
        if _is_news(document, found)
    }


def _found(case: Case, text_of: TextOf, day: dt.date) -> Iterator[tuple[Document, Found]]:
    of_case = verdicts.case_rules(case, day)
    for record in case.records:
        keeps_all = not _may_be_published(record, of_case)
        for document in record.documents:
            text = None if keeps_all or not document.is_released else text_of(document.sha256)
            found = findings.in_file(text, of_case.hidden.names, of_case.own) if text is not None else ()
            yield document, (document.sha256, found)


def _may_be_published(record: Record, of_case: CaseRules) -> bool:
    """Whether nothing but the delay keeps the record's files: they are looked at before it has passed."""
    why = verdicts.files_of(record, verdicts.record_rules(record, of_case), of_case)
    return not why or why == (Reason.WAITING,)


def _is_news(document: Document, found: Found) -> bool:
    review = document.review
    if review is None:
        return bool(found[1])
    return review.sha256 != found[0] or set(review.findings) != set(found[1])
