"""Composes the running text of a file from the sentence banks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from diarium.demo.content.archetypes import Bank, phrases
from diarium.demo.content.model import DemoSection, Layout
from diarium.demo.content.slots import Slots

Parts = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody outside who writes: which actor of the case, and whether a person with a voice of their own."""

    actor: str
    is_person: bool


# What each paper is made of: purpose of a section and its share of the text.
_OWN: Mapping[Layout, Parts] = {
    Layout.LETTER: (("facts", 0.4), ("official", 0.3), ("views", 0.3)),
    Layout.MAIL: (("official", 0.5), ("facts", 0.5)),
    Layout.MEMO: (("facts", 0.5), ("views", 0.35), ("rulings", 0.15)),
    Layout.DECISION: (("rulings", 0.2), ("facts", 0.4), ("views", 0.25), ("appeal", 0.15)),
    Layout.MINUTES: (("facts", 0.45), ("views", 0.3), ("rulings", 0.25)),
    Layout.REPORT: (("facts", 0.6), ("views", 0.4)),
    Layout.NOTE: (("facts", 0.7), ("views", 0.3)),
    Layout.CONTRACT: (("facts", 0.4), ("contract", 0.6)),
    Layout.DRAWING: (("drawing", 1.0),),
    Layout.MAP: (("map", 1.0),),
    Layout.PHOTOS: (("photos", 1.0),),
    Layout.FORM: (("facts", 0.6), ("official", 0.4)),
    Layout.TABLE: (),
    Layout.ACKNOWLEDGEMENT: (("acknowledgement", 1.0),),
    Layout.REMINDER: (("reminder", 1.0),),
    Layout.RECEIPT: (("receipt", 1.0),),
    Layout.FINALITY: (("finality", 1.0),),
}
# Papers that somebody outside writes in their own words.
_PERSONAL = frozenset({Layout.LETTER, Layout.MAIL, Layout.FORM})
_PERSONAL_PARTS: Parts = (("asks", 0.6), ("facts", 0.4))
_WORDS: Mapping[Layout, tuple[int, int]] = {
    Layout.MAIL: (100, 190),
    Layout.NOTE: (100, 160),
    Layout.FORM: (100, 180),
    Layout.DRAWING: (100, 120),
    Layout.MAP: (100, 120),
    Layout.PHOTOS: (100, 120),
    Layout.ACKNOWLEDGEMENT: (100, 115),
    Layout.REMINDER: (100, 115),
    Layout.RECEIPT: (100, 115),
    Layout.FINALITY: (100, 115),
    Layout.REPORT: (260, 480),
    Layout.MEMO: (180, 420),
}
_USUAL_WORDS = (120, 300)
# Set texts: their headings; they keep the order of the bank.
_SET_TEXTS: Mapping[str, str] = {
    "appeal": "Hur man överklagar",
    "contract": "Avtalsvillkor",
    "drawing": "Anmärkningar",
    "map": "Kartans innehåll",
    "photos": "Bildförteckning",
    "acknowledgement": "",
    "reminder": "",
    "receipt": "",
    "finality": "",
}
_WITHOUT_HEADINGS = _PERSONAL | {
    Layout.NOTE,
    Layout.ACKNOWLEDGEMENT,
    Layout.REMINDER,
    Layout.RECEIPT,
    Layout.FINALITY,
}
_PER_PARAGRAPH = 4


def sections(
    rng: Random, slots: Slots, topics: Bank, layout: Layout, *, writer: Writer | None, is_final: bool
) -> tuple[DemoSection, ...]:
    """The text of a paper on `topics`, about 100–500 words. `writer`: somebody outside, None: written here;
    `is_final`: minutes that end the matter say how."""
    least, most = _WORDS.get(layout, _USUAL_WORDS)
    wanted = rng.randint(least, most)
    is_personal = writer is not None and layout in _PERSONAL
    found = []
    for purpose, share in _PERSONAL_PARTS if is_personal else _OWN[layout]:
        special, general = _banks(topics, layout, purpose, writer, is_final=is_final)
        order = None if purpose in _SET_TEXTS or purpose == "rulings" else rng
        sentences = _sentences(order, slots, special, general, wanted * share)
        found.append(DemoSection(_heading(rng, layout, purpose), _paragraphs(sentences)))
    missing = least - sum(len(p.split()) for section in found for p in section.paragraphs)
    if found and missing > 0:
        purposes = (_wishes(writer),) if is_personal else ("official", "views", "facts")
        more = _spare(rng, slots, found, purposes, missing)
        found[-1] = DemoSection(found[-1].heading, found[-1].paragraphs + _paragraphs(more))
    return tuple(found)


