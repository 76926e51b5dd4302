"""Everything that is checked against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from diarium.db.engine import Database
from diarium.files.store import LocalBlobStore
from diarium.public.projector import Projector
from diarium.search.folder_index import FolderIndex


@dataclass(frozen=True, slots=True)
class Installation:
    """The register, and what is derived from it. `keys`: those that may have signed the seals."""

    database: Database
    blobs: LocalBlobStore
    index: FolderIndex
    projector: Projector
    released: LocalBlobStore
    public_index: FolderIndex
    export_folder: Path
    keys: Sequence[Ed25519PublicKey]
    head_file: Path
