"""Scopes of tokens: what they are called, what they come from."""

from __future__ import annotations

from sqlalchemy import select

from diarium.db import migrate
from diarium.identity import scopes
from diarium.identity import service as identity
from diarium.identity.models import AccessToken, User
from diarium.identity.permissions import POLICY, SYSTEM, Role
from diarium.identity.scopes import SCOPE_LABELS, TokenScope
from tests.conftest import Municipality


def test_token_from_before_scopes_goes_on_as_before(municipality: Municipality) -> None:
    database = municipality.database
    with database.unit_of_work() as session:
        for name in ("rut", "hans", "arja", "adam"):
            user = session.scalars(select(User).where(User.username == name)).one()
            identity.create_token(session, SYSTEM, user, name, scopes=[TokenScope.SEARCH_READ])
    migrate.downgrade(database, "0012")
    migrate.upgrade(database)
    with database.reading() as session:
        found = {token.name: scopes.read(token.scopes) for token in session.scalars(select(AccessToken))}
    later = {TokenScope.PACKAGES_VALIDATE}  # not among what tokens could be used for then
    assert found == {
        "rut": scopes.usable_with([Role.REGISTRAR]),
        "hans": scopes.usable_with([Role.CASE_OFFICER]),
        "arja": scopes.usable_with([Role.ARCHIVIST]) - later,
        "adam": scopes.usable_with([Role.ADMINISTRATOR]),
    }


def test_scopes_are_kept_and_read_and_an_unknown_one_allows_nothing() -> None:
    assert scopes.read(scopes.written(set(TokenScope))) == set(TokenScope)
    assert scopes.read("register:read everything") == {TokenScope.REGISTER_READ}
    assert scopes.read("") == frozenset()


def test_every_scope_has_a_label_and_somebody_who_has_a_use_for_it() -> None:
    assert set(SCOPE_LABELS) == set(TokenScope)
    assert scopes.usable_with(POLICY) == set(TokenScope)
    assert scopes.usable_with([]) == frozenset()
