"""Profiles: one archive format each, over the one package model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from diarium.archive.dialects import V2_2
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.profiles.eark import Eark
from diarium.archive.profiles.fgs1 import Fgs1
from diarium.archive.profiles.fgs2 import Fgs2

if TYPE_CHECKING:
    from diarium.archive.packaging import Profile

_PROFILES: Final[Mapping[ProfileCode, Callable[[], Profile]]] = {
    ProfileCode.FGS2: Fgs2,
    ProfileCode.FGS2_2_2: lambda: Fgs2(ProfileCode.FGS2_2_2, V2_2),
    ProfileCode.EARK: Eark,
    ProfileCode.EARK_2_2: lambda: Eark(ProfileCode.EARK_2_2, V2_2),
    ProfileCode.FGS1: Fgs1,
}


def profile(code: ProfileCode) -> Profile:
    """The profile that writes packages of that format."""
    return _PROFILES[code]()
