"""The files of what waits are looked into before anybody registers them."""

from __future__ import annotations

import io

from sqlalchemy import select

from diarium.db.base import now
from diarium.files import service as files
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.models import BlobText
from diarium.identity.permissions import SYSTEM
from diarium.intake import receiving
from diarium.intake.item_files import ItemFilesChore
from diarium.intake.receiving import Arrival, ArrivedFile
from diarium.intake.vocabulary import Channel
from tests.conftest import Municipality


def receive(municipality: Municipality, content: bytes) -> None:
    """A scanned file in the inbox of KS."""
    with municipality.database.unit_of_work() as session:
        sha256 = files.take_in(session, municipality.blobs, io.BytesIO(content), max_bytes=10_000)
        receiving.receive(
            session,
            SYSTEM,
            Arrival("KS", Channel.SCAN, now(), "Skannat", files=(ArrivedFile("skannat.txt", sha256),)),
        )


def test_text_of_a_waiting_file_is_there_and_each_content_is_read_once(sqlite_municipality: Municipality) -> None:
    with ExtractionSandbox() as sandbox:
        chore = ItemFilesChore(sqlite_municipality.database, sqlite_municipality.blobs, sandbox)
        receive(sqlite_municipality, b"Ansokan om bygglov")
        receive(sqlite_municipality, b"Ansokan om bygglov")
        assert chore.run() == 1
        assert chore.run() == 0
        receive(sqlite_municipality, b"Klagomal pa buller")
        assert chore.run() == 1
    with sqlite_municipality.database.reading() as session:
        texts = session.scalars(select(BlobText.text).order_by(BlobText.text)).all()
    assert [text.strip() for text in texts] == ["Ansokan om bygglov", "Klagomal pa buller"]
