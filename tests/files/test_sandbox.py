"""The child process that reads hostile files, and its parent that outlives them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from diarium.files.errors import SandboxUnavailable, UnreadableMessage
from diarium.files.extraction.mail import parse_message
from diarium.files.extraction.sandbox import ExtractionSandbox
from tests.files.builders import WORDS, email, opendocument_text, pdf, word, zipped
from tests.files.outlook import OutlookMessage, outlook_message

SHARED = Path(os.environ.get("DIARIUM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
HOSTILE = SHARED / "hostile"
needs_hostile = pytest.mark.skipif(not HOSTILE.is_dir(), reason="the folder of hostile files is not here")

# Beginnings of notes that the user must see; None: nothing to tell.
EXPECTED_NOTES = {
    "empty.pdf": "Filen är tom.",
    "truncated.pdf": "Texten kunde inte läsas: PDF-filen är skadad",
    "xml-bomb.xml": "Texten lästes inte: XML-filen definierar egna entiteter",
    "xxe.xml": "Texten lästes inte: XML-filen definierar egna entiteter",
    "xxe.docx": "Texten lästes inte: XML-filen definierar egna entiteter",
    "nested.eml": "Meddelandets datum är omöjligt",
}
EXPECTED_WORDS = {
    "latin1.txt": "Bygglov för åäö i Ängelholm",
    "utf16.txt": "Bygglov för åäö i Ängelholm",
    "nul.txt": "hejdå",
    "formula.csv": "=cmd|",
    "script.html": "bygglov",
    "active.svg": "karta",
    "nested.eml": "inre text",
    "headers.eml": "injected@example.se",
    "deep.json": "[[[[",
    "xxe.docx": "",
    "xxe.xml": "",
    "bomb-300MB.zip": "",
    "png-bomb.png": "",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ExtractionSandbox]:
    with ExtractionSandbox() as running:
        yield running


def stored(folder: Path, content: bytes) -> Path:
    path = folder / "0123abcd"
    path.write_bytes(content)
    return path


def swelling_pdf(levels: int = 12, fan: int = 10) -> bytes:
    """A small PDF that shows a form ten times, which shows a form ten times, and so on: 10^12 words."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
        b"/Resources << /XObject << /X 10 0 R >> >> >>",
        4: _stream(b"", b"/X Do " * fan),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for level in range(levels):
        last = level == levels - 1
        inner = b"/Font << /F 5 0 R >>" if last else b"/XObject << /X %d 0 R >>" % (11 + level)
        head = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << %s >>" % inner
        objects[10 + level] = _stream(head, b"BT /F 9 Tf (hej) Tj ET" if last else b"/X Do " * fan)
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in objects.items())
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF"


def _stream(head: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(content), content)


def test_format_and_text_come_back_from_the_child(sandbox: ExtractionSandbox, tmp_path: Path) -> None:
    result = sandbox.process(stored(tmp_path, word()), "Ansökan.docx")

    assert result.format.puid == "fmt/412"
    assert result.format.matches_extension
    assert WORDS in result.text.text
    assert result.text.note is None


def test_one_child_serves_many_files_and_is_then_replaced(tmp_path: Path) -> None:
    path = stored(tmp_path, WORDS.encode())
    with ExtractionSandbox(files_per_child=3) as sandbox:
        children = []
        for _ in range(7):
            assert sandbox.process(path, "a.txt").text.text == WORDS
            children.append(sandbox.child_id)

    assert [children.count(child) for child in dict.fromkeys(children)] == [3, 3, 1]
    assert not any(child and psutil.pid_exists(child) for child in children)


def test_child_is_limited_and_has_nothing_of_its_parent(sandbox: ExtractionSandbox, tmp_path: Path) -> None:
    secret = stored(tmp_path, b"hemligt")
    with secret.open("rb") as inheritable:
        os.set_inheritable(inheritable.fileno(), True)
        with ExtractionSandbox() as own:
            own.process(secret, "a.txt")
            assert own.child_id is not None
            child = psutil.Process(own.child_id)
            environment, opened = child.environ(), [one.path for one in child.open_files()]
            limits = {name: child.rlimit(getattr(psutil, name)) for name in
                      ("RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NOFILE")}  # fmt: skip

    assert set(environment) <= {"LANG", "GOMAXPROCS", "GOTRACEBACK", "LC_CTYPE"}
    assert str(secret) not in opened
    assert limits["RLIMIT_DATA"] == (1024**3, 1024**3)
    assert limits["RLIMIT_FSIZE"] == (0, 0)
    assert limits["RLIMIT_CORE"] == (0, 0)
    assert limits["RLIMIT_NOFILE"] == (64, 64)


def test_file_that_takes_too_long_is_given_up_and_the_next_one_is_read(tmp_path: Path) -> None:
    with ExtractionSandbox(timeout_seconds=0.5, memory_bytes=8 * 1024**3) as sandbox:
        result = sandbox.process(stored(tmp_path, swelling_pdf()), "a.pdf")
        after = sandbox.child_id

    assert after is None
    assert result.text.text == ""
    assert result.text.note == "Texten kunde inte läsas: det tog för lång tid."
    assert result.format.mime == "application/pdf", "the format was known before the text took too long"


def test_file_that_eats_all_memory_ends_the_child_and_not_the_sandbox(
    sandbox: ExtractionSandbox, tmp_path: Path
) -> None:
    result = sandbox.process(stored(tmp_path, swelling_pdf()), "a.pdf")

    assert result.text.text == ""
    assert result.text.note == "Texten kunde inte läsas: filen är skadad eller kräver för mycket minne."
    assert result.format.mime == "application/pdf"
    assert sandbox.process(stored(tmp_path, WORDS.encode()), "a.txt").text.text == WORDS


