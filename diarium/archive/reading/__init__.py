"""Reads archive packages back into the package model: FGS 2.0 and E-ARK (ERMS), FGS 1.2 (Ärendehantering 1.0).

What a diarium register wrote comes back exactly. What others wrote is mapped from the elements of the format, and
what has no place here is kept as text in notes. Needs neither the register nor the database.
"""

from diarium.archive.reading.errors import UnreadablePackage
from diarium.archive.reading.model import PackedFile, ReadCase, ReadPackage
from diarium.archive.reading.opening import read_package

__all__ = ["PackedFile", "ReadCase", "ReadPackage", "UnreadablePackage", "read_package"]
