"""Lists in the browser: shown, exported, saved, subscribed to."""

from diarium.web.lists import saved, searches, views
from diarium.web.lists.blueprint import blueprint

__all__ = ["blueprint", "saved", "searches", "views"]
