"""What the closed lists of this room are called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.classification.models import PublishingRule, Retention
from diarium.i18n import lazy_gettext as _l


class RetentionEvent(StrEnum):
    """From when a time of retention is counted. Other events may be named in words."""

    CASE_CLOSED = "case_closed"
    FISCAL_YEAR_END = "fiscal_year_end"
    CONTRACT_END = "contract_end"


class SchemeState(StrEnum):
    """Where a version of a scheme stands today."""

    PLANNED = "planned"
    IN_FORCE = "in_force"
    ENDED = "ended"


PUBLISHING_LABELS: Mapping[PublishingRule, str] = {
    PublishingRule.NOTHING: _l("Visas inte alls"),
    PublishingRule.NUMBER_ONLY: _l("Bara nummer och datum"),
    PublishingRule.METADATA: _l("Uppgifter utan filer"),
    PublishingRule.METADATA_AND_FILES: _l("Uppgifter och släppta filer"),
}
RETENTION_LABELS: Mapping[Retention, str] = {
    Retention.PRESERVE: _l("Bevaras"),
    Retention.DISPOSE: _l("Gallras"),
}
EVENT_LABELS: Mapping[RetentionEvent, str] = {
    RetentionEvent.CASE_CLOSED: _l("när ärendet har avslutats"),
    RetentionEvent.FISCAL_YEAR_END: _l("när räkenskapsåret har gått ut"),
    RetentionEvent.CONTRACT_END: _l("när avtalet har upphört"),
}
STATE_LABELS: Mapping[SchemeState, str] = {
    SchemeState.PLANNED: _l("Planerad"),
    SchemeState.IN_FORCE: _l("Gäller"),
    SchemeState.ENDED: _l("Har upphört"),
}
