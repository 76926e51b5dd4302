"""Which fact of the register goes where in a package: the tables behind docs/fgs-mapping.md and their tests.

One table for each family of profiles. Written anew by `python -m diarium.archive.mapping > docs/fgs-mapping.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from diarium.archive.mapping_columns import HELD, LEFT_OUT
from diarium.archive.mapping_fgs1 import MAPPING_FGS1
from diarium.archive.mapping_fgs2 import MAPPING_FGS2
from diarium.archive.mapping_places import Place, Places

__all__ = ["HELD", "LEFT_OUT", "MAPPINGS", "Place", "as_markdown"]

MAPPINGS: Final[Mapping[str, Places]] = {"2.x": MAPPING_FGS2, "1.x": MAPPING_FGS1}
"""The tables, by the family of profiles."""


def as_markdown() -> str:
    """The tables as they stand in docs/fgs-mapping.md."""
    parts = [_HEAD]
    for owner, places in MAPPING_FGS2.items():
        older = {place.fact: place for place in MAPPING_FGS1.get(owner, ())}
        rows = [_row(place, older.get(place.fact)) for place in places]
        heads = ["| fact | FGS 2.0 and E-ARK: ERMS.xml | also | FGS 1.2: arendehantering.xml | also |"]
        parts.append("\n".join([f"## {owner}", "", *heads, "|---|---|---|---|---|", *rows]) + "\n")
    left_out = [f"| `{column}` | {reason} |" for column, reason in LEFT_OUT.items()]
    parts.append("\n".join([_LEFT_OUT_HEAD, *left_out]) + "\n")
    return "\n".join(parts)


def _row(newer: Place, older: Place | None) -> str:
    also = [newer.also] if newer.also else []
    if newer.newer:
        also.append(f"ERMS 3.0: `{newer.newer}`")
    cells = [f"`{newer.fact}`", f"`{newer.erms}`", "; ".join(also)]
    cells += [f"`{older.erms}`", older.also] if older else ["", ""]
    return f"| {' | '.join(cells)} |"


_HEAD = """\
# Where each fact of the register goes in an archive package

Written by `python -m diarium.archive.mapping > docs/fgs-mapping.md`; a test says when it is no longer current.

- Facts are the fields of the classes in `diarium/archive/package_model.py`, which hold the whole register.
- *FGS 2.0 and E-ARK*: the profiles `fgs2` and `eark` (CSIP and SIP 2.1.0, CITS ERMS 2.1.2), `fgs2-2.2` and
  `eark-2.2` (CSIP and SIP 2.2.0, CITS ERMS 3.0). Paths are XPaths from the root element of
  `representations/rep_1/data/ERMS.xml`. Where ERMS 3.0 has another place, that is said beside it.
- *FGS 1.2*: the profile `fgs1` (FGS Paketstruktur 1.2, FGS Ärendehantering 1.0). Paths are XPaths from the root
  element of `Content/arendehantering.xml`.
- `ownElement` and `EgnaElement` hold what has no element in the format: nothing is left out.
- Law days are written as midnight without time zone, moments in UTC. `appendix/@path` is relative to ERMS.xml.
- Parties, restrictions, withdrawals and users stand alike in cases and records; one of the two is named here.
"""
_LEFT_OUT_HEAD = """\
## What is not in a package

Columns of the register's tables that no package has, with the reason. `*` is every table.

| column or table | reason |
|---|---|"""


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
