"""The table of facts and places in FGS 1.2 packages is whole and true."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from diarium.archive import package_model
from diarium.archive.mapping_fgs1 import MAPPING_FGS1
from tests.archive.fgs1_packages import NS, full_package

# A case that uses every field is closed, and its authority and scheme are in use.
NEVER = {"PackageCase.cancel_reason", "PackageScheme.valid_to", "PackageAuthority.active_to"}


def test_every_field_of_the_package_model_has_a_place() -> None:
    for name in package_model.__all__:
        thing = getattr(package_model, name)
        if dataclasses.is_dataclass(thing):
            fields = [field.name for field in dataclasses.fields(thing)]
            assert sorted(fields) == sorted(place.fact for place in MAPPING_FGS1[name]), name


def test_every_place_is_filled_by_a_case_that_uses_every_field(
    tmp_path: Path,
) -> None:
    content = full_package(tmp_path).content
    empty = []
    for owner, places in MAPPING_FGS1.items():
        for place in places:
            found = content.xpath(_prefixed(place.erms), namespaces=NS)
            texts = [hit if isinstance(hit, str) else hit.text for hit in found]
            if not any(texts) and f"{owner}.{place.fact}" not in NEVER:
                empty.append(f"{owner}.{place.fact}: {place.erms}")
    assert empty == []


def _prefixed(path: str) -> str:
    return re.sub(r"(^|/|\[)([A-Za-z])", r"\1e:\2", path)
