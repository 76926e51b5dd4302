"""Imports every room's tables, so that the metadata is whole. For migrations only."""

from diarium.archive import agreement_models as archive_agreements
from diarium.archive import delivery_models as archive_deliveries
from diarium.archive import import_models as archive_imports
from diarium.archive import models as archive
from diarium.archive import received_models as received
from diarium.assistance import models as assistance
from diarium.audit import models as audit
from diarium.audit import redaction_models, seals
from diarium.changes import models as changes
from diarium.classification import models as classification
from diarium.contacts import models as contacts
from diarium.correspondence import models as correspondence
from diarium.db.base import Base
from diarium.disclosure import models as disclosure
from diarium.disposal import models as disposal
from diarium.files import models as files
from diarium.identity import login_models as logins
from diarium.identity import models as identity
from diarium.intake import models as intake
from diarium.lists import models as lists
from diarium.register import models as register
from diarium.secrecy import models as secrecy
from diarium.secrecy import work_models as secrecy_work
from diarium.subscriptions import models as subscriptions
from diarium.webhooks import models as webhooks

ROOMS = (
    archive,
    archive_agreements,
    archive_deliveries,
    archive_imports,
    assistance,
    audit,
    changes,
    classification,
    contacts,
    correspondence,
    disclosure,
    disposal,
    files,
    identity,
    intake,
    lists,
    logins,
    received,
    redaction_models,
    register,
    seals,
    secrecy,
    secrecy_work,
    subscriptions,
    webhooks,
)
metadata = Base.metadata
