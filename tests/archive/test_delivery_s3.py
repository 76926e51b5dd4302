"""Sending to an S3 service: in parts, gone on with, checked by checksum, never over what lies there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import select

from diarium.archive import agreements, delivering
from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.delivery_models import PackageReceipt
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.receipt_collecting import ReceiptCollector
from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.port import Stopped
from diarium.archive.transport.s3 import S3Transport
from diarium.archive.transport.settings import S3Settings
from diarium.settings import DeliverySettings
from tests.archive.delivery_bench import DeliveryBench, FreeCourse, parcel_of
from tests.archive.delivery_servers import free_port
from tests.conftest import Municipality

PART = 5 * 1024 * 1024  # the least that S3 takes
CONTENT = bytes(range(256)) * (2 * PART // 256) + b"slut"
BUCKET = "leveranser"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(endpoint: str) -> Iterator[Any]:
    """The receiver's own view of its bucket, empty at first."""
    client = boto3.session.Session().client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id="mottagaren", aws_secret_access_key="x",
    )  # fmt: skip
    client.create_bucket(Bucket=BUCKET)
    yield client
    for row in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=row["Key"])
    for upload in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture
def bench(
    sqlite_municipality: Municipality, tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> DeliveryBench:
    bench = DeliveryBench(sqlite_municipality, tmp_path)
    bench.policy = DeliverySettings(hosts=(endpoint.removeprefix("http://"),), allows_http=True)
    monkeypatch.setenv("DIARIUM_DELIVERY_SECRET_S3", "nyckel:hemlig")
    return bench


@contextmanager
def in_small_parts(
    kind: TransportKind, facts: Mapping[str, Any], policy: DeliverySettings
) -> Iterator[S3Transport]:
    with closing(S3Transport(S3Settings(**facts), policy, part_bytes=PART)) as transport:
        yield transport


def agreement_of(bench: DeliveryBench, endpoint: str, **changes: str) -> DeliveryAgreement:
    facts = {"endpoint": endpoint, "bucket": BUCKET, "secret": "S3", "prefix": "in/ks", "return_prefix": "svar"}
    return bench.agreement(transport="s3", transport_facts=facts | changes)


def transport_of(bench: DeliveryBench, endpoint: str, **changes: str) -> S3Transport:
    facts = {"endpoint": endpoint, "bucket": BUCKET, "secret": "S3"} | changes
    return S3Transport(S3Settings(**facts), bench.policy, part_bytes=PART)


def uploads(client: Any) -> list[str]:
    return [row["UploadId"] for row in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]


def test_a_package_is_sent_in_parts_in_several_turns(bench: DeliveryBench, client: Any, endpoint: str) -> None:
    part = bench.part(CONTENT)
    made = bench.delivery(part, agreement_of(bench, endpoint))
    agreements.probe(bench.database, bench.archivist, made.agreement.uid, bench.policy)
    rounds = bench.round(opener=in_small_parts, slice_seconds=0)
    places, tokens = [], set()
    while bench.read(made).state in (DeliveryState.READY, DeliveryState.SENDING):
        rounds.run()
        row = bench.read(made)
        places.append(row.sent_bytes)
        tokens.add(row.transfer_token)
    assert places == [0, PART, 2 * PART, len(CONTENT)]
    assert len(tokens - {None}) == 1, "one upload, gone on with"
    arrived = bench.read(made)
    assert (arrived.state, arrived.proof) == (DeliveryState.RECEIVED, "checksum")
    assert arrived.remote_place == f"s3://{BUCKET}/in/ks/{part.package_name}"
    keys = [row["Key"] for row in client.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == [f"in/ks/{part.package_name}"], "the probe left nothing"
    found = client.get_object(Bucket=BUCKET, Key=keys[0])
    assert (found["Body"].read(), found["Metadata"]) == (CONTENT, {"sha256": part.package_sha256})


def test_parts_that_lie_there_as_they_should_are_not_sent_again(
    bench: DeliveryBench, client: Any, endpoint: str
) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)

    def stop() -> None:
        raise Stopped

    with closing(transport_of(bench, endpoint)) as transport:
        first = FreeCourse(at=PART, act=stop)
        with pytest.raises(Stopped):
            transport.send(parcel, first)
        second = FreeCourse(first.token)
        transport.send(parcel, second)
        third = FreeCourse("en-uppladdning-som-inte-finns")
        assert transport.send(parcel, third).proof == "checksum", "what a crash just before the last note leaves"
    assert (first.places, second.places, third.places) == ([0, PART], [PART, 2 * PART, len(CONTENT)], [])
    assert uploads(client) == []


def test_a_forgotten_upload_is_begun_anew(bench: DeliveryBench, client: Any, endpoint: str) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    with closing(transport_of(bench, endpoint)) as transport:
        course = FreeCourse("en-uppladdning-som-inte-finns")
        transport.send(parcel, course)
    assert course.places[0] == 0
    assert client.head_object(Bucket=BUCKET, Key="paket.zip")["ContentLength"] == len(CONTENT)


def test_an_object_of_the_same_name_is_never_overwritten(bench: DeliveryBench, client: Any, endpoint: str) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    client.put_object(Bucket=BUCKET, Key="paket.zip", Body=b"mottagarens")
    with (
        closing(transport_of(bench, endpoint)) as transport,
        pytest.raises(TransportError, match="skrivs inte över"),
    ):
        transport.send(parcel, FreeCourse())
    assert client.get_object(Bucket=BUCKET, Key="paket.zip")["Body"].read() == b"mottagarens"


def test_an_object_that_is_not_what_it_says_is_removed_and_told(
    bench: DeliveryBench, client: Any, endpoint: str
) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    forged = b"?" + CONTENT[1:]
    client.put_object(Bucket=BUCKET, Key="paket.zip", Body=forged, Metadata={"sha256": parcel.sha256})
    with closing(transport_of(bench, endpoint)) as transport:
        with pytest.raises(TransportError, match="inte detsamma") as caught:
            transport.send(parcel, FreeCourse())
        assert not caught.value.is_lasting
        client.put_object(Bucket=BUCKET, Key="paket.zip", Body=CONTENT, Metadata={"sha256": parcel.sha256})
        assert transport.send(parcel, FreeCourse()).proof == "read_back", "sent whole, by some other program"


def test_a_withdrawn_delivery_leaves_no_parts(bench: DeliveryBench, client: Any, endpoint: str) -> None:
    made = bench.delivery(bench.part(CONTENT), agreement_of(bench, endpoint))
    rounds = bench.round(opener=in_small_parts, slice_seconds=0)
    rounds.run(), rounds.run()
    assert len(uploads(client)) == 1
    with bench.database.unit_of_work() as session:
        delivering.stop(session, bench.archivist, made.uid)
        delivering.withdraw(session, bench.archivist, made.uid, "Fel period")
    rounds.run()
    assert uploads(client) == []
    assert not bench.read(made).has_leftover


def test_what_stands_in_the_way_is_told(
    bench: DeliveryBench, client: Any, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    with closing(transport_of(bench, endpoint, bucket="finns-inte")) as transport:
        with pytest.raises(TransportError, match="finns inte hos"):
            transport.probe()
        with pytest.raises(TransportError, match="finns inte hos") as caught:
            transport.send(parcel, FreeCourse())
    assert caught.value.is_lasting
    monkeypatch.setenv("DIARIUM_DELIVERY_SECRET_FEL", "baraett")
    with pytest.raises(TransportError, match="DIARIUM_DELIVERY_SECRET_FEL") as caught:
        transport_of(bench, endpoint, secret="FEL")
    assert "baraett" not in caught.value.message
    with pytest.raises(TransportError, match="DIARIUM_DELIVERY_HOSTS"):
        transport_of(bench, "http://127.0.0.1:1")
    away = f"http://127.0.0.1:{free_port()}"
    bench.policy = DeliverySettings(hosts=(away.removeprefix("http://"),), allows_http=True)
    with closing(transport_of(bench, away)) as transport, pytest.raises(TransportError, match="ansluta") as caught:
        transport.probe()
    assert not caught.value.is_lasting


def test_receipts_under_the_return_prefix_are_taken_in_once(
    bench: DeliveryBench, client: Any, endpoint: str
) -> None:
    part = bench.part(CONTENT)
    made = bench.delivery(part, agreement_of(bench, endpoint))
    bench.round().run()
    client.put_object(Bucket=BUCKET, Key=f"svar/{part.uid}.txt", Body="Godkänd".encode())
    client.put_object(Bucket=BUCKET, Key="svar/annat.csv", Body=b"a;b\n1;2\n")
    client.put_object(Bucket=BUCKET, Key="svar/tom.txt", Body=b"")
    collector = ReceiptCollector(bench.database, bench.town.blobs, bench.policy)
    assert (collector.run(), collector.run()) == (2, 0)
    with bench.database.reading() as session:
        rows = {row.file_name: row for row in session.scalars(select(PackageReceipt))}
    assert rows["annat.csv"].delivery_id is None
    receipt = rows[f"{part.uid}.txt"]
    assert (receipt.delivery_id, receipt.found and receipt.found["outcome"]) == (made.id, "accepted")
