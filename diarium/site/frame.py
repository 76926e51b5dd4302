"""What every page of the site has: the frame, the services, the labels."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request, url_for

from diarium.i18n import current_locale, show_date, today
from diarium.i18n import gettext as _
from diarium.letterbox.box import Letterbox
from diarium.public import vocabulary
from diarium.public.service import PublicRegister
from diarium.settings import Settings
from diarium.site import addresses, language, rows


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made from."""

    register: PublicRegister
    settings: Settings
    letterbox: Letterbox

    def page(self, template: str, **values: object) -> str:
        """The page `template` in the site's frame."""
        return render_template(f"site/{template}.html", **(self.frame() | values))

    def frame(self) -> dict[str, object]:
        """What the frame of a page needs, also that of an error page."""
        here = (request.endpoint or "").rpartition(".")[2]
        return {
            "locale": current_locale(),
            "organisation_name": self.settings.organisation_name,
            "organisation_email": self.settings.organisation_email,
            "home_url": url_for("site.start"),
            "search_url": url_for("site.search"),
            "suggest_url": url_for("site.suggestions"),
            "order_url": url_for("site.order"),
            "accessibility_url": url_for("site.accessibility"),
            "catalogue_url": "/oppna-data/dcat.rdf",
            "footer_links": _footer_links(),
            "nav_items": _nav_items(here),
            "languages": language.choices(),
            "languages_label": language.label(),
            "kept_language": language.kept(),
            "is_easy": language.is_easy(),
            "is_indexed": self.settings.search_engines,
            "address": addresses,
            "rows": rows,
            "words": vocabulary,
            "day": show_date,
            "today": today,
        }


def _nav_items(here: str) -> list[tuple[str, str, bool]]:
    labels = (
        (("start",), _("Start")),
        (("search",), _("Sök")),
        (("postlista",), _("Postlista")),
        (("series_index", "series"), _("Nummerlistor")),
        (("order",), _("Beställ")),
        (("about", "help_searching", "help_official", "help_missing"), _("Om diariet")),
    )
    return [(url_for(f"site.{endpoints[0]}"), label, here in endpoints) for endpoints, label in labels]


def _footer_links() -> list[tuple[str, str]]:
    return [
        (url_for("site.help_searching"), _("Så söker du")),
        (url_for("site.help_official"), _("Vad är en allmän handling?")),
        (url_for("site.help_missing"), _("Varför syns inte allt?")),
        (url_for("site.open_data"), _("Öppna data")),
    ]