def test_memory_that_python_runs_out_of_gives_a_note(tmp_path: Path) -> None:
    paragraphs = "".join(f"<text:p>{number}</text:p>" for number in range(1_000_000))
    path = stored(tmp_path, opendocument_text(paragraphs))
    with ExtractionSandbox(memory_bytes=320 * 1024**2) as sandbox:
        result = sandbox.process(path, "a.odt")
        next_one = sandbox.process(stored(tmp_path, WORDS.encode()), "a.txt")

    assert result.text.text == ""
    assert result.text.note == "Texten kunde inte läsas: filen kräver för mycket minne."
    assert next_one.text.text == WORDS


def test_child_that_was_killed_between_two_files_is_replaced_before_the_next(
    sandbox: ExtractionSandbox, tmp_path: Path
) -> None:
    path = stored(tmp_path, WORDS.encode())
    sandbox.process(path, "a.txt")
    assert sandbox.child_id is not None
    victim = psutil.Process(sandbox.child_id)
    victim.kill()
    psutil.wait_procs([victim], timeout=10)

    assert sandbox.process(path, "a.txt").text.text == WORDS
    assert sandbox.child_id != victim.pid


def test_threads_share_a_sandbox_without_mixing_up_their_answers(
    sandbox: ExtractionSandbox, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}" for number in range(24)]
    for path in paths:
        path.write_bytes(f"Ärende {path.name}".encode())
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda path: sandbox.process(path, "a.txt").text.text, paths))

    assert results == [f"Ärende {path.name}" for path in paths]


@pytest.mark.parametrize("extension", ["zip", "odt", "docx", "xlsx"])
def test_archive_that_swells_is_held_under_the_limit(
    sandbox: ExtractionSandbox, tmp_path: Path, extension: str
) -> None:
    path = stored(tmp_path, zipped({"content.xml": bytes(60_000_000), "word/document.xml": bytes(60_000_000)}))
    before = sandbox.process(path, "a.txt") and sandbox.child_id

    result = sandbox.process(path, f"bomb.{extension}")

    assert result.text.text == ""
    assert sandbox.child_id == before, "the child refused the file and lives on"


def test_message_is_read_in_the_child_with_its_attachments(sandbox: ExtractionSandbox, tmp_path: Path) -> None:
    contents = (email(attachments=[("å.pdf", pdf()), ("stor.bin", bytes(300_000))], inner=email()),
                outlook_message(OutlookMessage(attachments=(("å.pdf", pdf()), ("tom.txt", b"")))))  # fmt: skip
    for content in contents:
        assert sandbox.read_message(stored(tmp_path, content)) == parse_message(content)


def test_message_that_can_not_be_read_is_refused_and_the_child_lives_on(
    sandbox: ExtractionSandbox, tmp_path: Path
) -> None:
    sandbox.process(stored(tmp_path, b"x"), "a.txt")
    before = sandbox.child_id

    with pytest.raises(UnreadableMessage, match="inget e-postmeddelande"):
        sandbox.read_message(stored(tmp_path, pdf()))

    assert sandbox.child_id == before


def test_missing_file_and_closed_sandbox_are_errors_of_the_caller(
    sandbox: ExtractionSandbox, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        sandbox.process(tmp_path / "nothing", "a.txt")
    with pytest.raises(SandboxUnavailable, match="outside its with block"):
        ExtractionSandbox().process(stored(tmp_path, b"x"), "a.txt")


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with ExtractionSandbox(timeout_seconds=0.5, memory_bytes=8 * 1024**3) as sandbox:
        sandbox.process(stored(tmp_path, swelling_pdf()), "a.pdf")
        sandbox.process(stored(tmp_path, word()), "a.docx")

    assert list(scratch.iterdir()) == []


@needs_hostile
def test_every_hostile_file_is_processed_without_breaking_the_child(sandbox: ExtractionSandbox) -> None:
    children = set()
    for path in sorted(HOSTILE.iterdir()):
        result = sandbox.process(path, path.name)
        children.add(sandbox.child_id)
        note = result.text.note or ""
        assert note.startswith(EXPECTED_NOTES.get(path.name, "")), path.name
        assert bool(note) == (path.name in EXPECTED_NOTES), path.name
        words = EXPECTED_WORDS.get(path.name)
        assert words is None or (words in result.text.text if words else not result.text.text), path.name
        assert "root:" not in result.text.text
        assert "alert" not in result.text.text

    assert len(children) == 1


@needs_hostile
def test_hostile_files_of_the_manifest_are_all_here_or_made_at_run_time() -> None:
    listed = json.loads((HOSTILE / "MANIFEST.json").read_text(encoding="utf-8"))

    assert {one["file"] for one in listed if "run time" not in one["odd"]} <= {
        one.name for one in HOSTILE.iterdir()
    }


@needs_hostile
def test_program_with_the_name_of_a_pdf_is_flagged(sandbox: ExtractionSandbox) -> None:
    found = sandbox.process(HOSTILE / "not-a-pdf.pdf", "not-a-pdf.pdf").format

    assert not found.matches_extension
    assert "stämmer inte med innehållet" in found.warnings[0]


@needs_hostile
def test_hostile_message_keeps_everything_under_safe_names(sandbox: ExtractionSandbox) -> None:
    message = sandbox.read_message(HOSTILE / "nested.eml")

    assert message.subject == "Ansökan om bygglov KS 2024/12"
    assert str(message.sender) == "Åsa Öberg <asa@example.se>"
    assert message.date is None
    assert [one.name for one in message.attachments] == ["inre.eml", "evil.exe"]
    assert message.attachments[1].content.startswith(b"MZ")
