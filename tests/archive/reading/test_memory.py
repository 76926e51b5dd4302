"""Ten times the cases are read in no more memory, libxml2's own included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.archive.reading.foreign_packages import around_erms, municipal_fgs1

SLACK_KIB = 6_000
_READ = """
import sys
from pathlib import Path
from diarium.archive.reading import read_package
count = sum(1 for _case in read_package(Path(sys.argv[1])).read())
status = Path("/proc/self/status").read_text().split("VmHWM:")[1]
print(count, status.split()[0])
"""
_CASE = """<aggregation systemIdentifier="a{n}" aggregationType="caseFile"><objectId>KS 2010/{n}</objectId>
<title>{text}</title><record systemIdentifier="r{n}"><objectId>1</objectId><title>{text}</title></record>
</aggregation>"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells what a process needed at most")
@pytest.mark.parametrize("generation", ["erms", "fgs1"])
def test_reading_needs_no_more_memory_for_more_cases(generation: str, tmp_path: Path) -> None:
    small, large = (_peak(_package(generation, tmp_path / str(cases), cases)) for cases in (200, 2000))
    assert large < small + SLACK_KIB


def _package(generation: str, folder: Path, cases: int) -> Path:
    if generation == "erms":
        told = "".join(_CASE.format(n=number, text="Ett ärende " * 40) for number in range(1, cases + 1))
        return around_erms(
            folder,
            f'<erms xmlns="https://DILCIS.eu/XML/ERMS"><aggregations>{told}</aggregations></erms>'.encode(),
        )
    root = municipal_fgs1(folder)
    content = root / "Content" / "arenden.xml"
    text = content.read_text("utf-8")
    start, end = text.index("<ArkivobjektArende "), text.index("</ArkivobjektListaArenden>")
    content.write_text(text[:start] + text[start:end] * (cases // 2) + text[end:], "utf-8")
    return root


def _peak(root: Path) -> int:
    """The most memory, in KiB, of a process that reads the package."""
    done = subprocess.run([sys.executable, "-c", _READ, str(root)], capture_output=True, text=True, check=True)
    count, peak = map(int, done.stdout.split())
    assert count == int(root.name)
    return peak
