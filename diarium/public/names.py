"""Does a text name somebody who shall not be named?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[^\W\d_]+")
# Parts of names that single out nobody.
_COMMON = frozenset({"ab", "hb", "kb", "ek", "i", "och", "av", "von", "de", "aktiebolag", "aktiebolaget"})


# Stand in the register where nobody is named.
_NOBODY = frozenset({"privatperson", "enskild", "anonym", "okänd", "namn saknas", "sökande", "anonym avsändare"})


def names_somebody(text: str, names: Iterable[str]) -> bool:
    """Whether `text` holds one of `names` whole, or its first and last part, in any order, case or genitive.

    "Klagomål från Svensson, Anna" names Anna Maria Svensson; so does "A Svenssons ansökan".
    """
    return any(_named(text, names))


def names_in(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that `text` holds, read as by `names_somebody`."""
    return tuple(_named(text, names))


def _named(text: str, names: Iterable[str]) -> Iterator[str]:
    words = _words(text)
    folded = " ".join(text.casefold().split())
    return (name for name in names if name and _is_named(folded, words, name))


def _is_named(folded: str, words: frozenset[str], name: str) -> bool:
    whole = " ".join(name.casefold().split())
    if whole in _NOBODY:
        return False
    if len(whole) > 2 and re.search(rf"(?<!\w){re.escape(whole)}(?:s|:s)?(?!\w)", folded):
        return True
    parts = [part for part in _WORD.findall(name.casefold()) if part not in _COMMON]
    if not parts:
        return False
    *given, surname = parts
    if "," in name:  # "Svensson, Anna"
        surname, *given = parts
    if surname not in words:
        return False
    return not given or any(part in words or part[0] in words for part in given)


def _words(text: str) -> frozenset[str]:
    """The words of `text`, and each without its genitive s."""
    words = _WORD.findall(text.casefold())
    return frozenset(words) | {word[:-1] for word in words if word.endswith("s") and len(word) > 2}
