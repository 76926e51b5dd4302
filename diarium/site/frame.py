"""What every page of the site has: the frame, the services, the labels."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request, url_for

from diarium.i18n import current_locale, show_date
from diarium.i18n import gettext as _
from diarium.public import vocabulary
from diarium.public.service import PublicRegister
from diarium.settings import Settings
from diarium.site import addresses, rows


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made from."""

    register: PublicRegister
    settings: Settings

    def page(self, template: str, **values: object) -> str:
        """The page `template` in the site's frame."""
        return render_template(f"site/{template}.html", **(self._frame() | values))

    def _frame(self) -> dict[str, object]:
        here = (request.endpoint or "").rpartition(".")[2]
        return {
            "locale": current_locale(),
            "organisation_name": self.settings.organisation_name,
            "organisation_email": self.settings.organisation_email,
            "home_url": url_for("site.start"),
            "search_url": url_for("site.search"),
            "accessibility_url": url_for("site.accessibility"),
            "footer_links": [(url_for("site.about"), _("Om diariet"))],
            "nav_items": [
                (url_for(f"site.{endpoint}"), label, endpoint == here)
                for endpoint, label in (
                    ("start", _("Start")),
                    ("search", _("Sök")),
                    ("postlista", _("Postlista")),
                    ("about", _("Om diariet")),
                )
            ],
            "address": addresses,
            "rows": rows,
            "words": vocabulary,
            "day": show_date,
        }
