"""The benchmarks run. How fast is none of a test's business."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.measure import Comparison, in_turns


@pytest.mark.postgresql
def test_a_quick_run_gives_a_ratio_for_every_area_and_writes_no_page(tmp_path: Path) -> None:
    output, page = tmp_path / "results.json", tmp_path / "page.md"
    answer = CliRunner().invoke(
        main, ["--quick", "--output", str(output), "--page", str(page)], catch_exceptions=False
    )
    assert answer.exit_code == 0, answer.output
    result = json.loads(output.read_text(encoding="utf-8"))
    comparisons = result["comparisons"]
    assert {item["area"] for item in comparisons} == {
        "Registering",
        "Search",
        "Tantivy",
        "Pages",
        "Desk",
        "Export",
        "Packaging",
    }
    assert all(item["ratio"] > 0 and math.isfinite(item["ratio"]) for item in comparisons)
    assert all(low <= item["ratio"] <= high for item in comparisons for low, high in [item["spread"]])
    assert all(rate["per_second"] > 0 for rate in result["rates"])
    assert result["machine"]
    assert result["versions"]["diarium"]
    assert not page.exists()


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_sides() -> None:
    found = Comparison("A", "ours", "plain", ours=(2.0, 30.0, 4.0), plain=(1.0, 10.0, 1.0))
    assert found.ratio == 3.0
    assert found.spread == (2.5, 3.5)


def test_the_sides_take_turns_at_going_first() -> None:
    order: list[str] = []
    in_turns("A", "ours", "plain", lambda: order.append("o"), lambda: order.append("p"), rounds=3, calls=2)
    assert "".join(order) == "op" + "oopp" + "ppoo" + "oopp"
