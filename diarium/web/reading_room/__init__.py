"""Pages of the reading room: a package opened in the browser, as it stands."""

from diarium.web.reading_room import files, views
from diarium.web.reading_room.frame import blueprint

__all__ = ["blueprint", "files", "views"]
