"""What a sender's name says of them."""

from __future__ import annotations

import pytest

from diarium.intake.sender_kinds import kind_of_name
from diarium.register.vocabulary import PartyKind


@pytest.mark.parametrize(
    "name",
    [
        "Trafikbolaget AB",
        "AB Ekdalahus (publ)",
        "Ek & Son HB",
        "Aktiebolaget Ekdala Plast",
        "Kvarnsjö fiskevårdsförening",
        "Föreningen Kvarnens vänner",
        "Bostadsrättsföreningen Linden",
        "Stiftelsen Ekdala minne",
        "Ekdala kommuns fastighets AB",
    ],
)
def test_companies_and_associations_call_themselves_so(name: str) -> None:
    assert kind_of_name(name) is PartyKind.ORGANISATION


@pytest.mark.parametrize(
    "name",
    [
        "Länsstyrelsen",
        "Länsstyrelsen i Dalarnas län",
        "Ekdala kommun",
        "Region Dalarna",
        "Trafikverket",
        "Polismyndigheten",
        "Polisen Ekdala",
        "Socialnämnden",
        "Klimat- och näringslivsdepartementet",
        "Förvaltningsrätten, Högsta domstolen",
        "Riksdagens ombudsmän",
        "JO",
        "Ekdala universitet",
    ],
)
def test_authorities_call_themselves_so(name: str) -> None:
    assert kind_of_name(name) is PartyKind.AUTHORITY


@pytest.mark.parametrize(
    "name", [None, "", "Anna Ek", "Jo Nesbö", "JO NORDIN", "Abbe Hb Ek", "Nätverket Landsbygd", "Regionald Ek"]
)
def test_name_that_tells_nothing_may_be_a_person(name: str | None) -> None:
    assert kind_of_name(name) is None
