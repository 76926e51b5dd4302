"""Hostile files are registered like any other, and nothing that happens to them afterwards hurts anybody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from diarium.app import create_app
from diarium.archive.validation import validate_package
from diarium.audit.revision import fingerprint
from diarium.files.errors import EmptyFile
from diarium.files.models import Blob, BlobText
from diarium.files.names import safe_file_name
from diarium.i18n import today
from diarium.register import closing, correction, publishing
from diarium.register.commands import DocumentFacts
from diarium.register.models import Document, FileReview
from tests.endtoend.conftest import House
from tests.endtoend.packages import official_problems, unpack
from tests.web.conftest import send

CLASS_WITH_FILES = "1.1"
NO_TEXT = {"truncated.pdf", "xml-bomb.xml", "xxe.xml", "xxe.docx"}
MADE_HERE = {
    "rtl-name \u202egpj.exe.pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n",
    "eicar.txt": rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
}


@dataclass(frozen=True)
class Attacked:
    """The house after all the files came in and the worker has seen them."""

    house: House
    contents: dict[str, bytes]
    numbers: dict[str, str]
    harmless: str

    def text_of(self, name: str) -> BlobText:
        with self.house.services.database.reading() as session:
            return session.get_one(BlobText, hashlib.sha256(self.contents[name]).hexdigest())


@pytest.fixture(scope="module")
def attacked(lasting_house: House, shared_material: Path) -> Attacked:
    house = lasting_house
    files = sorted((shared_material / "hostile").iterdir())
    contents = {path.name: path.read_bytes() for path in files if path.name != "MANIFEST.json"} | MADE_HERE
    del contents["empty.pdf"]
    numbers = {}
    with house.services.database.unit_of_work() as session:
        case = house.town.case(session, title="Postlådan", classification=CLASS_WITH_FILES)
        for name, content in contents.items():
            document = DocumentFacts(house.store(session, content), safe_file_name(name), is_released=True)
            record = house.town.record(session, case, title="Fil som inkommit", documents=(document,))
            numbers[name] = record.number_text
        safe = DocumentFacts(house.store(session, b"Vattenskyddsplan"), "plan.txt", is_released=True)
        harmless = house.town.record(session, case, title="Ofarlig fil", documents=(safe,)).number_text
    house.work()
    with house.services.database.unit_of_work() as session:
        # Those that could not be read whole, or hold an address, wait for somebody to look at them.
        for review in session.scalars(select(FileReview)):
            seen = fingerprint(review.facts)
            publishing.decide_review(session, house.town.registrar, review, approve=True, reason="Prov", seen=seen)
    house.work()
    return Attacked(house, contents, numbers, harmless)


@pytest.fixture(scope="module")
def browser(attacked: Attacked) -> Iterator[FlaskClient]:
    """A registrar's browser, logged in; it can look at the public pages too."""
    app = create_app(attacked.house.services.settings)
    client = app.test_client()
    send(client, "/intern/login", {"username": "rut", "password": "rut-hemligt-lösen"})
    yield client
    app.extensions["diarium"].close()


def test_every_file_is_examined_and_nothing_is_parked(attacked: Attacked) -> None:
    assert attacked.house.parked() == []
    with attacked.house.services.database.reading() as session:
        blobs = session.scalars(select(Blob)).all()
        assert len(blobs) == len(attacked.contents) + 1
        assert [blob.sha256 for blob in blobs if blob.examined_at is None] == []


def test_original_bytes_are_kept(attacked: Attacked) -> None:
    for name, content in attacked.contents.items():
        with attacked.house.services.blobs.open(hashlib.sha256(content).hexdigest()) as stored:
            assert stored.read() == content, name


def test_empty_file_is_refused_with_a_message(attacked: Attacked) -> None:
    with pytest.raises(EmptyFile, match="tom"), attacked.house.services.database.unit_of_work() as session:
        attacked.house.store(session, b"")


@pytest.mark.parametrize("name", sorted(NO_TEXT))
def test_file_that_can_not_be_read_has_a_note_and_no_text(attacked: Attacked, name: str) -> None:
    found = attacked.text_of(name)
    assert found.text == ""
    assert found.note is not None
    assert len(found.note) > 10


