"""`diarium search`, `worker --once` and `status`."""

from __future__ import annotations

import json

import pytest

from diarium.composition import Diarium
from tests.cli.conftest import Run
from tests.cli.test_registering import BASE


def _register(run: Run, title: str, *more: str) -> str:
    result = run(*(title if part == "Ansökan" else part for part in BASE), *more)
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()


def test_search_shows_number_day_and_title_after_the_worker(run: Run, services: Diarium) -> None:
    number = _register(run, "Vildsvin i parken")
    assert run("search", "vildsvin").stdout == ""
    assert run("worker", "--once").exit_code == 0
    lines = run("search", "vildsvin").stdout.splitlines()
    assert f"{number}\t2024-05-01\tVildsvin i parken" in lines


def test_system_sees_what_is_marked_and_an_outsider_nothing(run: Run, services: Diarium) -> None:
    _register(run, "Vildsvin i parken", "--restrict", "26:1", "--new-case-title", "Djur")
    run("worker", "--once")
    assert json.loads(run("search", "vildsvin", "--json").stdout)["total"] == 1
    assert json.loads(run("search", "vildsvin", "--json", "--user", "rut").stdout)["total"] == 1
    assert json.loads(run("search", "vildsvin", "--json", "--user", "siv").stdout) == {"total": 0, "hits": []}


def test_open_register_shows_no_marked_title(run: Run, services: Diarium) -> None:
    _register(run, "Vildsvin i parken", "--class", "1.1.1")
    _register(run, "Vildsvin bakom lås", "--restrict", "26:1", "--new-case-title", "Djur", "--class", "1.1.1")
    run("worker", "--once")
    answer = run("search", "vildsvin", "--public", "--json")
    assert "Vildsvin i parken" in answer.stdout
    assert "bakom lås" not in answer.stdout


def test_rebuild_makes_the_index_from_the_register_alone(run: Run, services: Diarium) -> None:
    _register(run, "Vildsvin i parken")
    assert run("search", "rebuild").exit_code == 0
    assert "Vildsvin i parken" in run("search", "vildsvin").stdout
    assert run("search", "rebuild", "--public").exit_code == 0


def test_the_word_rebuild_is_searched_in_quotation_marks(run: Run, services: Diarium) -> None:
    _register(run, "We rebuild the bridge")
    run("worker", "--once")
    assert "We rebuild the bridge" in run("search", '"rebuild"').stdout


def test_public_search_as_a_user_is_a_wrong_call(run: Run, services: Diarium) -> None:
    assert run("search", "x", "--public", "--user", "rut").exit_code == 2


def test_status_counts_what_waits_and_then_nothing(run: Run, services: Diarium) -> None:
    _register(run, "Vildsvin i parken")
    before = json.loads(run("status", "--json").stdout)
    assert (before["cases"], before["records"], before["documents"], before["indexed"]) == (1, 1, 0, 0)
    assert {figures["waiting"] for figures in before["consumers"].values()} == {2}
    run("worker", "--once")
    after = json.loads(run("status", "--json").stdout)
    assert after["indexed"] == 2
    assert {name: figures["waiting"] for name, figures in after["consumers"].items()} == dict.fromkeys(
        ("files", "search", "spread", "public", "assistance", "webhooks"), 0
    )
    assert "Ärenden" in run("status").stdout


def test_several_words_need_no_quotation_marks(run: Run, services: Diarium) -> None:
    _register(run, "Vildsvin i parken")
    run("worker", "--once")
    assert "Vildsvin i parken" in run("search", "vildsvin", "parken").stdout


def test_the_engine_of_both_indexes_can_be_changed_and_status_tells_it(run: Run, services: Diarium) -> None:
    _register(run, "Vildsvin i parken", "--class", "1.1.1")
    run("worker", "--once")
    used = run("search", "use", "tantivy")
    assert used.exit_code == 0
    assert "internal: tantivy, 2" in used.stderr
    assert "Vildsvin i parken" in run("search", "vildsvin").stdout
    assert "Vildsvin i parken" in run("search", "vildsvin", "--public").stdout
    told = json.loads(run("status", "--json").stdout)
    assert (told["engine"], told["open_engine"], told["indexed"], told["open_indexed"]) == (
        "tantivy",
        "tantivy",
        2,
        2,
    )
    assert run("search", "use", "auto").exit_code == 0
    assert json.loads(run("status", "--json").stdout)["engine"] == "tantivy"
    assert "lucene" in run("search", "use", "lucene").stderr


def test_an_engine_that_is_set_can_not_be_changed_by_hand(
    run: Run, services: Diarium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIARIUM_SEARCH_ENGINE", "tantivy")
    refused = run("search", "use", "whoosh")
    assert refused.exit_code == 2
    assert "DIARIUM_SEARCH_ENGINE" in refused.stderr
