"""Imports every room's tables, so that the metadata is whole. For migrations only."""

from diarium.archive import models as archive
from diarium.audit import models as audit
from diarium.changes import models as changes
from diarium.classification import models as classification
from diarium.db.base import Base
from diarium.files import models as files
from diarium.identity import models as identity
from diarium.register import models as register
from diarium.secrecy import models as secrecy

ROOMS = (archive, audit, changes, classification, files, identity, register, secrecy)
metadata = Base.metadata
