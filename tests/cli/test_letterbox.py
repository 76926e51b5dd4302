"""`diarium letterbox` and its lines in `diarium status`: how much waits, and nothing of what it says."""

from __future__ import annotations

import json

from diarium.composition import Diarium
from diarium.letterbox.letters import Confirm, Follow, FollowTarget
from tests.cli.conftest import Run
from tests.letterbox.conftest import order


def test_the_letterbox_is_counted_and_nobody_is_named(run: Run, services: Diarium) -> None:
    services.letterbox.drop(Follow("anna@post.example", FollowTarget(query="bussar")))
    assert services.letter_collector.run() == 1
    services.letterbox.drop(order(contact="anna@post.example"))
    services.letterbox.drop(order("KS 2024/7"))
    services.letterbox.drop(Confirm("a" * 22))
    answer = run("letterbox", "--json")
    assert json.loads(answer.stdout) == {
        "orders": 2,
        "following": 1,
        "tried": 0,
        "unreadable": 0,
        "subscriptions": 1,
        "unconfirmed": 1,
    }
    shown = run("letterbox").stdout
    assert "anna" not in answer.stdout + shown
    assert [line.split()[-1] for line in shown.splitlines()] == ["2", "1", "0", "0", "1", "1"]
    status = json.loads(run("status", "--json").stdout)
    assert (status["letters"], status["followers"]) == (3, 1)
    assert "Brevlådan" in run("status").stdout
