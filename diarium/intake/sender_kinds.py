"""What a sender's name says of them: a company, an association or an authority call themselves so."""

from __future__ import annotations

import re

from diarium.register.vocabulary import PartyKind

# A word's end, with the endings of Swedish. "AB" and "HB" only in capitals; "JO" only alone: Jo is a first name.
_ORGANISATION = re.compile(
    r"\b(?:AB|HB|BRF|Brf)\b|(?i:(?:aktiebolag|handelsbolag|förening|stiftelse)(?:et|en|n|s)?s?\b)"
)
_AUTHORITY = re.compile(
    r"^JO$|\(JO\)|(?i:riksdagens ombudsm[aä]n|\blänsstyrelse|\bregion(?:en)?\b|\bpolisen\b|"
    r"(?:kommun(?:en)?|\w{3,}(?<!nät)(?<!hant)verket|myndighet(?:en)?|nämnd(?:en)?|departement(?:et)?|domstol(?:en)?|universitet(?:et)?)s?\b)"
)


def kind_of_name(name: str | None) -> PartyKind | None:
    """The kind that `name` tells, None where it tells none: then it may be a person.

    A company with the name of an authority in its own ("Ekdala kommuns fastighets AB") is a company.
    """
    text = " ".join((name or "").split())
    if _ORGANISATION.search(text):
        return PartyKind.ORGANISATION
    return PartyKind.AUTHORITY if _AUTHORITY.search(text) else None
