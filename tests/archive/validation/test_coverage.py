"""Every requirement of the specifications is shown to be checked, or says why it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.validation import rule_list
from diarium.archive.validation.catalogue import RULES
from diarium.archive.validation.unchecked import UNCHECKED
from diarium.archive.validation.versions import LEVELS, CsipVersion

from .folders import FOLDERS
from .parts import PARTS
from .test_corpus import SHARED
from .test_rules import DAMAGES

REQUIREMENTS = SHARED / "fgs" / "trees" / "csip-sip-2.1.0-requirements.txt"
PROFILES = SHARED / "fgs" / "official"
SPECIFIED = (
    {f"CSIP{number}" for number in range(1, 120) if number not in (86, 87, 115)}
    | {f"SIP{number}" for number in range(1, 36)}
    | {f"CSIPSTR{number}" for number in range(1, 17)}
)
REFERRED = {"REF_METS_1", "REF_METS_2", "REF_CSIP_1", "REF_CSIP_2", "REF_CSIP_3"}


def damaged() -> set[str]:
    """The rules that a test breaks by one damage to a sound package."""
    return {rule for _change, expected in (*DAMAGES, *PARTS, *FOLDERS) for rule in expected}


def test_each_requirement_has_a_damage_or_an_explanation() -> None:
    assert SPECIFIED - damaged() == set(UNCHECKED) - REFERRED
    assert SPECIFIED - set(RULES) == set()
    assert set(UNCHECKED) & damaged() == set()
    assert all(str(reason) for reason in UNCHECKED.values())
    assert all(str(rule.asks) for rule in RULES.values())


@pytest.mark.skipif(not REQUIREMENTS.is_file(), reason="the requirements table is not here: set DIARIUM_SHARED")
def test_the_catalogue_has_the_ids_and_levels_of_the_specifications() -> None:
    rows = [line.split(" | ") for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if " | " in line]
    table = {row[0]: row[1] for row in rows if row[0] and not row[0].startswith("#")}
    assert set(table) | {f"CSIPSTR{number}" for number in range(1, 17)} == SPECIFIED | REFERRED
    levels = {rule: RULES[rule].level.value for rule in table if rule in RULES}
    assert levels == {rule: level for rule, level in table.items() if rule in RULES}


@pytest.mark.skipif(not PROFILES.is_dir(), reason="the official profiles are not here: set DIARIUM_SHARED")
def test_the_levels_that_2_2_changed_are_those_of_the_official_profiles() -> None:
    changed = {}
    for name in ("CSIP", "SIP"):
        old, new = (_levels(PROFILES / f"E-ARK-{name}-v{version}.xml") for version in ("2-1-0", "2-2-0"))
        assert set(old) == set(new)
        changed |= {rule: new[rule] for rule in old if old[rule] != new[rule]}
    assert {rule: level.value for rule, level in LEVELS[CsipVersion.V2_2].items()} == changed


def _levels(profile: Path) -> dict[str, str]:
    found = etree.parse(str(profile)).getroot().iter("{*}requirement")
    return {str(element.get("ID")): str(element.get("REQLEVEL")) for element in found if element.get("ID")}


def test_the_printed_list_of_rules_is_that_of_the_code() -> None:
    printed = Path(__file__).parents[3] / "docs" / "validation-rules.md"
    told = "run: python -m diarium.archive.validation.rule_list > docs/validation-rules.md"
    assert printed.read_text(encoding="utf-8") == rule_list.as_markdown(), told
