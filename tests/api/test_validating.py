"""Archive packages over the API: handed in, checked by the worker, asked about, their reports read."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from pathlib import Path

from diarium.archive.received_checking import PackageChecker, check_limits
from diarium.composition import Diarium
from diarium.identity.scopes import TokenScope
from tests.api.conftest import Call
from tests.archive.validation.builder import Package, zipped

ADDRESS = "/package-validations"


def check(services: Diarium) -> None:
    limits = check_limits(services.settings.packages)
    with PackageChecker(services.database, services.settings.export_folder, limits, patience=60) as checker:
        assert checker.run() == 1


def package(folder: Path) -> bytes:
    root = Package().write(folder)
    (root / "documentation/extra.txt").write_bytes(b"x")
    return zipped(root, folder / "paket.bin").read_bytes()


def test_a_package_is_handed_in_asked_about_and_its_report_read(
    call: Call, services: Diarium, tmp_path: Path
) -> None:
    caller = call("arja")
    content = package(tmp_path)
    answer = caller.post(ADDRESS, data={"file": (io.BytesIO(content), "leverans.zip")}, key="paket-1")
    assert answer.status_code == 202, answer.text
    told = answer.json or {}
    assert (told["state"], told["name"], told["valid"]) == ("waiting", "leverans.zip", None)
    assert answer.headers["Location"].endswith(f"{ADDRESS}/{told['uid']}")
    early = caller.get(f"{ADDRESS}/{told['uid']}/report")
    assert (early.status_code, early.content_type) == (409, "application/problem+json")

    again = caller.post(ADDRESS, data={"file": (io.BytesIO(content), "leverans.zip")}, key="paket-1")
    assert (again.status_code, (again.json or {})["uid"]) == (202, told["uid"])

    check(services)
    now = caller.get(f"{ADDRESS}/{told['uid']}").json or {}
    assert (now["state"], now["valid"], now["errors"]) == ("checked", False, 1)
    assert now["bytes_read"] == now["bytes_total"] > 0
    report = caller.get(f"{ADDRESS}/{told['uid']}/report").json or {}
    assert [finding["rule"] for finding in report["findings"]] == ["FILE-EXTRA"]
    assert report["findings"][0]["mend"]


def test_only_tokens_of_those_who_export_with_the_scope_may(call: Call, tmp_path: Path) -> None:
    uid = uuid.uuid4()
    assert call("").get(f"{ADDRESS}/{uid}").status_code == 401
    assert call("rut", [TokenScope.REGISTER_READ]).get(f"{ADDRESS}/{uid}").status_code == 403
    assert call("rut", [TokenScope.PACKAGES_VALIDATE]).get(f"{ADDRESS}/{uid}").status_code == 403
    assert call("arja").get(f"{ADDRESS}/{uid}").status_code == 404
    refused = call("rut").post(ADDRESS, data={"file": (io.BytesIO(package(tmp_path)), "leverans.zip")})
    assert refused.status_code == 403


def test_what_is_no_package_in_the_form_is_refused(call: Call, services: Diarium) -> None:
    caller = call("arja")
    assert caller.post(ADDRESS, {"file": "x"}).status_code == 415
    for data in ({}, {"annat": (io.BytesIO(b"x"), "p.zip")}):
        refused = caller.post(ADDRESS, data=data, content_type="multipart/form-data")
        assert (refused.status_code, refused.content_type) == (422, "application/problem+json")
    assert caller.post(ADDRESS, data={"file": (io.BytesIO(b""), "p.zip")}).status_code == 422
    small = replace(services.settings, packages=replace(services.settings.packages, max_bytes=1000))
    object.__setattr__(services, "settings", small)
    assert caller.post(ADDRESS, data={"file": (io.BytesIO(b"x" * 1001), "p.zip")}).status_code == 422
    too_much = caller.post(ADDRESS, data={"file": (io.BytesIO(b"x" * 3_000_000), "p.zip")})
    assert (too_much.status_code, too_much.content_type) == (413, "application/problem+json")
    folder = services.settings.export_folder / "received"
    assert not folder.exists() or not list(folder.iterdir())
