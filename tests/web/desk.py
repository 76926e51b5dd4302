"""What the tests of the registrar's desk begin with: items in the inbox, pages as a browser reads them."""

from __future__ import annotations

import datetime as dt
import io
import uuid

from flask.testing import FlaskClient
from lxml import html

from diarium.composition import Diarium
from diarium.db.base import now
from diarium.files import service as files
from diarium.identity.permissions import SYSTEM
from diarium.intake import receiving
from diarium.intake.receiving import Arrival, ArrivedFile
from diarium.intake.vocabulary import Channel
from tests.web.conftest import token_of

INBOX = "/intern/inkorg"


def arrive(services: Diarium, *, days_ago: int = 0, with_files: int = 0, **facts: object) -> uuid.UUID:
    """An e-mail at KS; `facts` are those of `Arrival`. Files hold their own numbers and are all different."""
    wanted: dict[str, object] = {
        "authority": "KS",
        "channel": Channel.EMAIL,
        "received_at": now() - dt.timedelta(days=days_ago),
        "subject": "Synpunkter på busslinje 4",
        "sender_name": "Trafikbolaget AB",
        "sender_email": "info@trafikbolaget.example",
        "body": "Hej! Vi har synpunkter på linje 4.",
        "message_id": f"<{uuid.uuid4()}@trafikbolaget.example>",
    }
    wanted |= facts
    with services.database.unit_of_work() as session:
        stored = []
        for number in range(with_files):
            content = f"{wanted['message_id']} {number}".encode()
            sha256 = files.take_in(session, services.blobs, io.BytesIO(content), max_bytes=10_000)
            stored.append(ArrivedFile(f"bilaga {number + 1}.txt", sha256))
        arrival = Arrival(**{"files": tuple(stored), **wanted})  # type: ignore[arg-type]
        return receiving.receive(session, SYSTEM, arrival).uid


def read(text: str) -> html.HtmlElement:
    """A page as a browser takes it: what stands in a <template> is no part of it."""
    page = html.fromstring(text)
    for template in page.xpath("//template"):
        template.drop_tree()
    return page


def page_of(client: FlaskClient, address: str) -> html.HtmlElement:
    """The page at `address`, which must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return read(answer.text)


def sent_of(page: html.HtmlElement, form_id: str = "registration") -> dict[str, object]:
    """What a browser would send of the form with `form_id` as it stands, without a button."""
    form = page.get_element_by_id(form_id)
    sent: dict[str, object] = {}
    for name, value in form.form_values():
        if name in sent:
            known = sent[name]
            sent[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            sent[name] = value
    return sent


def press(client: FlaskClient, address: str, page: html.HtmlElement, **changed: object):  # type: ignore[no-untyped-def]
    """Sends the registration form of `page` with what is changed: fields, or the button that is pressed."""
    return client.post(address, data=sent_of(page) | changed, content_type="multipart/form-data")


def post(client: FlaskClient, address: str, page: html.HtmlElement, **data: object):  # type: ignore[no-untyped-def]
    """Sends a small form with the token of `page`."""
    return client.post(address, data={"csrf_token": token_of(page), **data}, content_type="multipart/form-data")


def error_at(page: html.HtmlElement, field: str) -> str:
    """The message at a field, empty if there is none."""
    found = page.xpath(f"//*[@id='{field}-error']")
    return " ".join(found[0].text_content().split()) if found else ""


def value_of(page: html.HtmlElement, field: str) -> str:
    """What stands in a field."""
    element = page.xpath(f"//*[@name='{field}']")[0]
    # A line feed that begins a text area is none of its text.
    return str(element.value or "").removeprefix("\n")
