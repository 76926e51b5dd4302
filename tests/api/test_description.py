"""The description of the staff API, and what is written about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema

from diarium.api import answers, common, requests
from diarium.api.examples import EXAMPLES
from diarium.api.intake import IntakeAnswerSchema, IntakeRequestSchema
from diarium.identity.scopes import TokenScope
from diarium.register.schemas import NewCaseSchema, RestrictionSchema
from diarium.webhooks.vocabulary import EventKind
from tests.api.conftest import Call

BODIES: tuple[type[Schema], ...] = (
    NewCaseSchema, RestrictionSchema, IntakeRequestSchema, requests.RecordRequestSchema, requests.DocumentsSchema,
    requests.CloseSchema, requests.ReasonSchema, requests.AssignSchema, requests.CaseCorrectionRequestSchema,
    requests.RecordCorrectionRequestSchema, requests.WebhookRequestSchema,
)  # fmt: skip


def test_every_body_and_answer_has_an_example(still: Call) -> None:
    spec: dict[str, Any] = still("").get("/openapi.json").json or {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            assert body is None or body.get("example") or path.endswith("/intake"), (path, method)
            for status in ("200", "201"):
                content = operation["responses"].get(status, {}).get("content", {})
                for kind, described in content.items():
                    assert kind != "application/json" or described["example"], (path, method)


@pytest.mark.parametrize("schema", BODIES, ids=lambda schema: schema.__name__)
def test_example_of_a_body_is_accepted(schema: type[Schema]) -> None:
    example = EXAMPLES[schema.__name__]
    assert schema().validate({**example, "received_at": None} if schema is IntakeRequestSchema else example) == {}


def test_example_of_an_answer_has_the_fields_of_its_schema() -> None:
    found = [
        kind
        for place in (answers, common)
        for name, kind in vars(place).items()
        if isinstance(kind, type) and issubclass(kind, Schema) and name in EXAMPLES
    ]
    assert len(found) > 10
    for kind in (*found, IntakeAnswerSchema):
        missing = set(kind().fields) - set(EXAMPLES[kind.__name__])
        assert missing <= {"secret"}, kind.__name__  # told once, when it is made


def test_every_changing_operation_can_be_repeated_or_has_a_condition(still: Call) -> None:
    spec: dict[str, Any] = still("").get("/openapi.json").json or {}
    for path, methods in spec["paths"].items():
        for method in set(methods) - {"get", "parameters"}:
            names = {parameter["name"] for parameter in methods[method]["parameters"]}
            assert "Idempotency-Key" in names if method == "post" else "If-Match" in names, (path, method)


def test_scopes_and_events_are_all_described() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for name in (*TokenScope, *EventKind):
        assert f"`{name}`" in text, name
