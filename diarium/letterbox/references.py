"""What a letter is called towards whoever dropped it: short enough to read over the phone, not to be guessed."""

from __future__ import annotations

import hashlib
import uuid

from diarium.letterbox.letters import LetterKind

# No I, L, O or U: nothing that is misheard or misread.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def reference_of(uid: uuid.UUID, kind: LetterKind) -> str:
    """B-7KQ4-M2XD for an order (*beställning*), P-… for following (*prenumeration*).

    Forty bits that follow from the letter's identifier, which nobody outside knows, and do not lead back to it.
    """
    digest = hashlib.sha256(b"reference:" + uid.bytes).digest()
    letters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:8])
    return f"{'B' if kind is LetterKind.ORDER else 'P'}-{letters[:4]}-{letters[4:]}"
