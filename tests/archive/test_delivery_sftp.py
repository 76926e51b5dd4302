"""Sending over SFTP to a real OpenSSH: known hosts, keys, broken lines, what lies there already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from diarium.archive import agreements, delivering
from diarium.archive.agreement_models import DeliveryAgreement
from diarium.archive.delivery_models import PackageReceipt
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.receipt_collecting import ReceiptCollector
from diarium.archive.transport.errors import TransportError, UnknownHostKey
from diarium.archive.transport.port import CHUNK
from diarium.archive.transport.settings import SftpSettings
from diarium.archive.transport.sftp import SftpTransport
from diarium.settings import DeliverySettings
from tests.archive.delivery_bench import DeliveryBench, FreeCourse, parcel_of
from tests.archive.delivery_servers import SSHD, BreakingLine, SshServer, free_port
from tests.conftest import Municipality

pytestmark = pytest.mark.skipif(not Path(SSHD).exists(), reason="OpenSSH's sshd is not installed")
CONTENT = bytes(range(256)) * (4 * CHUNK // 256) + b"slut"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    server = SshServer(tmp_path_factory.mktemp("sshd"))
    yield server
    server.close()


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path, server: SshServer) -> DeliveryBench:
    bench = DeliveryBench(sqlite_municipality, tmp_path)
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "ARKIVET").write_bytes((server.folder / "client_key").read_bytes())
    (keys / "FEL").write_bytes((server.folder / "other_key").read_bytes())
    bench.policy = DeliverySettings(hosts=(f"127.0.0.1:{server.port}",), keys=keys)
    return bench


@pytest.fixture
def line(server: SshServer) -> Iterator[Callable[[int], BreakingLine]]:
    lines: list[BreakingLine] = []

    def opened(breaks_after: int) -> BreakingLine:
        lines.append(BreakingLine(server.port, breaks_after=breaks_after))
        return lines[-1]

    yield opened
    for one in lines:
        one.close()


def facts_of(bench: DeliveryBench, server: SshServer, **changes: Any) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": str(server.port),
        "username": server.username,
        "secret": "ARKIVET",
        "folder": str(bench.inbox),
        "return_folder": str(bench.returns),
        "host_keys": server.fingerprint,
        **changes,
    }


def agreement_of(bench: DeliveryBench, server: SshServer, **changes: Any) -> DeliveryAgreement:
    return bench.agreement(transport="sftp", transport_facts=facts_of(bench, server, **changes))


def opened(bench: DeliveryBench, server: SshServer, **changes: Any) -> SftpTransport:
    facts = facts_of(bench, server) | changes
    policy = replace(bench.policy, hosts=(*bench.policy.hosts, f"127.0.0.1:{facts['port']}"))
    keys = (facts.pop("host_keys"),)
    return SftpTransport(SftpSettings(**{**facts, "port": int(facts["port"]), "host_keys": keys}), policy)


def test_nothing_is_sent_to_a_server_whose_key_nobody_has_accepted(
    bench: DeliveryBench, server: SshServer
) -> None:
    agreement = agreement_of(bench, server, host_keys="")
    made = bench.delivery(bench.part(CONTENT), agreement)
    with pytest.raises(UnknownHostKey, match="inte känd") as caught:
        agreements.probe(bench.database, bench.archivist, agreement.uid, bench.policy)
    assert (caught.value.fingerprint, caught.value.is_changed) == (server.fingerprint, False)
    bench.round().run()
    failed = bench.read(made)
    assert failed.state is DeliveryState.FAILED
    assert server.fingerprint in str(failed.last_error), "the archivist can compare"
    assert list(bench.inbox.iterdir()) == []
    with bench.database.unit_of_work() as session:
        agreements.accept_host_key(session, bench.archivist, agreement.uid, server.fingerprint, version=1)
        delivering.approve(session, bench.archivist, made.uid, bench.exports)
    agreements.probe(bench.database, bench.archivist, agreement.uid, bench.policy)
    bench.round().run()
    arrived = bench.read(made)
    assert (arrived.state, arrived.proof) == (DeliveryState.RECEIVED, "size")
    assert [path.read_bytes() for path in bench.inbox.iterdir()] == [CONTENT]


def test_another_key_than_the_accepted_one_is_told_as_a_danger(bench: DeliveryBench, server: SshServer) -> None:
    with pytest.raises(UnknownHostKey, match="en annan värdnyckel") as caught:
        opened(bench, server, host_keys="SHA256:" + "x" * 43)
    assert caught.value.is_changed
    assert caught.value.is_lasting


def test_a_key_that_is_not_let_in_is_told_without_the_secret(bench: DeliveryBench, server: SshServer) -> None:
    with pytest.raises(TransportError, match="släppte inte in") as caught:
        opened(bench, server, secret="FEL")
    assert caught.value.is_lasting
    assert "PRIVATE" not in caught.value.message


def test_a_password_is_read_from_the_environment_alone(
    bench: DeliveryBench, server: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TransportError, match="DIARIUM_DELIVERY_SECRET_LOSEN"):
        opened(bench, server, secret="LOSEN")
    monkeypatch.setenv("DIARIUM_DELIVERY_SECRET_LOSEN", "hemligt-lösen-47")
    with pytest.raises(TransportError, match=r"släppte inte in|ansluta") as caught:
        opened(bench, server, secret="LOSEN")
    assert "hemligt" not in caught.value.message
    key = (server.folder / "client_key").read_text()
    monkeypatch.setenv("DIARIUM_DELIVERY_SECRET_LOSEN", key)
    opened(bench, server, secret="LOSEN").close()


def test_a_server_that_is_away_is_tried_again(bench: DeliveryBench, server: SshServer) -> None:
    with pytest.raises(TransportError, match="ansluta") as caught:
        opened(bench, server, port=free_port())
    assert not caught.value.is_lasting


def test_a_broken_line_leaves_half_a_package_that_is_gone_on_with(
    bench: DeliveryBench, server: SshServer, line: Callable[[int], BreakingLine]
) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    breaking = line(2 * CHUNK)
    broken = opened(bench, server, port=breaking.port)
    with pytest.raises(TransportError, match="bröts") as caught:
        broken.send(parcel, FreeCourse())
    broken.close()
    breaking.wait()
    assert not caught.value.is_lasting
    half = bench.inbox / parcel.partial_name
    there = half.stat().st_size
    assert 0 < there < len(CONTENT)
    course, whole = FreeCourse(), opened(bench, server)
    whole.send(parcel, course)
    whole.close()
    assert course.places[0] == there
    assert (bench.inbox / "paket.zip").read_bytes() == CONTENT
    assert not half.exists()


def test_what_lies_there_under_the_name_decides(bench: DeliveryBench, server: SshServer) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    transport = opened(bench, server)
    there = bench.inbox / "paket.zip"
    for other in (b"mottagarens", CONTENT[:-1] + b"?"):
        there.write_bytes(other)
        with pytest.raises(TransportError, match="skrivs inte över"):
            transport.send(parcel, FreeCourse())
        assert there.read_bytes() == other
    there.write_bytes(CONTENT)
    course = FreeCourse()
    assert transport.send(parcel, course).place == f"sftp://127.0.0.1:{server.port}/{str(there)[1:]}"
    assert course.places == [], "it had arrived already"
    half = bench.inbox / parcel.partial_name
    half.write_bytes(b"halva")
    transport.discard(parcel, None)
    transport.discard(parcel, None)
    assert not half.exists()
    transport.close()


def test_a_folder_that_is_missing_is_told(bench: DeliveryBench, server: SshServer) -> None:
    transport = opened(bench, server, folder=str(bench.inbox / "saknas"))
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    for act in (transport.probe, lambda: transport.send(parcel, FreeCourse())):
        with pytest.raises(TransportError, match="Mappen finns inte") as caught:
            act()
        assert caught.value.is_lasting
    transport.close()


def test_returned_files_are_fetched_once_and_links_never(bench: DeliveryBench, server: SshServer) -> None:
    part = bench.part(CONTENT)
    made = bench.delivery(part, agreement_of(bench, server))
    bench.round().run()
    (bench.returns / "kvittens.xml").write_text(
        f"<kvittens><paket>{part.uid}</paket><status>OK</status></kvittens>"
    )
    (bench.returns / "hemligt.txt").symlink_to(server.folder / "client_key")
    (bench.returns / "mapp").mkdir()
    collector = ReceiptCollector(bench.database, bench.town.blobs, bench.policy)
    assert (collector.run(), collector.run()) == (1, 0)
    with bench.database.reading() as session:
        receipt = session.scalars(select(PackageReceipt)).one()
    assert (receipt.delivery_id, receipt.file_name) == (made.id, "kvittens.xml")
    assert bench.read(made).state is DeliveryState.RECEIVED, "a file confirms nothing by itself"
