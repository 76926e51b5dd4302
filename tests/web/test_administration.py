"""The pages of administration: who may open them, that mistakes stand at their field, and that nothing is lost."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from lxml import html
from openpyxl import load_workbook
from sqlalchemy import select

from diarium.classification.models import Classification, ClassificationScheme, RecordType, RetentionRule
from diarium.composition import Diarium
from diarium.correspondence.models import LetterTemplate
from diarium.i18n import today
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.models import AccessToken, User
from diarium.identity.permissions import SYSTEM, Role
from diarium.register import registration
from diarium.register.administration import units
from diarium.register.commands import NewCase
from diarium.register.models import Authority, AuthoritySetUp, DiarySeries, Unit, YearSetUp
from diarium.secrecy.models import Provision
from tests.counting import Statements, statements_of
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]
AT = "/intern/administration"
PLACES = (
    "", "/myndigheter", "/myndigheter/ny", "/myndigheter/KS", "/myndigheter/KS/andra",
    "/myndigheter/KS/oppna-arenden", "/myndigheter/KS/enheter", "/myndigheter/KS/enheter/{unit}",
    "/myndigheter/KS/serier", "/myndigheter/KS/serier/ny", "/myndigheter/KS/serier/{series}",
    "/myndigheter/KS/uppsattning", "/myndigheter/KS/arsskifte/{year}", "/anvandare", "/anvandare/ny",
    "/anvandare/{user}", "/logg", "/klassificering", "/klassificering/{scheme}",
    "/klassificering/{scheme}/andra", "/klassificering/{scheme}/ny-klass", "/klassificering/klass/{class}",
    "/klassificering/las-in", "/handlingstyper", "/handlingstyper/{type}", "/gallring", "/gallring/ny",
    "/gallring/{rule}", "/lagrum", "/lagrum/nytt", "/lagrum/{provision}", "/lagrum/las-in", "/kanaler",
)  # fmt: skip


@pytest.fixture
def keys(services: Diarium) -> dict[str, object]:
    """What stands in the addresses of pages about one thing."""
    with services.database.reading() as session:
        at_ks = Authority.code == "KS"
        wanted = {
            "unit": select(Unit.uid).join(Authority).where(at_ks),
            "series": select(DiarySeries.uid).join(Authority).where(at_ks),
            "user": select(User.uid).where(User.username == "hans"),
            "scheme": select(ClassificationScheme.uid),
            "class": select(Classification.uid).where(Classification.code == "2.1"),
            "type": select(RecordType.id),
            "rule": select(RetentionRule.uid),
            "provision": select(Provision.uid).where(Provision.chapter == "26"),
        }
        found = {name: session.scalars(query).first() for name, query in wanted.items()}
    return {**found, "year": today().year + 1}


@pytest.fixture
def chief(services: Diarium) -> None:
    """Adam administers every board, as changes for all of them take."""
    with services.database.unit_of_work() as session:
        adam = accounts.user_by_name(session, "adam")
        accounts.set_roles(session, SYSTEM, adam, {"SN": [Role.ADMINISTRATOR]})


@contextmanager
def counted(services: Diarium) -> Iterator[Statements]:
    with statements_of(services.database.engine) as sent:
        yield sent


def shown(client: FlaskClient, page: str) -> html.HtmlElement:
    answer = client.get(page)
    assert answer.status_code == 200, page
    return html.fromstring(answer.text)


def seen(client: FlaskClient, page: str, name: str = "seen") -> str:
    value: str = shown(client, page).xpath(f"//input[@name='{name}']/@value")[0]
    return value


def errors_of(answer) -> set[str]:  # type: ignore[no-untyped-def]
    return {
        str(found).removesuffix("-error")
        for found in html.fromstring(answer.text).xpath("//*[contains(@class, 'field__error')]/@id")
    }


def test_pages_open_for_an_administrator_and_for_nobody_else(log_in: LogIn, keys: dict[str, object]) -> None:
    administrator, others = log_in("adam"), [log_in("rut"), log_in("arja")]
    for place in PLACES:
        address = AT + place.format(**keys)
        page = shown(administrator, address)
        ids, labelled = page.xpath("//@id"), set(page.xpath("//label/@for"))
        assert len(ids) == len(set(ids)), place
        fields = page.xpath("//input[not(@type='hidden')] | //select | //textarea")
        assert [field.get("name") for field in fields if field.get("id") not in labelled] == [], place
        assert [client.get(address).status_code for client in others] == [403, 403], place


@pytest.mark.parametrize(
    "place", ["/myndigheter/SN", "/myndigheter/SN/enheter", "/myndigheter/SN/andra", "/myndigheter/SN/serier/ny",
              "/myndigheter/SN/uppsattning", "/myndigheter/XX", "/myndigheter/%00",
              "/handlingstyper/99999999999999999999",
              "/anvandare/00000000-0000-4000-8000-000000000000", "/myndigheter/KS/arsskifte/1999",
              "/myndigheter/KS/arsskifte/99999999999999999999999"],
)  # fmt: skip
def test_what_an_administrator_does_not_administer_is_not_there(log_in: LogIn, place: str) -> None:
    assert log_in("adam").get(AT + place).status_code in (400, 404)


def test_user_of_another_board_is_not_there(services: Diarium, log_in: LogIn) -> None:
    with services.database.reading() as session:
        siv = session.scalars(select(User.uid).where(User.username == "siv")).one()
    client = log_in("adam")
    assert client.get(f"{AT}/anvandare/{siv}").status_code == 404
    assert "siv" not in client.get(f"{AT}/anvandare").text
    answer = send(client, f"{AT}/anvandare/{siv}/losenord", {"password": "nytt-hemligt"}, f"{AT}/anvandare/ny")
    assert answer.status_code == 404


def test_form_without_its_token_changes_nothing(services: Diarium, log_in: LogIn) -> None:
    answer = log_in("adam").post(f"{AT}/myndigheter/KS/enheter", data={"name": "Smyg"})
    assert answer.status_code == 400
    with services.database.reading() as session:
        assert session.scalar(select(Unit).where(Unit.name == "Smyg")) is None


def test_authority_is_added_and_led_through_its_set_up(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    page = f"{AT}/myndigheter/ny"
    answer = send(client, page, {"code": "mn!", "name": "Miljönämnden", "active_from": "2026-13-01"})
    assert answer.status_code == 422
    assert html.fromstring(answer.text).xpath("//input[@name='name']/@value") == ["Miljönämnden"]
    facts = {
        "code": "mn",
        "name": "Miljönämnden",
        "active_from": today().isoformat(),
        "number_format": "{year}/{number}",
    }
    answer = send(client, page, facts)
    assert answer.headers["Location"] == f"{AT}/myndigheter/MN/uppsattning"
    set_up = f"{AT}/myndigheter/MN/uppsattning"
    assert "Ingen är registrator." in shown(client, set_up).text_content()
    assert send(client, f"{set_up}/facts", {}, set_up).status_code == 302
    answer = send(client, f"{set_up}/check", {}, set_up)
    assert answer.status_code == 422
    user = {"name": "Mia", "username": "mia", "password": "mia-hemligt-lösen", "roles-MN": "registrar"}
    assert send(client, f"{AT}/anvandare/ny", user).status_code == 302
    assert send(client, f"{set_up}/check", {}, set_up).status_code == 302
    with services.database.reading() as session:
        assert len(session.scalars(select(AuthoritySetUp)).all()) == 2
    assert "Registrera" in shown(log_in("mia"), "/intern/").text_content()


def test_second_administrator_sees_both_versions_and_saves_knowingly(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    page = f"{AT}/myndigheter/KS/andra"
    old = seen(client, page)
    facts = {"name": "Kommunstyrelsen", "active_from": "2000-01-01", "organisation_number": "212000-1439"}
    assert send(client, page, facts | {"phone": "111", "seen": old}).status_code == 302
    answer = send(client, page, facts | {"phone": "222", "seen": old})
    assert answer.status_code == 422
    told = html.fromstring(answer.text)
    assert "telefon: 111" in told.text_content()
    assert told.xpath("//input[@name='phone']/@value") == ["222"]
    new = told.xpath("//input[@name='seen']/@value")[0]
    assert send(client, page, facts | {"phone": "222", "seen": new}).status_code == 302
    with services.database.reading() as session:
        assert session.scalars(select(Authority).where(Authority.code == "KS")).one().phone == "222"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 10_000), ("email", "ingen adress"), ("active_from", "i går"),
     ("organisation_number", "212000-1430"), ("phone", "1" * 50), ("active_to", "1990-01-01")],
)  # fmt: skip
def test_bad_fact_is_told_at_its_field_and_what_was_typed_stays(log_in: LogIn, field: str, value: str) -> None:
    client = log_in("adam")
    page = f"{AT}/myndigheter/KS/andra"
    facts = {"name": "Kommunstyrelsen", "active_from": "2000-01-01", "postal_address": "Storgatan 1"}
    answer = send(client, page, facts | {"seen": seen(client, page), field: value})
    assert answer.status_code == 422
    assert field in errors_of(answer)
    told = html.fromstring(answer.text)
    assert told.xpath("//input[@name='postal_address']/@value") == ["Storgatan 1"]
    assert told.xpath(f"//input[@name='{field}']/@value") == [value]


def test_unit_is_retired_with_its_cases_moved(services: Diarium, log_in: LogIn, keys: dict[str, object]) -> None:
    client = log_in("adam")
    page = f"{AT}/myndigheter/KS/enheter"
    with services.database.unit_of_work() as session:
        registration.open_case(session, SYSTEM, NewCase(authority="KS", title="Ett", unit="Kansliet"))
    assert send(client, page, {"name": "kansliet"}).status_code == 422
    assert send(client, page, {"name": "Plan"}).status_code == 302
    with services.database.reading() as session:
        plan = session.scalars(select(Unit).where(Unit.name == "Plan")).one()
    answer = send(client, f"{page}/{keys['unit']}/avveckla", {"move_to": ""}, f"{page}/{keys['unit']}")
    assert answer.status_code == 422
    assert errors_of(answer) == {"move_to"}
    answer = send(client, f"{page}/{keys['unit']}/avveckla", {"move_to": str(plan.uid)}, f"{page}/{keys['unit']}")
    assert answer.status_code == 302
    assert "1 öppet ärende har flyttats" in client.get(page).text
    members = {"members": ["hans", "rut"], "seen_members": seen(client, f"{page}/{plan.uid}", "seen_members")}
    assert send(client, f"{page}/{plan.uid}/medlemmar", members, f"{page}/{plan.uid}").status_code == 302
    assert send(client, f"{page}/{plan.uid}/medlemmar", members, f"{page}/{plan.uid}").status_code == 422


def test_number_format_is_shown_before_it_is_saved(
    services: Diarium, log_in: LogIn, keys: dict[str, object]
) -> None:
    client = log_in("adam")
    page = f"{AT}/myndigheter/KS/serier/{keys['series']}"
    facts = {"name": "Diarium", "number_format": "{series}.{year2}.{number:03}", "seen": seen(client, page)}
    answer = send(client, page, facts | {"step": "preview", "is_restricted": "1"})
    assert answer.status_code == 200
    told = html.fromstring(answer.text)
    assert f"KS.{today().year % 100}.001" in told.text_content()
    assert told.xpath("//input[@name='is_restricted']/@checked")
    assert errors_of(send(client, page, facts | {"step": "preview", "number_format": "{år}"})) == {"number_format"}
    assert errors_of(send(client, page, facts | {"number_format": "{year}"})) == {"number_format"}
    assert send(client, page, facts).status_code == 302
    with services.database.reading() as session:
        series = session.scalars(select(DiarySeries).where(DiarySeries.uid == keys["series"])).one()
        assert (series.number_format, series.is_restricted) == ("{series}.{year2}.{number:03}", False)
    new = f"{AT}/myndigheter/KS/serier/ny"
    added = {
        "code": "per",
        "name": "Personal",
        "number_format": "{series} {year}/{number}",
        "restarts_yearly": "1",
    }
    assert "PER " in send(client, new, added | {"step": "preview"}).text
    assert send(client, new, added).status_code == 302
    series_list = f"{AT}/myndigheter/KS/serier"
    assert send(client, f"{page}/stang", {}, series_list).status_code == 302
    assert "Stängd" in client.get(series_list).text
    assert send(client, f"{page}/oppna", {}, series_list).status_code == 302


def test_user_is_added_given_roles_and_closed_out(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    page = f"{AT}/anvandare/ny"
    facts = {"name": "Nils Ny", "username": "nils", "password": "nils-hemligt-lösen"}
    assert errors_of(send(client, page, facts)) == {"roles"}
    assert errors_of(send(client, page, facts | {"roles-KS": "registrar", "password": "kort"})) == {"password"}
    assert errors_of(send(client, page, facts | {"roles-KS": "registrar", "username": "rut"})) == {"username"}
    assert (
        send(client, page, facts | {"roles-KS": ["registrar", "archivist"], "roles-SN": "registrar"}).status_code
        == 302
    )
    with services.database.reading() as session:
        nils = session.scalars(select(User).where(User.username == "nils")).one()
        assert identity.actor_of(nils).roles == {"KS": {Role.REGISTRAR, Role.ARCHIVIST}}, "not at another board"
    own = f"{AT}/anvandare/{nils.uid}"
    theirs = log_in("nils")
    assert theirs.get("/intern/").status_code == 200
    roles = {"roles-KS": "case_officer", "seen_roles": seen(client, own, "seen_roles")}
    assert send(client, f"{own}/roller", roles, own).status_code == 302
    assert send(client, f"{own}/roller", roles, own).status_code == 422, "the page that was seen is old"
    assert send(client, own, {"name": "Nils Nyman", "email": "x", "seen": seen(client, own)}).status_code == 422
    assert send(client, own, {"name": "Nils Nyman", "email": "", "seen": seen(client, own)}).status_code == 302
    assert send(client, f"{own}/spar", {}, own).status_code == 302
    assert theirs.get("/intern/").status_code == 302
    assert send(client, f"{own}/oppna", {}, own).status_code == 302
    assert send(client, f"{own}/losenord", {"password": "kort"}, own).status_code == 422
    assert send(client, f"{own}/losenord", {"password": "nils-hemligt-lösen"}, own).status_code == 302
    theirs = log_in("nils")
    assert send(client, f"{own}/logga-ut", {}, own).status_code == 302
    assert theirs.get("/intern/").status_code == 302
    assert send(client, f"{own}/hitta-pa", {}, own).status_code == 404


def test_password_that_was_typed_is_not_sent_back(log_in: LogIn) -> None:
    answer = send(log_in("adam"), f"{AT}/anvandare/ny", {"name": "", "password": "mycket-hemligt-lösen"})
    assert "mycket-hemligt" not in answer.text


def test_last_administrator_can_not_be_locked_out(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    with services.database.reading() as session:
        adam = session.scalars(select(User.uid).where(User.username == "adam")).one()
    own = f"{AT}/anvandare/{adam}"
    roles = {"roles-KS": "registrar", "seen_roles": seen(client, own, "seen_roles")}
    answer = send(client, f"{own}/roller", roles, own)
    assert answer.status_code == 422
    assert "ingen annan administratör" in answer.text
    assert send(client, f"{own}/spar", {}, own).status_code == 422


def test_token_is_shown_once_works_and_is_revoked(
    services: Diarium, log_in: LogIn, keys: dict[str, object]
) -> None:
    client = log_in("adam")
    own = f"{AT}/anvandare/{keys['user']}"
    assert errors_of(
        send(client, f"{own}/nycklar", {"token_name": "", "days": "30", "scopes": "register:read"}, own)
    ) == {"token_name"}
    assert errors_of(
        send(client, f"{own}/nycklar", {"token_name": "E-tjänst", "days": "x", "scopes": "register:read"}, own)
    ) == {"days"}
    answer = send(
        client, f"{own}/nycklar", {"token_name": "E-tjänst", "days": "30", "scopes": "register:read"}, own
    )
    token = html.fromstring(answer.text).xpath("//code[starts-with(., 'dia_')]")[0].text
    assert token not in client.get(own).text
    with services.database.reading() as session:
        assert identity.user_of_token(session, token).username == "hans"  # type: ignore[union-attr]
        (row,) = session.scalars(select(AccessToken)).all()
    assert send(client, f"{own}/nycklar/{row.uid}/dra-in", {}, own).status_code == 302
    with services.database.reading() as session:
        assert identity.user_of_token(session, token) is None
    assert send(client, f"{own}/nycklar/{uuid.uuid4()}/dra-in", {}, own).status_code == 404


@pytest.mark.usefixtures("chief")
def test_new_version_is_made_changed_and_thrown_away(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    page = f"{AT}/klassificering"
    first = (today() + dt.timedelta(days=30)).isoformat()
    assert errors_of(send(client, page, {"version": "", "valid_from": first})) == {"version"}
    assert errors_of(send(client, page, {"version": "2", "valid_from": "2001-01-01"})) == {"valid_from"}
    answer = send(client, page, {"version": "2", "valid_from": first})
    version = answer.headers["Location"]
    assert "Planerad" in shown(client, version).text_content()
    added = {"code": "2.2", "title": "Rivning", "publishing": "metadata"}
    assert errors_of(send(client, f"{version}/ny-klass", added | {"code": "9.9"})) == {"code"}
    assert send(client, f"{version}/ny-klass", added).status_code == 302
    with services.database.reading() as session:
        item = session.scalars(select(Classification).where(Classification.title == "Rivning")).one()
    changed = {
        "title": "Rivningslov",
        "publishing": "number_only",
        "seen": seen(client, f"{page}/klass/{item.uid}"),
    }
    assert errors_of(send(client, f"{page}/klass/{item.uid}", changed | {"title": ""})) == {"title"}
    assert send(client, f"{page}/klass/{item.uid}", changed).status_code == 302
    assert "Rivningslov" in client.get(version).text
    assert send(client, f"{page}/klass/{item.uid}/ta-bort", {}, f"{page}/klass/{item.uid}").status_code == 302
    facts = {"name": "Prov", "version": "3", "valid_from": first, "seen": seen(client, f"{version}/andra")}
    assert send(client, f"{version}/andra", facts).status_code == 302
    assert send(client, f"{version}/ta-bort", {}, version).status_code == 302
    assert client.get(version).status_code == 404


@pytest.mark.usefixtures("chief")
def test_class_in_force_is_corrected_with_a_reason(log_in: LogIn, keys: dict[str, object]) -> None:
    client = log_in("adam")
    page = f"{AT}/klassificering/klass/{keys['class']}"
    facts = {"title": "Bygglov", "publishing": "nothing", "record_types": ["Ansökan"], "seen": seen(client, page)}
    assert errors_of(send(client, page, facts)) == {"reason"}
    assert send(client, page, facts | {"reason": "Nämndens beslut § 12"}).status_code == 302
    told = shown(client, f"{AT}/logg?kind=classification").text_content()
    assert "publicering: ”Uppgifter utan filer” → ”Visas inte alls”" in told
    assert "Nämndens beslut § 12" in told


def test_change_for_all_boards_is_refused_at_its_field(log_in: LogIn, keys: dict[str, object]) -> None:
    client = log_in("adam")
    page = f"{AT}/klassificering/klass/{keys['class']}"
    facts = {"title": "Bygglov", "publishing": "metadata_and_files", "reason": "Skäl", "seen": seen(client, page)}
    assert errors_of(send(client, page, facts)) == {"publishing"}
    first = (today() + dt.timedelta(days=30)).isoformat()
    answer = send(client, f"{AT}/klassificering", {"version": "2", "valid_from": first})
    assert errors_of(answer) == {"valid_from"}
    assert "administratör vid alla verksamma myndigheter" in answer.text


@pytest.mark.usefixtures("chief")
def test_table_is_looked_through_and_then_taken(services: Diarium, log_in: LogIn, keys: dict[str, object]) -> None:
    client = log_in("adam")
    page = f"{AT}/klassificering/las-in"
    bad = b"Kod;Rubrik;Publicering\n1;Styra;Alltid\n1.1;;Bara nummer och datum\n7.7;Utan;Visas inte alls\n"
    told = shown_after(client, page, {"files": (io.BytesIO(bad), "klasser.csv"), "step": "check"}).text_content()
    for message in ("Skriv en av reglerna", "Skriv klassens rubrik.", "Klassen 7 saknas."):
        assert message in told
    exported = client.get(f"{AT}/klassificering/{keys['scheme']}/tabell.xlsx")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    table = exported.data
    answer = send(client, page, {"files": (io.BytesIO(table), "klasser.xlsx"), "step": "check"})
    looked = html.fromstring(answer.text)
    # The register's own table says nothing new, but a disposal without a basis has to be mended.
    assert "Skriv vilket beslut eller vilken lag" in looked.text_content()
    good = mended(table)
    answer = send(client, page, {"files": (io.BytesIO(good), "klasser.xlsx"), "step": "check"})
    looked = html.fromstring(answer.text)
    kept = looked.xpath("//input[@name='kept_file']/@value")
    assert kept
    assert errors_of(send(client, page, {"kept_file": kept, "step": "apply", "version": "2"})) == {"valid_from"}
    facts = {"kept_file": kept, "step": "apply", "version": "2", "valid_from": today().isoformat()}
    assert send(client, page, facts).status_code == 302
    with services.database.reading() as session:
        assert len(session.scalars(select(ClassificationScheme)).all()) == 2


def shown_after(client: FlaskClient, page: str, data: dict[str, object]) -> html.HtmlElement:
    return html.fromstring(send(client, page, data).text)


def mended(table: bytes) -> bytes:
    book = load_workbook(io.BytesIO(table))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        if row[4].value == "Gallras":
            row[7].value = "Nämndens beslut"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04 not a workbook", b"kod\n1\n", b'Kod;"Rubrik\n']
)
def test_file_that_is_no_table_is_told_at_the_field(log_in: LogIn, content: bytes) -> None:
    for page in ("klassificering", "lagrum"):
        answer = send(
            log_in("adam"), f"{AT}/{page}/las-in", {"files": (io.BytesIO(content), "klasser.csv"), "step": "check"}
        )
        assert answer.status_code == 422
        assert errors_of(answer) == {"files"}


@pytest.mark.usefixtures("chief")
def test_record_types_rules_and_provisions_are_added_and_changed(
    services: Diarium, log_in: LogIn, keys: dict[str, object]
) -> None:
    client = log_in("adam")
    assert errors_of(send(client, f"{AT}/handlingstyper", {"name": "Ansökan"})) == {"name"}
    assert send(client, f"{AT}/handlingstyper", {"name": "Samråd"}).status_code == 302
    page = f"{AT}/handlingstyper/{keys['type']}"
    assert send(client, page, {"name": "Ansökan om lov", "seen": seen(client, page)}).status_code == 302
    assert send(client, page, {"step": "retire"}).status_code == 302
    assert "Ansökan om lov" not in log_in("rut").get("/intern/registrera").text
    rule = {"retention": "dispose", "retention_years": "3", "retention_basis": "Beslut § 1"}
    assert errors_of(send(client, f"{AT}/gallring/ny", rule | {"retention_years": "x"})) == {"retention_years"}
    assert send(client, f"{AT}/gallring/ny", rule).status_code == 302
    page = f"{AT}/gallring/{keys['rule']}"
    changed = rule | {"retention_years": "4", "seen": seen(client, page)}
    assert errors_of(send(client, page, changed)) == {"reason"}
    assert send(client, page, changed | {"reason": "Nytt beslut"}).status_code == 302
    provision = {"law": "OSL", "chapter": "39", "paragraph": "2", "subject": "Personal", "source": "SFS 2009:400"}
    assert errors_of(send(client, f"{AT}/lagrum/nytt", provision)) == {"valid_from"}
    assert send(client, f"{AT}/lagrum/nytt", provision | {"valid_from": "2009-06-30"}).status_code == 302
    assert errors_of(send(client, f"{AT}/lagrum/nytt", provision | {"valid_from": "2009-06-30"})) == {"paragraph"}
    page = f"{AT}/lagrum/{keys['provision']}"
    ended = {"law": "OSL", "chapter": "26", "paragraph": "1", "subject": "Socialtjänst", "source": "SFS",
             "valid_to": "2020-01-01", "seen": seen(client, page)}  # fmt: skip
    assert send(client, page, ended).status_code == 302
    assert "OSL 26 kap. 1 §" not in log_in("rut").get("/intern/registrera").text


def test_provisions_of_a_table_are_added_once(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    page = f"{AT}/lagrum/las-in"
    table = (
        "Lag;Kapitel;Paragraf;Vad det gäller;Källa;Gäller från\n"
        "OSL;26;1;Socialtjänst;SFS;2009-06-30\nOSL;39;3;Personal;SFS;{day}\n"
    )
    bad = {"files": (io.BytesIO(table.format(day="snart").encode("cp1252")), "lagrum.csv"), "step": "check"}
    assert "Skriv datumet som 2024-05-01." in send(client, page, bad).text
    good = {"files": (io.BytesIO(table.format(day="2009-06-30").encode("cp1252")), "lagrum.csv"), "step": "apply"}
    assert send(client, page, good).status_code == 302
    with services.database.reading() as session:
        assert len(session.scalars(select(Provision).where(Provision.chapter == "39")).all()) == 1
        assert len(session.scalars(select(Provision).where(Provision.chapter == "26")).all()) == 1


def test_new_year_is_prepared(services: Diarium, log_in: LogIn, keys: dict[str, object]) -> None:
    client = log_in("adam")
    page = f"{AT}/myndigheter/KS/arsskifte/{keys['year']}"
    assert f"KS {keys['year']}/1" in shown(client, page).text_content()
    ends = {"ends": str(keys["series"])}
    assert errors_of(send(client, page, ends)) == {"ends"}
    assert send(client, page, {"ends": "ingen"}).status_code == 422
    new = {"code": "KSN", "name": "Nytt diarium", "new_format": "{series} {year}/{number}"}
    assert send(client, page, ends | new).status_code == 302
    assert "Förberett av Adam Admin" in client.get(page).text
    with services.database.reading() as session:
        assert session.scalars(select(YearSetUp)).one().year == keys["year"]


def test_mailbox_is_added_and_turned_off(log_in: LogIn) -> None:
    client = log_in("adam")
    page = f"{AT}/kanaler"
    facts = {
        "authority": "KS",
        "host": "imap.ekdala.example",
        "username": "ks",
        "security": "tls",
        "folder": "INBOX",
    }
    assert errors_of(send(client, page, facts)) == {"password_variable"}
    assert errors_of(send(client, page, facts | {"authority": "", "password_variable": "DIARIUM_MAILBOX_KS"})) == {
        "authority"
    }
    assert send(client, page, facts | {"password_variable": "DIARIUM_MAILBOX_KS"}).status_code == 302
    off = shown(client, page).xpath("//form[contains(@action, 'stang-av')]/@action")
    assert send(client, off[0], {}, page).status_code == 302
    assert "Avstängd" in client.get(page).text


LISTS = (
    "", "/myndigheter", "/myndigheter/KS", "/myndigheter/KS/enheter", "/myndigheter/KS/serier", "/anvandare",
    "/logg", "/handlingstyper", "/gallring", "/lagrum", "/klassificering", "/klassificering/{scheme}",
)  # fmt: skip


def test_list_asks_as_many_questions_of_much_as_of_little(
    services: Diarium, log_in: LogIn, keys: dict[str, object]
) -> None:
    client = log_in("adam")
    fill(services, 3, 0)
    few = {place: questions(services, client, place.format(**keys)) for place in LISTS}
    fill(services, 30, 3)
    many = {place: questions(services, client, place.format(**keys)) for place in LISTS}
    assert many == few


def questions(services: Diarium, client: FlaskClient, place: str) -> int:
    with counted(services) as sent:
        assert client.get(AT + place).status_code == 200
    return len(sent)


def fill(services: Diarium, count: int, start: int) -> None:
    with services.database.unit_of_work() as session:
        scheme = session.scalars(select(ClassificationScheme)).first()
        owner = session.scalars(select(Authority).where(Authority.code == "KS")).one()
        for number in range(start, start + count):
            identity.create_user(session, SYSTEM, f"u{number}", f"Person {number}", {"KS": [Role.REGISTRAR]})
            units.add_unit(session, SYSTEM, "KS", f"Enhet {number}")
            registration.open_case(session, SYSTEM, NewCase(authority="KS", title=f"Ärende {number}"))
            session.add(RecordType(name=f"Typ {number}"))
            session.add(Classification(scheme=scheme, code=f"9{number}", sort_key=f"9{number}", title="X",
                                       publishing="metadata"))  # fmt: skip
            session.add(Provision(law="XX", chapter="1", paragraph=str(number), subject="X", source="X"))
            owner.series.append(DiarySeries(code=f"S{number}", name="X"))


def test_users_are_searched_and_paged(services: Diarium, log_in: LogIn) -> None:
    fill(services, 60, 0)
    client = log_in("adam")
    page = shown(client, f"{AT}/anvandare")
    following = page.xpath("//a[@rel='next']/@href")
    first = page.xpath("//table//th[@scope='row']//a/text()")
    rest = shown(client, following[0]).xpath("//table//th[@scope='row']//a/text()")
    assert len(first) == 50
    assert not set(first) & set(rest)
    found = shown(client, f"{AT}/anvandare?q=person+41").xpath("//table//th[@scope='row']//a/text()")
    assert found == ["Person 41"]
    assert client.get(f"{AT}/anvandare?q=%25&after=x&authority=SN").status_code == 200


def test_set_up_gives_the_authority_the_letters_that_come_with_the_program(
    services: Diarium, log_in: LogIn
) -> None:
    client = log_in("adam")
    page = f"{AT}/myndigheter/KS/uppsattning"
    [form] = shown(client, page).xpath("//form[contains(@action, 'brevmallar')]")
    fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
    assert send(client, form.get("action"), {"authority": fields["authority"]}, page).status_code == 302
    with services.database.reading() as session:
        letters = session.scalars(select(LetterTemplate)).all()
        assert letters
        assert {letter.authority.code for letter in letters} == {"KS"}


def test_page_says_that_the_login_ended_with_the_first_role(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        hans = accounts.user_by_name(session, "hans")
        accounts.set_roles(session, SYSTEM, hans, {"KS": []})
    client = log_in("adam")
    page = f"{AT}/anvandare/{hans.uid}"
    text = shown(client, page).text_content()
    assert "När den första rollen ges slutar lösenordet och nycklarna att gälla" in text
    [roles] = shown(client, page).xpath("//*[@name='seen_roles']/@value")
    assert (
        send(client, f"{page}/roller", {"roles-KS": ["registrar"], "seen_roles": roles}, page).status_code == 302
    )
    assert "Sätt ett nytt lösenord" in client.get(page).text
