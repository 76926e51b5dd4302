"""Prints docs/validation-rules.md: every rule with its levels and what it asks for; what is not checked, and why.

Written anew by `python -m diarium.archive.validation.rule_list`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from diarium.archive.validation.catalogue import RULES
from diarium.archive.validation.legacy_catalogue import LEGACY_RULES
from diarium.archive.validation.unchecked import UNCHECKED
from diarium.archive.validation.versions import LEVELS, CsipVersion
from diarium.i18n import SOURCE_LOCALE, use_locale

_GROUPS = (
    ("Folders", re.compile(r"CSIPSTR\d+")),
    ("CSIP", re.compile(r"CSIP\d+")),
    ("SIP", re.compile(r"SIP\d+")),
    ("Co-occurrence in ERMS", re.compile(r"erms\w+")),
)
_HEAD = """\
# Rules of the validation

Written by `python -m diarium.archive.validation.rule_list`; what breaking a rule means stands in
[validation.md](validation.md). The words are those of the report, in Swedish. Levels are those of CSIP and SIP
2.1.0; the column 2.2.0 has them where they are others there."""
_LEGACY = frozenset(rule.id for rule in LEGACY_RULES)
_NUMBER = re.compile(r"(\d+)$")


def as_markdown() -> str:
    """The whole document."""
    with use_locale(SOURCE_LOCALE):
        return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    left = {rule: rule for rule in RULES if rule not in _LEGACY}
    for title, pattern in _GROUPS:
        chosen = sorted((rule for rule in left if pattern.fullmatch(rule)), key=_order)
        for rule in chosen:
            del left[rule]
        yield from _table(title, chosen)
    yield from _table("Of diarium's own", list(left))
    yield from _table("FGS Paketstruktur 1.2 and FGS Ärendehantering 1.0", [rule.id for rule in LEGACY_RULES])
    yield from ("", "## Requirements that cannot be checked", "", "| requirement | why |", "|---|---|")
    yield from (f"| {rule} | {reason} |" for rule, reason in UNCHECKED.items())


def _table(title: str, rules: list[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "", "| rule | level | 2.2.0 | what it asks for |", "|---|---|---|---|")
    newer = LEVELS[CsipVersion.V2_2]
    for rule in rules:
        other = newer[rule].value if rule in newer else ""
        asks = str(RULES[rule].asks).replace("|", "\\|")
        yield f"| {rule} | {RULES[rule].level.value} | {other} | {asks} |"


def _order(rule: str) -> tuple[int, str]:
    number = _NUMBER.search(rule)
    return (int(number[1]) if number else 0, rule)


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
