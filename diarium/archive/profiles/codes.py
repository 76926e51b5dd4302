"""Which archive formats a package can have."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l


class ProfileCode(StrEnum):
    """An archive format with its version. What is kept in tables and settings: never change a value."""

    FGS2 = "fgs2"
    FGS2_2_2 = "fgs2-2.2"
    EARK = "eark"
    EARK_2_2 = "eark-2.2"
    FGS1 = "fgs1"


PROFILE_LABELS: Mapping[ProfileCode, str] = {
    ProfileCode.FGS2: _l("FGS Paketstruktur 2.0 och Ärendehantering 2.0 (Riksarkivets tillämpning)"),
    ProfileCode.FGS2_2_2: _l("FGS Paketstruktur 2.0 i Riksarkivets form, med CSIP 2.2.0 och ERMS 3.0"),
    ProfileCode.EARK: _l("E-ARK SIP 2.1.0 och CITS ERMS 2.1.2, METS i varje representation"),
    ProfileCode.EARK_2_2: _l("E-ARK SIP 2.2.0 och CITS ERMS 3.0, METS i varje representation"),
    ProfileCode.FGS1: _l("FGS Paketstruktur 1.2 och Ärendehantering 1.0"),
}
