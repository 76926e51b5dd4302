"""What is done to users that exist: closed, opened, new password, other roles; their tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.audit.revision import Stale, fingerprint
from diarium.changes.models import Change
from diarium.errors import NotAllowed
from diarium.identity import accounts, directory
from diarium.identity import service as identity
from diarium.identity.directory import UserFilter
from diarium.identity.errors import (
    AmbiguousToken,
    InvalidLogin,
    InvalidUser,
    LastAdministrator,
    UnknownToken,
    UnknownUser,
)
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Role
from diarium.texts import InvalidText
from tests.conftest import Municipality

CHANGES: list[Callable[[Session, Actor, User], None]] = [
    identity.end_sessions,
    accounts.disable,
    accounts.enable,
    lambda session, actor, user: accounts.set_password(session, actor, user, "ett-nytt-lösenord"),
    lambda session, actor, user: accounts.set_roles(session, actor, user, {"KS": [Role.ADMINISTRATOR]}),
]


def events(session: Session, action: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))


def test_ended_session_is_dead_and_the_event_tells_who_ended_it(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        old = rut.session_epoch
        identity.end_sessions(session, m.registrar, rut)
    with m.database.reading() as session:
        assert identity.active_user(session, str(rut.uid), old) is None
        assert identity.active_user(session, str(rut.uid), rut.session_epoch) is not None
        (event,) = events(session, "user.logged_out")
        assert (event.actor_name, event.entity_label) == ("Rut Registrator", "rut")


def test_disabled_user_has_no_login_no_session_and_no_token(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, " RUT ")
        token, epoch = identity.create_token(session, SYSTEM, rut, "E-tjänst"), rut.session_epoch
        accounts.disable(session, SYSTEM, rut)
        accounts.disable(session, SYSTEM, rut)
    with m.database.unit_of_work() as session:
        assert identity.active_user(session, str(rut.uid), rut.session_epoch) is None
        assert identity.user_of_token(session, token) is None
        with pytest.raises(InvalidLogin):
            identity.log_in(session, "rut", "rut-hemligt-lösen")
        accounts.enable(session, SYSTEM, accounts.user_by_name(session, "rut"))
        assert identity.log_in(session, "rut", "rut-hemligt-lösen").username == "rut"
        assert identity.active_user(session, str(rut.uid), epoch) is None, "the old cookie must not live again"
        assert [event.after for event in events(session, "user.disabled")] == [{"is_active": False}]
        assert [event.after for event in events(session, "user.enabled")] == [{"is_active": True}]


def test_new_password_replaces_the_old_one_and_ends_the_sessions(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        epoch = rut.session_epoch
        accounts.set_password(session, SYSTEM, rut, "ett-nytt-lösenord")
        assert identity.active_user(session, str(rut.uid), epoch) is None
        assert identity.log_in(session, "rut", "ett-nytt-lösenord").id == rut.id
        with pytest.raises(InvalidLogin):
            identity.log_in(session, "rut", "rut-hemligt-lösen")
        (event,) = events(session, "user.password_set")
        assert (event.before, event.after) == (None, None)


@pytest.mark.parametrize("password", ["", "kort", "x" * 1001])
def test_password_that_is_too_short_or_too_long_is_refused(
    sqlite_municipality: Municipality, password: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        with pytest.raises(InvalidUser) as refusal:
            accounts.set_password(session, SYSTEM, accounts.user_by_name(session, "rut"), password)
        assert refusal.value.field == "password"
        with pytest.raises(InvalidUser):
            identity.create_user(session, SYSTEM, "ny", "Ny", {}, password=password)


def test_roles_are_replaced_at_the_named_authorities_only(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        accounts.set_roles(session, SYSTEM, rut, {"SN": [Role.REGISTRAR]})
        accounts.set_roles(session, SYSTEM, rut, {"KS": [Role.ARCHIVIST, Role.CASE_OFFICER, Role.ARCHIVIST]})
        accounts.set_roles(session, SYSTEM, rut, {"KS": [Role.CASE_OFFICER, Role.ARCHIVIST]})
    with m.database.reading() as session:
        assert identity.actor_of(accounts.user_by_name(session, "rut")).roles == {
            "KS": {Role.ARCHIVIST, Role.CASE_OFFICER},
            "SN": {Role.REGISTRAR},
        }
        _first, second = events(session, "user.roles_set")
        assert second.before == {"roles": {"KS": ["registrar"]}}
        assert second.after == {"roles": {"KS": ["archivist", "case_officer"]}}


def test_no_role_takes_the_user_away_from_the_authority(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        accounts.set_roles(session, SYSTEM, rut, {"KS": []})
        assert identity.actor_of(rut).roles == {}


@pytest.mark.parametrize("change", CHANGES)
def test_only_an_administrator_of_all_their_authorities_changes_a_user(
    sqlite_municipality: Municipality, change: Callable[[Session, Actor, User], None]
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        hans, siv = accounts.user_by_name(session, "hans"), accounts.user_by_name(session, "siv")
        for actor, user in ((m.registrar, hans), (m.administrator, siv)):
            with pytest.raises(NotAllowed):
                change(session, actor, user)
        change(session, m.administrator, hans)


def test_unknown_user_is_told(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.reading() as session, pytest.raises(UnknownUser):
        accounts.user_by_name(session, "ingen")


def test_revoked_token_gives_nothing_and_the_others_go_on(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        lost, kept = (identity.create_token(session, SYSTEM, rut, name) for name in ("Borttappad", "Kvar"))
        found = identity.find_token(session, "Borttappad")
        identity.revoke_token(session, m.registrar, found)
        identity.revoke_token(session, m.registrar, identity.find_token(session, str(found.uid)))
    with m.database.reading() as session:
        assert identity.user_of_token(session, lost) is None
        assert identity.user_of_token(session, kept) is not None
        (event,) = events(session, "token.revoked")
        assert (event.entity_label, event.entity_uid) == ("Borttappad", str(found.uid))
        assert [item.name for item in identity.tokens_of(session, rut)] == ["Borttappad", "Kvar"]


def test_token_of_somebody_else_is_not_revoked(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        identity.create_token(session, SYSTEM, accounts.user_by_name(session, "rut"), "E-tjänst")
        with pytest.raises(NotAllowed):
            identity.revoke_token(session, m.officer, identity.find_token(session, "E-tjänst"))


def test_token_name_that_several_have_or_nobody_has_is_told(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for username in ("rut", "siv"):
            identity.create_token(session, SYSTEM, accounts.user_by_name(session, username), "E-tjänst")
        with pytest.raises(AmbiguousToken):
            identity.find_token(session, "E-tjänst")
        with pytest.raises(UnknownToken):
            identity.find_token(session, "Något annat")


def test_users_are_added_by_those_who_administer_all_their_authorities(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        for actor, roles in (
            (m.registrar, {"KS": [Role.REGISTRAR]}),
            (m.administrator, {"SN": [Role.REGISTRAR]}),
            (m.administrator, {"KS": [Role.REGISTRAR], "SN": [Role.REGISTRAR]}),
        ):
            with pytest.raises(NotAllowed):
                identity.create_user(session, actor, "ny", "Ny", roles, password="ett-nytt-lösenord")
        with pytest.raises(InvalidUser) as refusal:
            identity.create_user(session, m.administrator, "ny", "Ny", {"KS": []}, password="ett-nytt-lösenord")
        assert refusal.value.field == "roles"
        identity.create_user(session, m.administrator, " NY ", "Ny", {"KS": [Role.REGISTRAR]})
        (event,) = [item for item in events(session, "user.created") if item.entity_label == "ny"]
        assert event.actor_name == "Adam Admin"


@pytest.mark.parametrize(
    ("field", "facts"),
    [("username", {"username": "två ord"}), ("username", {"username": "\x00"}), ("username", {"username": "RUT"}),
     ("username", {"username": "x" * 81}), ("name", {"name": "\u202e"}), ("name", {"name": "x" * 201}),
     ("email", {"email": "ingen adress"}), ("email", {"email": "x" * 260 + "@a.se"})],
)  # fmt: skip
def test_bad_fact_of_a_user_is_told_at_its_field(
    sqlite_municipality: Municipality, field: str, facts: dict[str, str]
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        given = {"username": "ny", "name": "Ny", "email": "", **facts}
        with pytest.raises((InvalidUser, InvalidText)) as refusal:
            identity.create_user(session, SYSTEM, given["username"], given["name"], {}, email=given["email"])
        assert refusal.value.field == field


def test_renamed_user_is_told_to_the_feed_and_nothing_is_overwritten(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        hans = accounts.user_by_name(session, "hans")
        seen = fingerprint(accounts.facts_of(hans))
        accounts.change(session, m.administrator, hans, name="Hanna", email="h@ekdala.se", seen=seen)
        (event,) = events(session, "user.changed")
        assert event.before == {"name": "Hans Handläggare", "email": None}
        assert event.after == {"name": "Hanna", "email": "h@ekdala.se"}
        about = select(Change.entity_uid).where(Change.entity_type == "user")
        assert session.scalars(about).all() == [hans.uid]
        with pytest.raises(Stale):
            accounts.change(session, m.administrator, hans, name="Hugo", email=None, seen=seen)
        with pytest.raises(NotAllowed):
            accounts.change(session, m.registrar, hans, name="Hugo", email=None, seen=seen)


def test_authority_keeps_an_administrator(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        adam, rut = (accounts.user_by_name(session, name) for name in ("adam", "rut"))
        for call in (
            lambda: accounts.disable(session, m.administrator, adam),
            lambda: accounts.set_roles(session, m.administrator, adam, {"KS": [Role.REGISTRAR]}),
        ):
            with pytest.raises(LastAdministrator):
                call()
        accounts.set_roles(session, m.administrator, rut, {"KS": [Role.ADMINISTRATOR]})
        accounts.disable(session, identity.actor_of(rut), adam)
        with pytest.raises(LastAdministrator):
            accounts.set_roles(session, identity.actor_of(rut), rut, {"KS": []})
        accounts.set_roles(session, SYSTEM, rut, {"KS": []})


def test_two_administrators_can_not_take_each_other_away_at_once(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        accounts.set_roles(session, SYSTEM, accounts.user_by_name(session, "rut"), {"KS": [Role.ADMINISTRATOR]})
    refused: list[str] = []
    ready = threading.Barrier(2)

    def disable(me: str, other: str) -> None:
        with m.database.reading() as session:
            actor = identity.actor_of(accounts.user_by_name(session, me))
        ready.wait()
        try:
            with m.database.unit_of_work() as session:
                accounts.disable(session, actor, accounts.user_by_name(session, other))
        except LastAdministrator:
            refused.append(me)

    threads = [threading.Thread(target=disable, args=pair) for pair in (("adam", "rut"), ("rut", "adam"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with m.database.reading() as session:
        active = [accounts.user_by_name(session, name).is_active for name in ("adam", "rut")]
    assert (len(refused), sorted(active)) == (1, [False, True])


def test_token_is_made_by_those_who_control_its_user(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        hans, siv = (accounts.user_by_name(session, name) for name in ("hans", "siv"))
        for actor, user in ((m.registrar, hans), (m.officer, hans), (m.administrator, siv)):
            with pytest.raises(NotAllowed):
                identity.create_token(session, actor, user, "Smyg")
        for name, days in (("", 5), ("x" * 121, 5), ("Rätt", 0), ("Rätt", 4000)):
            with pytest.raises((InvalidUser, InvalidText)):
                identity.create_token(session, m.administrator, hans, name, days=days)
        assert identity.create_token(session, m.administrator, hans, "Rätt").startswith("dia_")


def test_administrator_finds_their_own_users_and_those_without_a_role(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        identity.create_user(session, SYSTEM, "lös", "Lo Lös", {})
        shared = identity.create_user(
            session, SYSTEM, "båda", "Bo Båda", {"KS": [Role.ARCHIVIST], "SN": [Role.REGISTRAR]}
        )
        names = [row.name for row in directory.page(session, m.administrator, UserFilter()).rows]
        assert names == [
            "Adam Admin",
            "Arja Arkivarie",
            "Bo Båda",
            "Hans Handläggare",
            "Lo Lös",
            "Rut Registrator",
        ]
        row = directory.row(m.administrator, shared)
        assert (row.roles, row.has_roles_elsewhere) == ({"KS": (Role.ARCHIVIST,)}, True)
        with pytest.raises(UnknownUser):
            directory.user_by_uid(session, m.administrator, accounts.user_by_name(session, "siv").uid)
        for text, expected in (("ARKIV", ["Arja Arkivarie"]), ("lös", ["Lo Lös"]), ("%", []), ("_", [])):
            found = directory.page(session, m.administrator, UserFilter(text=text))
            assert [row.name for row in found.rows] == expected
        assert [row.name for row in directory.page(session, m.administrator, UserFilter(authority="SN")).rows] == [
            "Bo Båda"
        ]


def test_users_are_paged_in_swedish_order(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        for number, name in enumerate(("Östen", "Zeb", "Åke", "Ärlig", "Yngve")):
            identity.create_user(session, SYSTEM, f"u{number}", name, {"KS": [Role.REGISTRAR]})
        shown: list[str] = []
        cursor: str | None = None
        while True:
            page = directory.page(session, m.administrator, UserFilter(), cursor=cursor, size=2)
            shown += [row.name for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert shown[-5:] == ["Yngve", "Zeb", "Åke", "Ärlig", "Östen"]
        assert len(shown) == len(set(shown)) == 9


def test_first_role_given_again_ends_what_others_set_meanwhile(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        stranger = identity.actor_of(
            identity.create_user(session, SYSTEM, "sune", "Sune", {"SN": [Role.ADMINISTRATOR]})
        )
        hans = accounts.user_by_name(session, "hans")
        assert not accounts.set_roles(session, m.administrator, hans, {"KS": []})
        token = identity.create_token(session, stranger, hans, "bakdörr")
        accounts.set_password(session, stranger, hans, "känt-av-en-annan")
        epoch = hans.session_epoch
    with m.database.unit_of_work() as session:
        hans = accounts.user_by_name(session, "hans")
        assert accounts.set_roles(session, m.administrator, hans, {"KS": [Role.REGISTRAR]})
        assert not accounts.set_roles(session, m.administrator, hans, {"KS": [Role.CASE_OFFICER]})
    with m.database.reading() as session:
        hans = accounts.user_by_name(session, "hans")
        assert identity.user_of_token(session, token) is None
        assert hans.password_hash is None
        assert identity.active_user(session, str(hans.uid), epoch) is None
        assert len(events(session, "user.login_reset")) == len(events(session, "token.revoked")) == 1
