"""Letter templates: who keeps them, what they may hold, and two who change one at the same time."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.correspondence import placeholders, templates
from diarium.correspondence.errors import InvalidLetter, TemplateConflict, TemplateNotFound
from diarium.correspondence.models import MAX_BODY, LetterTemplate
from diarium.correspondence.placeholders import GIVEN_AT_SENDING, Placeholder
from diarium.correspondence.templates import TemplateFacts, TemplateRow
from diarium.correspondence.vocabulary import LetterKind
from diarium.errors import DomainError, NotAllowed
from tests.conftest import Municipality

FACTS = TemplateFacts("receipt", "Tack", "Tack för {arendenummer}", "Hej!\n\nVi fick {handling}.")


def create(municipality: Municipality, facts: TemplateFacts = FACTS) -> TemplateRow:
    with municipality.database.unit_of_work() as session:
        return templates.create(session, municipality.registrar, "KS", facts)


def actions(municipality: Municipality) -> list[str]:
    with municipality.database.reading() as session:
        query = (
            select(AuditEvent.action).where(AuditEvent.entity_type == "letter_template").order_by(AuditEvent.id)
        )
        return list(session.scalars(query))


def test_template_is_added_changed_retired_and_each_step_is_noted(municipality: Municipality) -> None:
    row = create(municipality)
    with municipality.database.unit_of_work() as session:
        changed = TemplateFacts("other", "Tack så mycket", "Tack", "Ny text")
        row = templates.change(session, municipality.registrar, row.uid, changed, version=1)
        assert (row.kind, row.name, row.version) == (LetterKind.OTHER, "Tack så mycket", 2)
        templates.set_active(session, municipality.registrar, row.uid, active=False, version=2)
        authority = session.scalars(select(LetterTemplate)).one().authority
        assert templates.usable(session, authority) == ()
        templates.set_active(session, municipality.registrar, row.uid, active=True, version=3)
        assert len(templates.usable(session, authority)) == 1
    names = ["created", "changed", "retired", "restored"]
    assert actions(municipality) == [f"letter_template.{name}" for name in names]


@pytest.mark.parametrize(
    ("facts", "field"),
    [(TemplateFacts("x", "A", "B", "C"), "kind"), (TemplateFacts("other", " ", "B", "C"), "name"),
     (TemplateFacts("other", "A", "\n", "C"), "subject"), (TemplateFacts("other", "A", "B", "\u202e "), "body"),
     (TemplateFacts("other", "A" * 121, "B", "C"), "name"),
     (TemplateFacts("other", "A", "B" * 201, "C"), "subject"),
     (TemplateFacts("other", "A", "B", "C" * (MAX_BODY + 1)), "body"),
     (TemplateFacts("other", "A", "{okänd}", "C"), "subject"),
     (TemplateFacts("other", "A", "B", "{arendenummer.__class__}"), "body"),
     (TemplateFacts("other", "A", "B", "{}"), "body")],
)  # fmt: skip
def test_mistake_is_told_at_its_field(sqlite_municipality: Municipality, facts: TemplateFacts, field: str) -> None:
    with pytest.raises(DomainError) as failure:
        create(sqlite_municipality, facts)
    assert failure.value.field == field


def test_unknown_placeholder_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InvalidLetter) as failure:
        placeholders.check("Hej {namn}", "body")
    assert all(f"{{{name}}}" in failure.value.message for name in Placeholder)


@given(st.text(), st.text())
def test_filling_in_replaces_placeholders_and_nothing_else(before: str, value: str) -> None:
    plain = before.replace("{", "(")
    filled = placeholders.fill(f"{plain}{{datum}}{plain}", {Placeholder.TODAY: value})
    assert filled == f"{plain}{value}{plain}"


def test_value_that_looks_like_a_placeholder_is_not_filled_in_again() -> None:
    values = {Placeholder.CASE_TITLE: "{datum} {0.__class__}", Placeholder.TODAY: "i dag"}
    assert placeholders.fill("{arendemening}, {datum}", values) == "{datum} {0.__class__}, i dag"


def test_name_is_taken_once_in_an_authority(municipality: Municipality) -> None:
    create(municipality)
    with pytest.raises(InvalidLetter, match="har redan en mall"):
        create(municipality, TemplateFacts("other", "TACK", "B", "C"))


def test_two_who_add_the_same_name_at_once_do_not_both_get_it(municipality: Municipality) -> None:
    start, outcomes = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        try:
            outcomes.append(create(municipality).name)
        except InvalidLetter:
            outcomes.append("taken")

    workers = [threading.Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(outcomes) == ["Tack", "taken"]


def test_change_of_an_old_version_overwrites_nothing(municipality: Municipality) -> None:
    row = create(municipality)
    with municipality.database.unit_of_work() as session:
        first = TemplateFacts("receipt", "Tack", "Ett", "Ett")
        templates.change(session, municipality.registrar, row.uid, first, version=1)
    with municipality.database.unit_of_work() as session, pytest.raises(TemplateConflict):
        templates.change(session, municipality.registrar, row.uid, FACTS, version=1)
    with municipality.database.reading() as session:
        assert session.scalars(select(LetterTemplate)).one().subject == "Ett"


def test_only_those_who_keep_an_authoritys_templates_can_reach_them(municipality: Municipality) -> None:
    row = create(municipality)
    for actor in (municipality.officer, municipality.archivist, municipality.outsider):
        with municipality.database.unit_of_work() as session:
            assert row not in templates.listing(session, actor)
            with pytest.raises(TemplateNotFound):
                templates.change(session, actor, row.uid, FACTS, version=1)
            with pytest.raises(NotAllowed):
                templates.create(session, actor, "KS", FACTS)
    with municipality.database.reading() as session:
        assert [item.uid for item in templates.listing(session, municipality.administrator)] == [row.uid]


def test_shipped_letters_are_given_once_and_leave_the_authoritys_own_alone(municipality: Municipality) -> None:
    create(municipality, TemplateFacts("completion", "Begäran om komplettering", "Vår egen", "Vår egen"))
    with municipality.database.unit_of_work() as session:
        assert templates.add_shipped(session, municipality.registrar, "KS") == len(templates.shipped()) - 1
        assert templates.add_shipped(session, municipality.registrar, "KS") == 0
        own = session.scalars(select(LetterTemplate).where(LetterTemplate.subject == "Vår egen")).all()
        assert len(own) == 1


def test_shipped_letters_cover_what_is_written_most_and_ask_for_what_they_need() -> None:
    kinds = {facts.kind for _key, facts in templates.shipped()}
    assert {"receipt", "completion", "decision"} <= kinds
    by_key = dict(templates.shipped())
    assert placeholders.used(by_key["completion"].body) & GIVEN_AT_SENDING == {Placeholder.ANSWER_BY}
    assert placeholders.used(by_key["decision"].body) & GIVEN_AT_SENDING == {Placeholder.APPEAL}
