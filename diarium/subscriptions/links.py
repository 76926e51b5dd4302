"""Addresses of the public site, for e-mail: the worker has no web framework to ask."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from diarium.i18n import SOURCE_LOCALE, current_locale
from diarium.public.models import PublicCase, PublicRecord
from diarium.subscriptions.tokens import Purpose

_PAGES = {Purpose.CONFIRM: "bekrafta", Purpose.UNFOLLOW: "avsluta"}


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses below `base` (https://diarium.kommunen.se), in the language of the running block."""

    base: str

    def case(self, case: PublicCase) -> str:
        """The page of a case."""
        return self._address(f"/arende/{_number(case)}")

    def record(self, record: PublicRecord) -> str:
        """The page of a record."""
        return self._address(f"/handling/{_number(record.case)}/{record.running_number}")

    def token(self, purpose: Purpose, token: str) -> str:
        """The page where a subscription is confirmed or ended."""
        return self._address(f"/folj/{_PAGES[purpose]}", t=token)

    def _address(self, path: str, **query: str) -> str:
        locale = current_locale()
        if locale != SOURCE_LOCALE:
            query["lang"] = locale
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")


def _number(case: PublicCase) -> str:
    series = () if case.series_code == case.authority_code else (case.series_code,)
    parts = (case.authority_code, *series, case.year, case.number)
    return "/".join(quote(str(part), safe="") for part in parts)
