"""Taking packages over in the browser: what it would do, the choice, how far it has come, what came of it."""

from diarium.web.imports.views import blueprint

__all__ = ["blueprint"]
