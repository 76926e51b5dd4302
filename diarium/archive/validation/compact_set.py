"""A set of texts that remembers only numbers made from them: 8 bytes for each, plus free room."""

from __future__ import annotations

import hashlib
from array import array

_FULL = 0.7


class CompactSet:
    """Texts that have been met, for millions of them.

    Two different texts are taken for the same with a probability of 1 to 370,000 when ten million are in it.
    """

    def __init__(self, room: int = 1024) -> None:
        self._slots = array("Q", bytes(8 * room))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, text: str) -> bool:
        """Whether the text is new."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = int.from_bytes(digest, "little") or 1  # 0 is a free slot
        if not self._put(self._slots, number):
            return False
        self._count += 1
        if self._count > _FULL * len(self._slots):
            self._grow()
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(16 * len(self._slots)))
        for number in self._slots:
            if number:
                self._put(larger, number)
        self._slots = larger

    @staticmethod
    def _put(slots: array[int], number: int) -> bool:
        room = len(slots)
        at = number % room
        while slots[at]:
            if slots[at] == number:
                return False
            at = at + 1 if at + 1 < room else 0
        slots[at] = number
        return True
