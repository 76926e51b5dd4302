"""Each message of the code and the templates has its translation, and nothing else is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from diarium import i18n

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import translations

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture(scope="module")
def template() -> Catalog:
    return translations.extract_messages()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_catalogue_is_whole(language: str, template: Catalog) -> None:
    stored = translations.catalogue_path(language).read_bytes()
    found = translations.faults(stored, template, language)
    assert not found, "\n".join([*found, translations.HOW_TO_MEND])


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_catalogue_is_written_as_the_update_writes_it(language: str, template: Catalog) -> None:
    stored = translations.catalogue_path(language).read_bytes()
    is_as_written = translations.updated(stored, template, language) == stored
    # Not compared in the assertion: showing where two megabytes differ takes minutes.
    assert is_as_written, f"{language}: {translations.HOW_TO_MEND}"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("", "missing"),
        ('msgid "Hej %(name)s"\nmsgstr "Hello %(name)s"\n\nmsgid "Gammal"\nmsgstr "Old"\n', "unused"),
        ('msgid "Hej %(name)s"\nmsgstr ""\n', "untranslated"),
        ('#, fuzzy\nmsgid "Hej %(name)s"\nmsgstr "Hello %(name)s"\n', "fuzzy"),
        ('msgid "Hej %(name)s"\nmsgstr "Hello %(nam)s"\n', "other placeholders"),
        ('msgid "Hej %(name)s"\nmsgstr "Hello"\n', "other placeholders"),
        ('msgid "Hej %(name)s"\nmsgstr "Hello %(name)s "\n', "other spaces at the ends"),
    ],
)
def test_fault_of_a_catalogue_is_found(entry: str, fault: str) -> None:
    template = Catalog()
    template.add("Hej %(name)s")
    (found,) = translations.faults((HEAD + entry).encode(), template, "en")
    assert found.startswith(f"en: {fault}: ")


def test_half_translated_plural_is_found() -> None:
    template = Catalog()
    template.add(("%(num)s fil", "%(num)s filer"))
    entry = 'msgid "%(num)s fil"\nmsgid_plural "%(num)s filer"\nmsgstr[0] "%(num)s file"\nmsgstr[1] ""\n'
    assert translations.faults((HEAD + entry).encode(), template, "en") == [
        "en: untranslated: %(num)s fil | %(num)s filer"
    ]


def test_update_keeps_adds_and_drops() -> None:
    template = Catalog()
    template.add("Kvar")
    template.add("Ny")
    stored = HEAD + 'msgid "Kvar"\nmsgstr "Kept"\n\nmsgid "Gammal"\nmsgstr "Old"\n'
    text = translations.updated(stored.encode(), template, "en").decode()
    assert 'msgid "Kvar"\nmsgstr "Kept"\n' in text
    assert 'msgid "Ny"\nmsgstr ""\n' in text
    assert "Gammal" not in text


def test_messages_are_found_in_code_and_templates(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "code.py").write_text('_("Ett")\n_l("Två")\nngettext("%(num)s fil", "%(num)s filer", 2)\n')
    (tmp_path / "templates" / "page.html").write_text(
        '{{ _("Tre") }}{% trans %}Fyra{% endtrans %}{{ ngettext("%(num)s dag", "%(num)s dagar", 2) }}'
    )
    found = {message.id for message in translations.extract_messages(tmp_path) if message.id}
    assert found == {
        "Ett",
        "Två",
        "Tre",
        "Fyra",
        ("%(num)s fil", "%(num)s filer"),
        ("%(num)s dag", "%(num)s dagar"),
    }


def test_running_program_reads_the_catalogue() -> None:
    with i18n.use_locale("en"):
        assert i18n.gettext("Logga in") == "Log in"
        assert i18n.ngettext("%(num)s ärende", "%(num)s ärenden", 1) == "1 case"
        assert i18n.ngettext("%(num)s ärende", "%(num)s ärenden", 2) == "2 cases"
    assert i18n.gettext("Logga in") == "Logga in"