def test_texts_in_old_encodings_are_decoded(attacked: Attacked) -> None:
    for name, encoding in (("latin1.txt", "latin-1"), ("utf16.txt", "utf-16")):
        wanted = attacked.contents[name].decode(encoding).strip()
        assert attacked.text_of(name).text.strip() == wanted, name
        word = max(wanted.split(), key=len).strip(".,!")
        assert attacked.numbers[name] in attacked.house.found(word), word


def test_controls_formulas_and_scripts_become_harmless_text(attacked: Attacked) -> None:
    assert "\x00" not in attacked.text_of("nul.txt").text
    assert attacked.text_of("formula.csv").text.splitlines()[-1] in attacked.contents["formula.csv"].decode()
    assert "alert" not in attacked.text_of("script.html").text
    assert "root:" not in attacked.text_of("xxe.xml").text + attacked.text_of("xxe.docx").text


def test_disguised_program_is_known_for_what_it_is(attacked: Attacked) -> None:
    with attacked.house.services.database.reading() as session:
        blob = session.get_one(Blob, hashlib.sha256(attacked.contents["not-a-pdf.pdf"]).hexdigest())
        assert blob.mime != "application/pdf"
        assert blob.warnings != []


def test_search_goes_on_working(attacked: Attacked) -> None:
    assert attacked.house.found("vattenskyddsplaner") == [attacked.harmless]
    assert attacked.house.found_by_public("vattenskyddsplan") == [attacked.harmless]
    assert len(attacked.house.found('titel:"fil som inkommit"')) == len(attacked.contents)


def test_staff_get_every_file_as_a_download_with_a_name_that_does_not_lie(
    attacked: Attacked, browser: FlaskClient
) -> None:
    for document in _documents(attacked.house):
        answer = browser.get(f"/intern/fil/{document.uid}")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert hashlib.sha256(answer.data).hexdigest() == document.sha256
        assert not set(document.file_name) & set("\u202e/\\\x00")


def test_public_gets_active_files_only_as_downloads(attacked: Attacked, browser: FlaskClient) -> None:
    shown_in_the_page = {}
    for document in _documents(attacked.house):
        answer = browser.get(f"/fil/{document.uid}")
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        if not answer.headers["Content-Disposition"].startswith("attachment"):
            shown_in_the_page[document.file_name] = answer.mimetype
    assert set(shown_in_the_page.values()) <= {"application/pdf", "text/plain", "image/png"}
    assert not {"script.html", "active.svg", "xxe.xml", "not-a-pdf.pdf"} & set(shown_in_the_page)


def test_package_with_all_of_them_is_valid(attacked: Attacked, tmp_path: Path) -> None:
    house = attacked.house
    day = today()
    with house.services.database.unit_of_work() as session:
        case = house.town.case(session, title="Arkiverade filer", classification=CLASS_WITH_FILES)
        for name, content in attacked.contents.items():
            document = DocumentFacts(house.store(session, content), safe_file_name(name))
            house.town.record(session, case, title=name, documents=(document,))
        closing.close(session, house.town.registrar, case)
    period = ("--from", day.isoformat(), "--to", day.isoformat())
    result = house.run("export", "--authority", "KS", *period, "--out", tmp_path)
    assert result.exit_code == 0, result.stderr
    root = unpack(Path(result.stdout.splitlines()[-1]), tmp_path / "unpacked")
    assert validate_package(root).is_valid
    packed = {hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}
    assert {hashlib.sha256(content).hexdigest() for content in attacked.contents.values()} <= packed
    assert official_problems(root) == []


def test_withdrawn_file_is_gone_for_the_public(attacked: Attacked, browser: FlaskClient) -> None:
    house = attacked.house
    with house.services.database.unit_of_work() as session:
        document = session.scalars(select(Document).where(Document.file_name == "script.html")).first()
        assert document is not None
        correction.release_document(session, house.town.registrar, document, released=False)
    house.work()
    assert browser.get(f"/fil/{document.uid}").status_code == 404


def _documents(house: House) -> list[Document]:
    with house.services.database.reading() as session:
        return list(session.scalars(select(Document).where(Document.is_released).order_by(Document.id)))
