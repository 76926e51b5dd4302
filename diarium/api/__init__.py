"""The REST API: thin resources over the use cases, for programs with an access token."""

from diarium.api.wiring import register_api

__all__ = ["register_api"]
