"""The life of an export: asked for, packaged, validated. The cases stay closed; delivery and receipt come later."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import __version__
from diarium.archive import conversion, loading, packaging, selection
from diarium.archive.errors import ExportCancelled, ExportNotFound, ExportUnderWay, NothingToExport, PackagingStopped
from diarium.archive.models import Export, ExportState
from diarium.archive.package_model import Contact, Delivery, PackageCase, PackageInfo
from diarium.archive.profiles.fgs2 import Fgs2
from diarium.archive.validation import validate_package
from diarium.audit import service as audit
from diarium.changes import feed
from diarium.changes.models import Change
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.files.store import BlobStore
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Permission
from diarium.register import lookup
from diarium.register.vocabulary import CaseStatus

ENTITY_TYPE = "export"
REQUESTED = "export.requested"
_WAITING = (ExportState.REQUESTED, ExportState.PACKAGING)
_FINISHED = (ExportState.VALIDATED, ExportState.INVALID, ExportState.FAILED)
_PROGRESS_EVERY_SECONDS = 1.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the packaging has come, in cases."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where and how packages are made."""

    database: Database
    store: BlobStore
    export_folder: Path
    profile: packaging.Profile = field(default_factory=Fgs2)
    delivery: Delivery = field(default_factory=Delivery)
    on_progress: Callable[[Progress], None] = lambda progress: None
    is_cancelled: Callable[[], bool] = lambda: False
