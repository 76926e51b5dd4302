"""Records in the browser: one record, its files, its markings, what is corrected, moved or cancelled."""

from diarium.web.records import changing, files, marks, views
from diarium.web.records.views import blueprint

__all__ = ["blueprint", "changing", "files", "marks", "views"]
