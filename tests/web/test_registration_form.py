"""The registration form: filled from what came in, helped on without script, and nothing typed is ever lost."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.app import create_app
from diarium.assistance.learning import UsageCounter
from diarium.assistance.models import Draft, RegistrationTemplate
from diarium.changes.worker import Worker
from diarium.composition import Diarium
from diarium.contacts import service as contacts
from diarium.contacts.service import ContactFacts
from diarium.db.swedish import sort_key
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import ItemState
from diarium.register import registration
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.models import Authority, Record
from diarium.register.vocabulary import Direction, PartyKind
from diarium.secrecy.models import Scope
from diarium.settings import from_environment
from tests import patterns
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import send, token_of
from tests.web.desk import arrive, error_at, page_of, post, press, read, sent_of, value_of
from tests.web.test_registering import FORM, facts

LogIn = Callable[[str], FlaskClient]


def registered(services: Diarium, count: int = 1, **case: object) -> list[Record]:
    """Records in cases of their own, all alike: what suggestions are learned from."""
    made = []
    for _number in range(count):
        with services.database.unit_of_work() as session:
            wanted = {"authority": "KS", "title": "Kollektivtrafik på landet", "classification": "1", **case}
            record = registration.register(
                session,
                SYSTEM,
                NewRecord(
                    direction=Direction.INCOMING,
                    official_on=today(),
                    title="Synpunkter på busslinje 7",
                    record_type="Skrivelse",
                    parties=(
                        PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION, email="info@trafikbolaget.example"),
                    ),
                    new_case=NewCase(**wanted),  # type: ignore[arg-type]
                ),
            )
            _known = record.case.number_text, record.case.uid
            made.append(record)
    return made


def learn(services: Diarium) -> None:
    """Lets the worker count what was registered."""
    Worker(services.database, [UsageCounter(services.database)]).drain()


# ---- from the inbox ----


def test_item_fills_in_the_form_and_is_settled_when_it_is_registered(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services, with_files=2)
    client = log_in("rut")
    address = f"{FORM}?post={uid}"
    page = page_of(client, address)
    assert value_of(page, "title") == "Synpunkter på busslinje 4"
    assert value_of(page, "party-0-name") == "Trafikbolaget AB"
    assert value_of(page, "party-0-email") == "info@trafikbolaget.example"
    assert value_of(page, "official_on") == today().isoformat()
    assert len(page.xpath("//input[@name='kept_file'][@checked]")) == 2
    assert "Hej! Vi har synpunkter" in page.xpath("//aside")[0].text_content()
    answer = press(client, FORM, page, then="")
    assert answer.status_code == 302, read(answer.text).text_content()
    with services.database.reading() as session:
        record = session.scalars(select(Record)).one()
        assert [document.file_name for document in record.documents] == ["bilaga 1.txt", "bilaga 2.txt"]
        assert record.received_at is not None
        assert session.scalars(select(IntakeItem)).one().state is ItemState.REGISTERED


def test_register_next_goes_straight_to_the_form_of_the_next_item(services: Diarium, log_in: LogIn) -> None:
    first = arrive(services, days_ago=3)
    second = arrive(services, subject="Ansökan om bidrag")
    client = log_in("rut")
    page = page_of(client, f"{FORM}?post={first}")
    answer = press(client, FORM, page, then="next_item")
    assert answer.headers["Location"] == f"{FORM}?post={second}"
    page = page_of(client, answer.headers["Location"])
    link = page.xpath("//div[@role='status']//a")[0]
    assert link.text == f"KS {today().year}/1-1"
    assert link.get("href").startswith("/intern/handling/")
    assert press(client, FORM, page, then="next_item").headers["Location"] == "/intern/inkorg"


def test_e_mail_is_registered_in_four_interactions_without_script(services: Diarium, log_in: LogIn) -> None:
    case = registered(services, 3)[0].case
    learn(services)
    uid = arrive(services, subject=f"Svar: {case.number_text} busslinje 4")
    client = log_in("rut")
    item = page_of(client, f"/intern/inkorg/{uid}")  # 1: the item
    chosen = item.xpath("//section[@id='register']//a[contains(., $number)]/@href", number=case.number_text)[0]
    page = page_of(client, chosen)  # 2: the case
    assert value_of(page, "case") == case.number_text
    answer = press(client, FORM, page, do="use_suggestions")  # 3: what was usual
    page = read(answer.text)
    assert value_of(page, "record_type") == "Skrivelse"
    answer = press(client, FORM, page, then="next_item")  # 4: registered
    assert answer.status_code == 302, read(answer.text).text_content()
    with services.database.reading() as session:
        record = session.scalars(select(Record).order_by(Record.id.desc())).first()
        assert record is not None
        assert (record.case.number_text, record.record_type) == (case.number_text, "Skrivelse")


def test_two_registrars_cannot_register_the_same_item(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    client = log_in("rut")
    page = page_of(client, f"{FORM}?post={uid}")
    assert press(client, FORM, page, then="").status_code == 302
    answer = press(client, FORM, page, title="Min egen rubrik")
    page = read(answer.text)
    assert answer.status_code == 409
    assert "registrerad av Rut Registrator" in page.xpath("//*[@role='alert']")[0].text_content()
    assert value_of(page, "title") == "Min egen rubrik"
    with services.database.reading() as session:
        assert len(session.scalars(select(Record)).all()) == 1


def test_item_that_was_changed_meanwhile_is_shown_anew_before_it_is_registered(
    services: Diarium, log_in: LogIn
) -> None:
    uid = arrive(services, with_files=2)
    client = log_in("rut")
    page = page_of(client, f"{FORM}?post={uid}")
    item = page_of(client, f"/intern/inkorg/{uid}")
    version = item.xpath("//input[@name='version']/@value")[0]
    assert (
        post(client, f"/intern/inkorg/{uid}/assign", item, assigned_to="rut", version=version).status_code == 302
    )
    answer = press(client, FORM, page)
    assert answer.status_code == 409
    assert "ändrat posten" in read(answer.text).xpath("//*[@role='alert']")[0].text_content()
    assert press(client, FORM, read(answer.text), then="").status_code == 302


def test_item_of_another_authority_does_not_exist_for_the_form(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    assert log_in("siv").get(f"{FORM}?post={uid}").status_code == 404
    assert log_in("hans").get(f"{FORM}?post={uid}").status_code == 404


def test_settled_item_leads_to_its_page_instead_of_the_form(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    client = log_in("rut")
    press(client, FORM, page_of(client, f"{FORM}?post={uid}"), then="")
    answer = client.get(f"{FORM}?post={uid}")
    assert answer.headers["Location"] == f"/intern/inkorg/{uid}"


def test_files_that_are_unticked_are_left_out_and_their_order_can_be_changed(
    services: Diarium, log_in: LogIn
) -> None:
    uid = arrive(services, with_files=3)
    client = log_in("rut")
    page = page_of(client, f"{FORM}?post={uid}")
    page = read(press(client, FORM, page, move="3").text)
    names = [label.text_content().split(".txt")[0].strip() for label in page.xpath("//ol//label")]
    assert names == ["bilaga 1", "bilaga 3", "bilaga 2"]
    tickets = page.xpath("//input[@name='kept_file']/@value")
    answer = press(client, FORM, page, kept_file=tickets[1:], title="")
    page = read(answer.text)
    assert len(page.xpath("//input[@name='kept_file']")) == 3
    assert page.xpath("//input[@name='kept_file'][not(@checked)]/@id") == ["kept-1"]
    assert press(client, FORM, page, title="Rubrik", then="").status_code == 302
    with services.database.reading() as session:
        documents = session.scalars(select(Record)).one().documents
        assert [document.file_name for document in documents] == ["bilaga 3.txt", "bilaga 2.txt"]


# ---- suggestions, cases, parties, templates, copies ----


def test_suggestions_tell_why_and_fill_in_nothing_by_themselves(services: Diarium, log_in: LogIn) -> None:
    registered(services, 3, responsible="hans", unit="Kansliet")
    learn(services)
    uid = arrive(services)
    client = log_in("rut")
    page = page_of(client, f"{FORM}?post={uid}&arende=new")
    panel = page.xpath("//section[@data-suggestions]")[0].text_content()
    assert "Hans Handläggare" in panel
    assert "3 tidigare handlingar från samma avsändare" in panel or "3 liknande handlingar" in panel
    assert value_of(page, "responsible") == ""
    one = page.xpath("//button[@name='use'][starts-with(@value, 'responsible=')]/@value")[0]
    page = read(press(client, FORM, page, use=one).text)
    assert value_of(page, "responsible") == "hans"
    assert value_of(page, "record_type") == ""
    page = read(press(client, FORM, page, do="use_suggestions", record_type="Egen typ").text)
    assert value_of(page, "record_type") == "Egen typ"
    assert value_of(page, "classification") == "1"


def test_kind_of_a_sender_who_is_a_contact_is_suggested(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        wanted = ContactFacts("Kvarnvännerna", PartyKind.ORGANISATION, email="info@kvarnen.example")
        contacts.add(session, SYSTEM, "KS", wanted)
    uid = arrive(services, sender_name="Kvarnvännerna", sender_email="Info@kvarnen.example")
    page = page_of(log_in("rut"), f"{FORM}?post={uid}")
    assert value_of(page, "party-0-kind") == "person"
    panel = page.xpath("//section[@data-suggestions]")[0]
    assert "Kontaktregistret" in panel.text_content()
    assert panel.xpath(".//button[@value='party-0-kind=organisation']")


def test_kind_that_was_read_from_the_name_is_told(services: Diarium, log_in: LogIn) -> None:
    page = page_of(log_in("rut"), f"{FORM}?post={arrive(services, sender_name='Länsstyrelsen')}")
    assert value_of(page, "party-0-kind") == "authority"
    assert "ifylld som myndighet, efter namnet" in page.text_content()


def test_suggestions_are_asked_for_without_a_new_page(services: Diarium, log_in: LogIn) -> None:
    registered(services, 3)
    learn(services)
    client = log_in("rut")
    page = page_of(client, FORM)
    typed = facts(classification="", title="Synpunkter på busslinje 9", csrf_token=token_of(page))
    found = client.post(f"{FORM}/forslag", data=typed).get_json()["suggestions"]
    assert {"field": "record_type", "value": "Skrivelse"}.items() <= {
        key: value for item in found if item["field"] == "record_type" for key, value in item.items()
    }.items()


def test_case_is_found_by_number_title_and_party_open_ones_first(services: Diarium, log_in: LogIn) -> None:
    record = registered(services)[0]
    client = log_in("rut")
    year = today().year
    for text in (f"ks{year}-1", "kollektivt land", "trafikbol", "LANDET"):
        hits = client.get(f"{FORM}/arenden", query_string={"q": text}).get_json()["hits"]
        assert [hit["number"] for hit in hits] == [record.case.number_text], text
        assert hits[0]["why"]
    assert client.get(f"{FORM}/arenden?q=brandstation").get_json()["hits"] == []


def test_search_button_offers_cases_without_losing_what_was_typed(services: Diarium, log_in: LogIn) -> None:
    number = registered(services)[0].case.number_text
    client = log_in("rut")
    page = page_of(client, FORM)
    page = read(press(client, FORM, page, do="find_case", case="landet", title="Min rubrik").text)
    assert page.xpath("//button[@name='choose_case']/@value") == [number]
    page = read(press(client, FORM, page, choose_case=number).text)
    assert (value_of(page, "case"), value_of(page, "title")) == (number, "Min rubrik")
    assert page.xpath("//input[@name='case_choice'][@checked]/@value") == ["existing"]
    page = read(press(client, FORM, page, do="find_case", case="brandstation").text)
    assert "Inget ärende passar" in error_at(page, "case")


def test_picker_tells_an_officer_nothing_of_marked_titles_and_parties(services: Diarium, log_in: LogIn) -> None:
    mark = RestrictionFacts("26:1", Scope.WHOLE)
    registered(services, title="Hemlig placering", restrictions=(mark,))
    officer, registrar = log_in("hans"), log_in("rut")
    for text in ("hemlig", "trafikbolaget"):
        assert officer.get(f"{FORM}/arenden?q={text}").get_json()["hits"] == []
        assert registrar.get(f"{FORM}/arenden?q={text}").get_json()["hits"]
    by_number = officer.get(f"{FORM}/arenden", query_string={"q": f"KS {today().year}/1"}).get_json()["hits"]
    assert [hit["title"] for hit in by_number] == [None]
    assert log_in("siv").get(f"{FORM}/arenden?q=hemlig").get_json()["hits"] == []


def test_known_sender_is_found_and_fills_in_the_row(services: Diarium, log_in: LogIn) -> None:
    registered(services)
    client = log_in("rut")
    page = page_of(client, FORM)
    found = client.post(f"{FORM}/parter", data={"q": "trafik", "csrf_token": token_of(page)}).get_json()["hits"]
    assert found[0]["values"]["party-0-email"] == "info@trafikbolaget.example"
    page = read(press(client, FORM, page, do="find_party-1", **{"party-1-name": "trafik"}).text)
    choice = page.xpath("//button[@name='choose_party']/@value")[0]
    page = read(press(client, FORM, page, choose_party=choice).text)
    assert value_of(page, "party-1-name") == "Trafikbolaget AB"
    assert value_of(page, "party-1-kind") == "organisation"
    assert value_of(page, "party-0-name") == ""


def test_template_fills_in_what_is_empty(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        owner = session.scalars(select(Authority).where(Authority.code == "KS")).one()
        template = RegistrationTemplate(
            authority=owner,
            name="Remiss",
            name_key=sort_key("Remiss"),
            form={"title": "Remiss av ", "record_type": "Remiss", "direction": "incoming"},
        )
        session.add(template)
        session.flush()
        uid = template.uid
    client = log_in("rut")
    assert value_of(page_of(client, f"{FORM}?mall={uid}"), "record_type") == "Remiss"
    page = page_of(client, FORM)
    answer = press(client, FORM, page, do="use_template", template=str(uid), title="Skrivet redan")
    page = read(answer.text)
    assert (value_of(page, "title"), value_of(page, "record_type")) == ("Skrivet redan", "Remiss")


def test_copy_of_an_earlier_record_has_its_facts_but_not_its_day(services: Diarium, log_in: LogIn) -> None:
    record = registered(services)[0]
    page = page_of(log_in("rut"), f"{FORM}?kopia={record.uid}")
    assert value_of(page, "record_type") == "Skrivelse"
    assert value_of(page, "case") == record.case.number_text
    assert value_of(page, "official_on") == ""
    assert log_in("siv").get(f"{FORM}?kopia={record.uid}").status_code == 404


def test_address_with_an_unknown_template_or_draft_is_not_found(log_in: LogIn) -> None:
    client = log_in("rut")
    for query in ("mall=nej", f"mall={uuid.uuid4()}", f"utkast={uuid.uuid4()}", f"post={uuid.uuid4()}", "kopia=1"):
        assert client.get(f"{FORM}?{query}").status_code == 404, query


# ---- drafts ----


def test_draft_survives_the_end_of_the_session_and_goes_when_the_record_is_registered(
    services: Diarium, log_in: LogIn
) -> None:
    client = log_in("rut")
    page = page_of(client, FORM)
    upload = (io.BytesIO(b"Ett brev"), "brev.txt")
    sent = sent_of(page) | facts(title="Halvskriven rubrik", files=upload)
    saved = client.post(f"{FORM}/utkast", data=sent, content_type="multipart/form-data")
    assert saved.status_code == 200, saved.text
    assert [file["file_name"] for file in saved.get_json()["files"]] == ["brev.txt"]
    post(client, "/intern/logout", page)
    client = log_in("rut")
    assert "Du har 1 utkast" in page_of(client, FORM).text_content()
    drafts = page_of(client, f"{FORM}/utkast")
    page = page_of(client, drafts.xpath("//ul[contains(@class, 'draft-list')]//a/@href")[0])
    assert value_of(page, "title") == "Halvskriven rubrik"
    assert "brev.txt" in page.xpath("//ol[@data-attachments]")[0].text_content()
    assert press(client, FORM, page).status_code == 302
    with services.database.reading() as session:
        left = session.scalars(select(Draft)).all()
        assert [(draft.is_spent, draft.form, draft.files) for draft in left] == [(True, {}, [])]
        assert [item.file_name for item in session.scalars(select(Record)).one().documents] == ["brev.txt"]


def test_draft_saved_twice_is_one_and_nobody_elses(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = page_of(client, FORM)
    for title in ("Ett", "Ett två"):
        client.post(f"{FORM}/utkast", data=sent_of(page) | {"title": title}, content_type="multipart/form-data")
    with services.database.reading() as session:
        draft = session.scalars(select(Draft)).one()
    assert draft.form["title"] == "Ett två"
    assert "csrf_token" not in draft.form
    assert log_in("hans").get(f"{FORM}?utkast={draft.uid}").status_code == 404


def test_draft_button_works_without_script_and_the_draft_can_be_thrown_away(
    services: Diarium, log_in: LogIn
) -> None:
    client = log_in("rut")
    answer = press(client, FORM, page_of(client, FORM), do="save_draft", title="Sedan")
    assert answer.headers["Location"] == f"{FORM}/utkast"
    page = page_of(client, f"{FORM}/utkast")
    assert "Sedan" in page.text_content()
    action = page.xpath("//ul[contains(@class, 'draft-list')]//form/@action")[0]
    assert post(client, action, page).status_code == 302
    with services.database.reading() as session:
        assert session.scalars(select(Draft)).all() == []


def test_item_is_gone_on_with_where_it_was_left(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services, with_files=2)
    client = log_in("rut")
    page = page_of(client, f"{FORM}?post={uid}")
    tickets = page.xpath("//input[@name='kept_file']/@value")
    press(client, FORM, page, do="save_draft", title="Bättre rubrik", kept_file=tickets[1:])
    page = page_of(client, f"{FORM}?post={uid}")
    assert value_of(page, "title") == "Bättre rubrik"
    assert len(page.xpath("//input[@name='kept_file']")) == 2
    assert len(page.xpath("//input[@name='kept_file'][@checked]")) == 1
    assert value_of(page_of(client, f"{FORM}?post={uid}&om=1"), "title") == "Synpunkter på busslinje 4"


def test_draft_of_an_item_that_somebody_took_is_opened_without_it(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    client = log_in("rut")
    page = page_of(client, f"{FORM}?post={uid}")
    key = value_of(page, "draft_key")
    press(client, FORM, page, do="save_draft", title="Bättre rubrik")
    press(client, FORM, page, then="", draft_key=f"{key}x")
    with services.database.reading() as session:
        draft = session.scalars(select(Draft).where(~Draft.is_spent)).one()
    page = page_of(client, f"{FORM}?utkast={draft.uid}")
    assert value_of(page, "title") == "Bättre rubrik"
    assert "redan avklarad" in page.text_content()
    assert "post" not in sent_of(page)


# ---- bad input ----

_INVISIBLE = re.compile("[\x00\x07\u202e]")
BAD: dict[str, tuple[dict[str, object], str, str]] = {
    "a day that is none": ({"official_on": "2024-02-31"}, "official_on", "2024-05-01"),
    "a day in words": ({"official_on": "i går"}, "official_on", "2024-05-01"),
    "a day that has not come": ({"official_on": "2999-01-01"}, "official_on", "framtiden"),
    "an unknown class": ({"classification": "99.9"}, "classification", "finns inte"),
    "an unknown case": ({"case_choice": "existing", "case": "KS 1999/9"}, "case", "inget ärende"),
    "an unknown officer": ({"responsible": "nisse"}, "responsible", "ingen användare"),
    "an unknown provision": ({"secrecy": "marked", "provision": "99:99"}, "provision", "99:99"),
    "no title": ({"title": "  "}, "title", "Skriv i korthet"),
    "a title of 10,000 characters": ({"title": "å" * 10_000}, "title", "10000 tecken"),
    "a control character": ({"title": "Brev\x07 om väg"}, "title", "inte syns"),
    "a turn of direction": ({"title": "Faktura \u202etxt.exe"}, "title", "inte syns"),
    "NUL": ({"title": "Brev\x00 om väg"}, "title", "inte syns"),
    "NUL in a note": ({"note": "a\x00b"}, "note", "inte syns"),
    "a number that is no personal number": (
        {"party-0-kind": "person", "party-0-identity_number": "19640823-3235"},
        "party-0-identity_number",
        "inte ett giltigt",
    ),
    "a sender of 300 characters": ({"party-0-name": "a" * 300}, "party-0-name", "200"),
    "an empty file": ({"files": (b"", "tom.txt")}, "files", "tom.txt"),
    "a file that is too large": ({"files": (b"x" * 200_001, "stor.bin")}, "files", "stor.bin"),
    "a locked PDF": (
        {"files": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<< /Encrypt 5 0 R >>\n%%EOF", "låst.pdf")},
        "files",
        "lösenord",
    ),
    "a locked ZIP": ({"files": (b"PK\x03\x04\x14\x00\x01\x00" + b"x" * 40, "låst.zip")}, "files", "lösenord"),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Diarium, FlaskClient]]:
    """A register that takes small files only, and its registrar. Shared: nothing comes to be in it."""
    data = tmp_path_factory.mktemp("small")
    settings = replace(
        from_environment({"DIARIUM_DATA": str(data)}), secret_key="prov" * 8, max_upload_bytes=200_000
    )
    patterns.town(settings.database_url)
    services = Diarium(settings)
    services.prepare()
    Municipality(services.database, services.blobs)
    app = create_app(settings)
    app.testing = True
    patterns.quick_templates(app)
    client = app.test_client()
    send(client, "/intern/login", {"username": "rut", "password": "rut-hemligt-lösen"})
    yield services, client
    services.close()
    app.extensions["diarium"].close()


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_at_its_field_and_what_was_typed_stays(
    small: tuple[Diarium, FlaskClient], name: str
) -> None:
    services, client = small
    wrong, field, message = BAD[name]
    given = {
        key: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
        for key, value in wrong.items()
    }
    answer = send(client, FORM, facts(**{"note": "Skrivet för hand 🚌", **given}))
    page = read(answer.text)
    assert answer.status_code == 422
    assert message in error_at(page, field), page.text_content()
    assert page.xpath(f"//*[contains(@class, 'error-summary')]//a[@href='#{field}']")
    for key, value in facts(**wrong).items():
        if isinstance(value, str) and value and key in {"title", "official_on", "classification", "case", "note"}:
            assert value_of(page, key).strip() == _INVISIBLE.sub("", value).strip(), key
    with services.database.reading() as session:
        assert session.scalars(select(Record)).all() == []


@pytest.mark.parametrize("title", ["Klagomål på buller 🚌🔊", "شكوى بشأن الضوضاء", "Ett ”citat” & <b>tecken</b>"])
def test_emoji_and_scripts_from_right_to_left_are_registered_as_they_are(
    services: Diarium, log_in: LogIn, title: str
) -> None:
    assert send(log_in("rut"), FORM, facts(title=title)).status_code == 302
    with services.database.reading() as session:
        assert session.scalars(select(Record)).one().title == title


def test_locked_file_is_registered_once_that_is_confirmed(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    upload = (io.BytesIO(b"PK\x03\x04\x14\x00\x01\x00" + b"x" * 40), "låst.zip")
    page = read(send(client, FORM, facts(files=upload)).text)
    assert press(client, FORM, page).status_code == 422
    assert press(client, FORM, page, confirm_locked="1").status_code == 302


# ---- the page itself ----


def test_enter_in_a_field_registers_and_presses_no_helping_button(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    client = log_in("rut")
    for address in (FORM, f"{FORM}?post={uid}"):
        form = page_of(client, address).get_element_by_id("registration")
        first = form.xpath(".//button[@type='submit']")[0]
        main = form.xpath(".//button[contains(@class, 'button--primary')]")[0]
        assert (first.get("name"), first.get("value")) == (main.get("name"), main.get("value"))


def test_form_asks_as_many_questions_of_much_data_as_of_little(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    registered(services, 3)
    uids = [arrive(services, with_files=1)]
    client.get(FORM)
    counts = []
    for _round in range(2):
        with statements_of(services.database.engine) as sent:
            page_of(client, FORM)
            page_of(client, f"{FORM}?post={uids[-1]}")
        with statements_of(services.database.engine) as asked:
            client.get(f"{FORM}/arenden?q=kollektivtrafik")
        counts.append((len(sent), len(asked)))
        registered(services, 27)
        uids += [arrive(services, with_files=8) for _number in range(27)]
        for number in range(10):
            send(client, f"{FORM}/utkast", {"draft_key": f"utkast {number}", "title": "Halvt"}, FORM)
    assert counts[0][0] == counts[1][0]
    assert counts[1][1] <= counts[0][1]


def test_token_is_given_to_who_logged_in_anew_and_to_nobody_else(app: Flask, log_in: LogIn) -> None:
    assert log_in("rut").get(f"{FORM}/nyckel").get_json()["csrf_token"]
    assert app.test_client().get(f"{FORM}/nyckel").status_code == 302


# ---- many at once ----


def test_many_files_become_a_record_each_and_bad_rows_wait(services: Diarium, log_in: LogIn) -> None:
    number = registered(services)[0].case.number_text
    client = log_in("rut")
    address = f"{FORM}/flera"
    common = {
        "case_choice": "existing",
        "case": number,
        "direction": "incoming",
        "record_type": "Ansökan",
        "official_on": today().isoformat(),
        "sender": "Föreningen Byn",
        "sender_kind": "organisation",
        "secrecy": "open",
        "do": "list",
    }
    names = ("Ansökan_ett.txt", "Ansökan två.txt", "Ansökan tre.txt")
    uploads = [(io.BytesIO(name.encode()), name) for name in names]
    page = read(send(client, address, {**common, "files": uploads}).text)
    assert value_of(page, "row-1-title") == "Ansökan ett"
    assert value_of(page, "row-3-sender") == "Föreningen Byn"
    rows = _rows_of(page) | {"row-2-official_on": "i går"}
    answer = client.post(address, data=rows | {"do": "register"})
    page = read(answer.text)
    assert answer.status_code == 422
    assert "2024-05-01" in error_at(page, "row-2-official_on")
    assert _count(services) == 1
    page = read(client.post(address, data=_rows_of(page) | {"do": "register_good"}).text)
    assert _count(services) == 3
    assert page.xpath("//input[@name='row']/@value") == ["2"]
    assert value_of(page, "row-2-official_on") == "i går"
    mended = _rows_of(page) | {"row-2-official_on": today().isoformat(), "do": "register"}
    assert "Ansökan två" in read(client.post(address, data=mended).text).text_content()
    assert _count(services) == 4
    client.post(address, data=mended)  # pressed twice
    assert _count(services) == 4


def test_ticked_items_of_the_inbox_are_registered_together_and_settled(services: Diarium, log_in: LogIn) -> None:
    number = registered(services)[0].case.number_text
    uids = [arrive(services, subject=f"Ansökan {place}", with_files=1) for place in range(3)]
    client = log_in("rut")
    inbox = page_of(client, "/intern/inkorg")
    ticked = inbox.xpath("//input[@name='item']/@value")
    page = read(post(client, f"{FORM}/flera/inkorg", inbox, item=ticked).text)
    assert [value_of(page, f"row-{row}-title") for row in (1, 2, 3)] == ["Ansökan 0", "Ansökan 1", "Ansökan 2"]
    rows = _rows_of(page) | {"case": number, "do": "register"}
    assert client.post(f"{FORM}/flera", data=rows).status_code == 200
    with services.database.reading() as session:
        items = session.scalars(select(IntakeItem)).all()
        assert {item.uid for item in items if item.state is ItemState.REGISTERED} == set(uids)
    page = read(client.post(f"{FORM}/flera", data=rows).text)
    assert "redan avklarad" in page.text_content()
    assert _count(services) == 4


def _rows_of(page: html.HtmlElement) -> dict[str, object]:
    form = page.xpath("//form[contains(@action, '/flera')]")[0]
    sent: dict[str, object] = {}
    for name, value in form.form_values():
        known = sent.get(name)
        sent[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return sent


def _count(services: Diarium) -> int:
    with services.database.reading() as session:
        return len(session.scalars(select(Record)).all())
