"""What every resource of the open API needs: the open register and one decorator for its operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

from flask import Response, current_app, request
from marshmallow import Schema

from diarium.api import limits
from diarium.api.frame import OPEN_PREFIX, ApiResource
from diarium.api.public import examples
from diarium.api.reading import MAX_JSON_BYTES
from diarium.public.service import PublicRegister
from diarium.settings import Settings

LIMITER = "open"
SECONDS_KEPT = 5
"""So long may caches keep an answer: what is withdrawn shall be gone within seconds."""
EXTENSION = "diarium_open_api"
P = ParamSpec("P")
R = TypeVar("R")
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Of this answer, for If-None-Match."}}


@dataclass(frozen=True, slots=True)
class OpenSide:
    """What the open API is made from."""

    register: PublicRegister
    settings: Settings


class OpenResource(ApiResource):
    """Operations on one kind of thing, open to all."""

    def __init__(self, name: str, module: str, description: str) -> None:
        super().__init__(f"open_{name}", module, description, prefix=OPEN_PREFIX)
        self.before_request(_let_in)
        self.after_request(_let_caches_keep)

    def operation(
        self,
        rule: str,
        *,
        answer: type[Schema] | None,
        query: type[Schema] | None = None,
        documentation: dict[str, Any] | None = None,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Makes a function answer to GET on `rule`; `query` is given to it as its first argument."""

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            operation = self.described(
                view, answer=answer, status=200, body=None, query=query, examples=examples.of, headers=_ETAG
            )
            operation = self.doc(**({"tags": [self.tag]} | (documentation or {})))(operation)
            self.route(rule, methods=["GET"])(operation)
            return view

        return decorate


def side() -> OpenSide:
    """The open side of this process."""
    return cast(OpenSide, current_app.extensions[EXTENSION])


def register() -> PublicRegister:
    """The open register."""
    return side().register


def _let_in() -> None:
    request.max_content_length = MAX_JSON_BYTES
    if request.method != "OPTIONS":
        limits.take(LIMITER, limits.caller_address())


def _let_caches_keep(response: Response) -> Response:
    if "Cache-Control" not in response.headers:
        response.cache_control.public = True
        response.cache_control.max_age = SECONDS_KEPT if response.status_code == 200 else 0
    return response
