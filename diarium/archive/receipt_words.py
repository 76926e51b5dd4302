"""The words by which receivers name what they answer, in Swedish and English, as they are compared."""

from __future__ import annotations

import re
from typing import Final

from diarium.archive.delivery_models import ReceiptOutcome


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


OUTCOME_NAMES: Final = _names("""
    status outcome eventoutcome result resultat utfall kvittensstatus receiptstatus beslut decision state
""")
DATE_NAMES: Final = _names("""
    date datum eventdatetime receiptdate kvittensdatum mottagningsdatum createdate ankomstdatum tidpunkt time
    timestamp received mottagen
""")
REFERENCE_NAMES: Final = _names("""
    aipid aip accession accessionsnummer accessionid reference referens referensnummer mottagarensid arkivid
    receiptid kvittensid diarienummer ingestid
""")
REMARK_NAMES: Final = _names("""
    remark anmarkning meddelande message kommentar comment eventoutcomedetailnote detail orsak reason fel error
    beskrivning description
""")
# Tried in this order: "inte godkänd" holds "godkänd".
OUTCOME_WORDS: Final[tuple[tuple[ReceiptOutcome, re.Pattern[str]], ...]] = (
    (
        ReceiptOutcome.REJECTED,
        re.compile(
            r"\b(reject\w*|refus\w*|fail\w*|invalid|error|avvisa\w*|underkän\w*|avslag\w*|avslog\w*"
            r"|(not|inte|ej|icke)[ _-](ok|valid|accepted|approved|godkän\w*|godtag\w*|accepter\w*))\b",
            re.IGNORECASE,
        ),
    ),
    (
        ReceiptOutcome.ACCEPTED,
        re.compile(
            r"\b(accept\w*|approv\w*|success\w*|ingested|archived|valid|ok|godkän\w*|godtag\w*|arkivera\w*)\b",
            re.IGNORECASE,
        ),
    ),
    (ReceiptOutcome.RECEIVED, re.compile(r"\b(receiv\w*|mottag\w*|inkommit|inkommen|ankom\w*)\b", re.IGNORECASE)),
)
