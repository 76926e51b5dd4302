"""The pages about secrecy that stand beside each other."""

from __future__ import annotations

from flask import url_for

from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.web import context


def tabs(here: str) -> list[tuple[str, str, bool, None]]:
    """Those that the actor has; `here` is the endpoint of the page itself."""
    pages = (
        ("endings", _("Sekretess som upphör"), Permission.READ),
        ("shared", _("Delat med oss"), Permission.READ),
        ("by_person", _("Läst av en person"), Permission.ADMINISTER),
        ("circles", _("Begränsade kretsar"), Permission.ADMINISTER),
    )
    who = context.actor()
    return [
        (label, url_for(f"secrecy.{name}"), name == here, None)
        for name, label, permission in pages
        if who.authorities(permission)
    ]
