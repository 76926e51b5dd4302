"""Delivery agreements: what they may say, who may change them, and where packages may go."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.archive import agreement_facts, agreements
from diarium.archive.criteria import MIB, PackageLimits
from diarium.archive.delivery_errors import AgreementConflict, AgreementNotFound, InvalidAgreement
from diarium.archive.package_people import Contact, Organisation
from diarium.archive.transport.errors import InvalidTransport, TransportError
from diarium.audit.models import AuditEvent
from diarium.errors import DomainError, NotAllowed
from diarium.settings import DeliverySettings, SettingsError, from_environment
from tests.archive.delivery_bench import DeliveryBench
from tests.conftest import Municipality


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path) -> DeliveryBench:
    return DeliveryBench(sqlite_municipality, tmp_path)


def test_an_agreement_gives_the_packages_their_facts_and_limits(
    municipality: Municipality, tmp_path: Path
) -> None:
    bench = DeliveryBench(municipality, tmp_path)
    made = bench.agreement(
        receiver_code="212000-0142",
        previous_numbers="ÖK-2020-7\nÖK-2022-3\nÖK-2020-7",
        reference_code="SE/KA/1",
        creator_name="Ekdala kommun",
        creator_code="VAT:SE212000014201",
        contact_name="Arkivfunktionen",
        contact_email="arkiv@ekdala.example",
        archival_name="Kommunstyrelsens arkiv",
        information_class="2",
        max_package_mib="2 000",
        max_package_files="5000",
    )
    with bench.database.reading() as session:
        agreement = agreements.find(session, bench.archivist, made.uid)
        told = agreements.delivery_of(session, agreement)
    assert told.preserver == Organisation("Kommunarkivet i Ekdala", "ORG:212000-0142")
    assert told.creator == Organisation("Ekdala kommun", "VAT:SE212000014201")
    assert told.editor is None
    assert told.contact == Contact("Arkivfunktionen", "arkiv@ekdala.example", None)
    assert (told.submission_agreement, told.reference_code) == ("ÖK-2024-1", "SE/KA/1")
    assert told.previous_submission_agreements == ("ÖK-2020-7", "ÖK-2022-3")
    assert (told.archival_name, told.information_class) == ("Kommunstyrelsens arkiv", "2")
    assert agreements.limits_of(agreement) == PackageLimits(2000 * MIB, 5000)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": " "}),
        ("number", {"number": ""}),
        ("receiver_name", {"receiver_name": ""}),
        ("receiver_code", {"receiver_code": "212000-0143"}),
        ("receiver_code", {"receiver_code": "FOO:1"}),
        ("creator_name", {"creator_code": "212000-0142"}),
        ("contact_name", {"contact_phone": "08-1"}),
        ("contact_email", {"contact_name": "A", "contact_email": "ingen adress"}),
        ("max_package_mib", {"max_package_mib": "0"}),
        ("max_package_files", {"max_package_files": "många"}),
        ("previous_numbers", {"previous_numbers": "\n".join(str(number) for number in range(30))}),
        ("profile", {"profile": "fgs3"}),
        ("transport", {"transport": "duva"}),
    ],
)
def test_what_is_wrong_is_told_at_its_field(bench: DeliveryBench, field: str, changes: dict[str, str]) -> None:
    with pytest.raises(DomainError) as caught:
        bench.agreement(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("kind", "field", "facts"),
    [
        ("folder", "path", {"path": "/etc"}),
        ("folder", "path", {"path": "relativ/mapp"}),
        ("folder", "path", {"path": "{inbox}/../../etc"}),
        ("folder", "path", {"path": "{link}"}),
        ("folder", "return_path", {"path": "{inbox}", "return_path": "/var"}),
        ("sftp", "host", {"host": "internt.kommunen.se", "username": "u", "secret": "ARKIVET"}),
        ("sftp", "host", {"host": "sftp.arkivet.se", "port": "25", "username": "u", "secret": "ARKIVET"}),
        ("sftp", "host", {"host": "http://sftp.arkivet.se", "username": "u", "secret": "ARKIVET"}),
        ("sftp", "port", {"host": "sftp.arkivet.se", "port": "-1", "username": "u", "secret": "ARKIVET"}),
        ("sftp", "username", {"host": "sftp.arkivet.se", "secret": "ARKIVET"}),
        ("sftp", "secret", {"host": "sftp.arkivet.se", "username": "u", "secret": "../../etc/passwd"}),
        ("sftp", "secret", {"host": "sftp.arkivet.se", "username": "u", "secret": "hemligt!"}),
        ("sftp", "folder", {"host": "sftp.arkivet.se", "username": "u", "secret": "A", "folder": "a/../../b"}),
        ("sftp", "host_keys", {"host": "sftp.arkivet.se", "username": "u", "secret": "A", "host_keys": "MD5:aa"}),
        ("s3", "endpoint", {"endpoint": "http://s3.arkivet.se", "bucket": "leverans", "secret": "A"}),
        ("s3", "endpoint", {"endpoint": "https://169.254.169.254", "bucket": "leverans", "secret": "A"}),
        ("s3", "endpoint", {"endpoint": "https://u:p@s3.arkivet.se", "bucket": "leverans", "secret": "A"}),
        ("s3", "endpoint", {"endpoint": "https://s3.arkivet.se:9000", "bucket": "leverans", "secret": "A"}),
        ("s3", "bucket", {"endpoint": "https://s3.arkivet.se", "bucket": "En Hink", "secret": "A"}),
        ("s3", "prefix", {"endpoint": "https://s3.arkivet.se", "bucket": "hink", "secret": "A", "prefix": "../x"}),
    ],
)
def test_a_transport_leads_nowhere_that_the_operator_has_not_allowed(
    bench: DeliveryBench, tmp_path: Path, kind: str, field: str, facts: dict[str, str]
) -> None:
    bench.policy = DeliverySettings(folders=(bench.inbox,), hosts=("sftp.arkivet.se", "s3.arkivet.se"))
    link = bench.inbox / "link"
    link.symlink_to(tmp_path.parent)
    places = {"inbox": bench.inbox, "link": link}
    filled = {name: text.format(**places) for name, text in facts.items()}
    with pytest.raises(DomainError) as caught:
        bench.agreement(transport=kind, transport_facts=filled)
    assert caught.value.field == field


def test_only_those_who_export_see_and_change_agreements(bench: DeliveryBench) -> None:
    made = bench.agreement()
    town = bench.town
    for actor in (town.registrar, town.officer, town.administrator, town.outsider):
        with bench.database.unit_of_work() as session:
            assert list(agreements.listing(session, actor)) == []
            with pytest.raises(AgreementNotFound):
                agreements.find(session, actor, made.uid)
            with pytest.raises(NotAllowed):
                agreements.create(session, actor, "KS", bench.facts(name="En annan"), bench.policy)


def test_two_who_change_the_same_agreement_do_not_overwrite_each_other(bench: DeliveryBench) -> None:
    made = bench.agreement()
    with bench.database.unit_of_work() as session:
        agreements.change(session, bench.archivist, made.uid, bench.facts(note="Ny"), bench.policy, version=1)
    with bench.database.unit_of_work() as session, pytest.raises(AgreementConflict):
        agreements.change(session, bench.archivist, made.uid, bench.facts(note="Sen"), bench.policy, version=1)
    with bench.database.unit_of_work() as session:
        again = agreements.change(
            session, bench.archivist, made.uid, bench.facts(note="Ny"), bench.policy, version=2
        )
        assert again.version == 2, "what changes nothing is no change"
    with bench.database.unit_of_work() as session, pytest.raises(InvalidAgreement, match="heter"):
        agreements.create(session, bench.archivist, "KS", bench.facts(name="KOMMUNARKIVET"), bench.policy)
    with bench.database.unit_of_work() as session:
        agreements.set_active(session, bench.archivist, made.uid, active=False, version=2)
        assert not agreements.listing(session, bench.archivist, only_active=True)
        actions = [event.action for event in agreements.history(session, made)]
    assert actions == ["delivery_agreement.retired", "delivery_agreement.changed", "delivery_agreement.created"]


def test_what_a_form_shows_can_be_saved_again_unchanged(bench: DeliveryBench) -> None:
    bench.policy = DeliverySettings(folders=(bench.inbox,), hosts=("sftp.arkivet.se",))
    facts = {
        "host": "sftp.arkivet.se", "username": "ekdala", "secret": "DIARIUM_DELIVERY_SECRET_ARKIVET",
        "folder": "in/", "host_keys": "SHA256:" + "a" * 43 + "\nSHA256:" + "b" * 43,
    }  # fmt: skip
    made = bench.agreement(transport="sftp", transport_facts=facts, previous_numbers="A\nB", max_package_mib="5")
    assert made.transport_settings["secret"] == "ARKIVET"
    shown = agreement_facts.typed(made)
    names = set(agreement_facts.AgreementFacts.__dataclass_fields__) - {"transport_facts"}
    again = agreement_facts.AgreementFacts(
        **{
            name: shown[name] if isinstance(shown[name], bool) else str(shown[name]) for name in names & set(shown)
        },
        transport_facts=shown,
    )
    with bench.database.unit_of_work() as session:
        saved = agreements.change(session, bench.archivist, made.uid, again, bench.policy, version=1)
    assert saved.version == 1


def test_trying_the_connection_leaves_nothing_and_is_noted(bench: DeliveryBench) -> None:
    made = bench.agreement()
    agreements.probe(bench.database, bench.archivist, made.uid, bench.policy)
    assert list(bench.inbox.iterdir()) == []
    bench.returns.rmdir()
    with pytest.raises(TransportError, match="kan inte användas"):
        agreements.probe(bench.database, bench.archivist, made.uid, bench.policy)
    with pytest.raises(TransportError, match="DIARIUM_DELIVERY_FOLDERS"):
        agreements.probe(bench.database, bench.archivist, made.uid, DeliverySettings())
    with bench.database.reading() as session:
        query = select(AuditEvent.after).where(AuditEvent.action == "delivery_agreement.probed")
        outcomes = [after["outcome"] for after in session.scalars(query) if after]
    assert outcomes == ["works", "TransportError", "TransportError"]


def test_a_host_key_is_accepted_by_a_person_and_only_for_sftp(bench: DeliveryBench) -> None:
    shown = "SHA256:" + "k" * 43
    folder = bench.agreement()
    with bench.database.unit_of_work() as session, pytest.raises(InvalidAgreement):
        agreements.accept_host_key(session, bench.archivist, folder.uid, shown, version=1)
    bench.policy = DeliverySettings(hosts=("sftp.arkivet.se",))
    facts = {"host": "sftp.arkivet.se", "username": "u", "secret": "A"}
    made = bench.agreement(name="SFTP", transport="sftp", transport_facts=facts)
    with bench.database.unit_of_work() as session, pytest.raises(InvalidTransport):
        agreements.accept_host_key(session, bench.archivist, made.uid, "MD5:nej", version=1)
    with bench.database.unit_of_work() as session:
        accepted = agreements.accept_host_key(session, bench.archivist, made.uid, shown, version=1)
        assert accepted.transport_settings["host_keys"] == [shown]
        event = agreements.history(session, made)[0]
    assert (event.action, event.after) == ("delivery_agreement.host_key_accepted", {"host_keys": [shown]})


def test_the_settings_of_deliveries_are_read_from_the_environment() -> None:
    settings = from_environment(
        {
            "DIARIUM_DELIVERY_FOLDERS": "/srv/ut:/mnt/arkiv",
            "DIARIUM_DELIVERY_HOSTS": "SFTP.arkivet.se, s3.arkivet.se:9000",
            "DIARIUM_DELIVERY_KEYS": "/etc/diarium/nycklar",
            "DIARIUM_DELIVERY_HTTP": "1",
        }
    ).delivery
    assert settings == DeliverySettings(
        (Path("/srv/ut"), Path("/mnt/arkiv")),
        ("sftp.arkivet.se", "s3.arkivet.se:9000"),
        Path("/etc/diarium/nycklar"),
        allows_http=True,
    )
    for wrong in ({"DIARIUM_DELIVERY_FOLDERS": "ut"}, {"DIARIUM_DELIVERY_HOSTS": "https://s3"}):
        with pytest.raises(SettingsError, match="DIARIUM_DELIVERY"):
            from_environment(wrong)
