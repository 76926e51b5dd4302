"""Keeps the catalogues of `diarium/translations` in step with the messages of the code and the templates.

`update` adds new messages, drops unused ones and keeps what is translated; `check` lists what is wrong.
A message id is the Swedish text, so that only the other languages have a catalogue.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from diarium.i18n import LOCALES, SOURCE_LOCALE

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "diarium" / "translations"
LANGUAGES = tuple(locale for locale in LOCALES if locale != SOURCE_LOCALE)
HOW_TO_MEND = "Run `.venv/bin/python tools/translations.py update` and translate what stands empty."

_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
# The same settings as the application gives its templates: they decide what a message looks like.
_OPTIONS = {
    "**/templates/**.html": {
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "newstyle_gettext": "true",
        "silent": "false",
    }
}
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
# `%(name)s` of ours, `{min}` of marshmallow's messages and the number patterns.
_PLACEHOLDER = re.compile(r"%(?:\(\w+\)[-+ #0-9.]*[a-z]|%)|\{[^{}]*\}")
_HEADER = r"""# Translation of diarium. The message ids are the Swedish texts.
msgid ""
msgstr ""
"Language: {language}\n"
"Plural-Forms: {plural_forms}\n"
"Content-Type: text/plain; charset=utf-8\n"

"""


def main(arguments: list[str] | None = None) -> int:
    """Runs `update` or `check`; exit code 1 if a catalogue has faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("update", "check"))
    task = parser.parse_args(arguments).task
    template = extract_messages()
    found = []
    for language in LANGUAGES:
        path = catalogue_path(language)
        if task == "update":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(updated(path.read_bytes() if path.exists() else b"", template, language))
        found += faults(path.read_bytes() if path.exists() else b"", template, language)
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{len(template)} messages, {len(found)} faults\n")
    if found:
        sys.stdout.write(f"{HOW_TO_MEND}\n")
    return 1 if found else 0


def catalogue_path(language: str) -> Path:
    """Where the catalogue of `language` lies."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "diarium.po"


def extract_messages(package: Path = ROOT / "diarium") -> Catalog:
    """All messages of the Python files and templates below `package`, with the files where they stand."""
    template = Catalog()
    for name, _line, message, comments, message_context in extract_from_dir(
        package, _METHODS, _OPTIONS, keywords=_KEYWORDS, strip_comment_tags=True
    ):
        place = (f"{package.name}/{Path(name).as_posix()}", 0)
        template.add(message, locations=[place], auto_comments=comments, context=message_context)
    return template


def updated(stored: bytes, template: Catalog, language: str) -> bytes:
    """The catalogue file `stored`, with exactly the messages of `template`; translations are kept."""
    catalogue = _read(stored, language)
    # Without guesses: a translation that only resembles the new message is worse than none.
    catalogue.update(template, no_fuzzy_matching=True)
    written = io.BytesIO()
    # Neither times nor line numbers: the file changes only when a message does.
    write_po(
        written,
        catalogue,
        width=110,
        omit_header=True,
        ignore_obsolete=True,
        sort_by_file=True,
        include_lineno=False,
    )
    header = _HEADER.format(language=language, plural_forms=catalogue.plural_forms)
    return header.encode() + written.getvalue().rstrip(b"\n") + b"\n"


def faults(stored: bytes, template: Catalog, language: str) -> list[str]:
    """What is wrong with the catalogue file `stored`: one line a fault, and none for a whole catalogue."""
    catalogue = _read(stored, language)
    wanted = {message.id for message in template if message.id}
    held = {message.id: message for message in catalogue if message.id}
    return [
        *(f"{language}: missing: {_shown(key)}" for key in sorted(wanted - held.keys(), key=str)),
        *(f"{language}: unused: {_shown(key)}" for key in sorted(held.keys() - wanted, key=str)),
        *(f"{language}: {fault}: {_shown(key)}" for key in held for fault in _faults_of(held[key])),
    ]


def _read(stored: bytes, language: str) -> Catalog:
    if not stored:
        return Catalog(locale=language)
    return read_po(io.BytesIO(stored), locale=language, ignore_obsolete=True, abort_invalid=True)


def _faults_of(message: Message) -> Iterator[str]:
    sources = _forms(message.id)
    translations = _forms(message.string)
    if len(translations) < len(sources) or not all(translations):
        yield "untranslated"
        return
    if message.fuzzy:
        yield "fuzzy"
    for source, translation in zip(sources, translations, strict=False):
        if sorted(set(_PLACEHOLDER.findall(source))) != sorted(set(_PLACEHOLDER.findall(translation))):
            yield "other placeholders"
        if _edges(source) != _edges(translation):
            yield "other spaces at the ends"


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _shown(key: str | tuple[str, ...] | list[str]) -> str:
    return " | ".join(_forms(key))


if __name__ == "__main__":
    raise SystemExit(main())