def rows(rng: Random) -> tuple[tuple[str, int], ...]:
    """A table of costs in whole kronor."""
    labels = rng.sample(phrases().general["table"], rng.randint(5, 12))
    return tuple((label, rng.randrange(2_000, 480_000, 250)) for label in labels)


def _banks(
    topics: Bank, layout: Layout, purpose: str, writer: Writer | None, *, is_final: bool
) -> tuple[Bank, Bank]:
    """The sentences on the topics and the general ones."""
    general = phrases().general
    if purpose == "rulings" and layout is Layout.MINUTES and not is_final:
        return (), general["interim"]
    special = _special(topics, purpose, writer)
    if purpose == "asks":
        return special, general[_wishes(writer)]
    if purpose == "facts" and writer is not None and layout in _PERSONAL:
        return special, ()  # the general facts are an officer's; somebody outside speaks of the matter only
    return special, general.get(purpose, ())


def _wishes(writer: Writer | None) -> str:
    return "asks" if writer is None or writer.is_person else "asks_formal"


def _special(topics: Bank, purpose: str, writer: Writer | None) -> Bank:
    """The sentences on the topics; of what is asked, the actor's own where it has some."""
    banks = [phrases().topics[topic] for topic in topics]
    name = writer.actor if writer is not None else ""
    own = tuple(sentence for bank in banks for sentence in bank.get(f"{purpose}_{name}", ()))
    return own or tuple(sentence for bank in banks for sentence in bank.get(purpose, ()))


def _sentences(rng: Random | None, slots: Slots, special: Bank, general: Bank, words: float) -> list[str]:
    """Sentences on the topics with general ones between, until there are `words` words; in mixed order, or without
    chance in their own."""
    on_topic, usual = list(special), list(general)
    if rng is not None:
        rng.shuffle(on_topic)
        rng.shuffle(usual)
    found: list[str] = []
    count = 0
    for sentence in _mixed(on_topic, usual):
        if count >= words:
            break
        found.append(slots.fill(sentence))
        count += sentence.count(" ") + 1
    return found


def _mixed(special: list[str], general: list[str]) -> Iterable[str]:
    """Two of the topic, one general, and so on."""
    specials, generals = iter(special), iter(general)
    while True:
        batch = [s for s in (next(specials, None), next(specials, None), next(generals, None)) if s is not None]
        if not batch:
            return
        yield from batch


def _paragraphs(sentences: list[str]) -> tuple[str, ...]:
    return tuple(
        " ".join(sentences[start : start + _PER_PARAGRAPH]) for start in range(0, len(sentences), _PER_PARAGRAPH)
    )


def _heading(rng: Random, layout: Layout, purpose: str) -> str:
    if layout in _WITHOUT_HEADINGS:
        return ""
    if purpose == "rulings":
        return "Förslag till beslut" if layout is Layout.MEMO else "Beslut"
    return _SET_TEXTS.get(purpose) or rng.choice(phrases().headings[purpose])


def _spare(rng: Random, slots: Slots, found: list[DemoSection], purposes: Bank, words: int) -> list[str]:
    """General sentences that the text doesn't have yet, for a small topic whose banks ran out."""
    used = " ".join(paragraph for section in found for paragraph in section.paragraphs)
    spare = [slots.fill(s) for purpose in purposes for s in phrases().general[purpose]]
    free = [sentence for sentence in spare if sentence not in used]
    rng.shuffle(free)
    more: list[str] = []
    while words > 0 and free:
        more.append(free.pop())
        words -= len(more[-1].split())
    return more
