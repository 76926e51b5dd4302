"""The list of cases, and one case with its time line."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.archive import delivery_queries
from diarium.correspondence import queries as letters
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register import case_sheet, queries, readings, taking_over
from diarium.register.models import DEPTH_LABELS, DisposalDepth
from diarium.register.timeline import ENTRY_LABELS, EntryKind
from diarium.register.views import CaseView, place_of
from diarium.register.vocabulary import (
    DEADLINE_KIND_LABELS,
    DEADLINE_STATE_LABELS,
    DECISION_KIND_LABELS,
    DECISION_STATE_LABELS,
    DIRECTION_LABELS,
    FINISHED,
    PARTY_KIND_LABELS,
    PARTY_ROLE_LABELS,
    RECORD_STATUS_LABELS,
    STATUS_LABELS,
    CaseStatus,
)
from diarium.secrecy import access
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, reading
from diarium.web.arguments import whole_number
from diarium.web.cases.frame import blueprint
from diarium.web.history import told
from diarium.web.publishing import panel

MOST_PAGES = 100_000
_FILTERS = ("authority", "status", "year", "mine", "open")
LABELS = {
    "statuses": STATUS_LABELS,
    "directions": DIRECTION_LABELS,
    "record_statuses": RECORD_STATUS_LABELS,
    "deadline_kinds": DEADLINE_KIND_LABELS,
    "deadline_states": DEADLINE_STATE_LABELS,
    "decision_kinds": DECISION_KIND_LABELS,
    "decision_states": DECISION_STATE_LABELS,
    "roles": PARTY_ROLE_LABELS,
    "kinds": PARTY_KIND_LABELS,
    "scopes": SCOPE_LABELS,
    "depths": DEPTH_LABELS,
}


@blueprint.get("/arenden")
@context.staff(Permission.READ)
def listing() -> ResponseReturnValue:
    """The cases that the actor may know of, with filters."""
    who = context.actor()
    args = request.args
    wanted = queries.CaseFilter(
        authority=args.get("authority") or None,
        status=CaseStatus(args["status"]) if args.get("status") in list(CaseStatus) else None,
        responsible_id=who.user_id if args.get("mine") == "1" else None,
        year=_year(args.get("year")),
        open_only=args.get("open") == "1",
    )
    number = whole_number(args.get("page"), 1, MOST_PAGES)
    with context.diarium().database.reading() as session:
        found = queries.case_page(session, who, wanted, page=number)
        marked = [case.uid for case in found.cases if case.is_restricted]
        reading.note_list(queries.restricted_shown(session, who, cases=marked), _("Ärenden"))
        authorities = queries.readable_authorities(session, who)
    kept = {key: value for key, value in args.items() if key in _FILTERS and value}

    def url_for_page(page: int) -> str:
        return f"{url_for('cases.listing')}?{urlencode({**kept, 'page': page})}"

    return context.page(
        "cases/listing.html",
        found=found,
        wanted=args,
        authorities=authorities,
        statuses=STATUS_LABELS,
        may_hand_over=bool(who.authorities(Permission.CORRECT)),
        url_for_page=url_for_page,
    )


@blueprint.get("/arende/<uuid:uid>")
@context.staff(Permission.READ)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One case with all that belongs to it. Looking at marked material is noted."""
    return show(uid)


def show(uid: uuid.UUID, errors: dict[str, str] | None = None) -> str:
    """The page of a case, with what went wrong in one of its small forms."""
    who = context.actor()
    kind = request.args.get("visa", "")
    wanted = EntryKind(kind) if kind in list(EntryKind) else None
    with context.diarium().database.reading() as session:
        case = case_sheet.load(session, who, uid, also_shared=True)
        found = case_sheet.page_of(session, who, case, kind=wanted, cursor=request.args.get("efter"))
        sent = letters.dispatches_of(session, who, case)
        sees_marked = access.needs_to_know(who, place_of(case))
        may_review_readings = readings.may_review(who, case)
        origin = taking_over.origin_of(session, case)
        delivered = delivery_queries.of_case(session, case) if case.status is CaseStatus.ARCHIVED else []
        web = panel.of_case(session, case) if who.may(Permission.READ, case.authority.code) else None
    head = found.head
    if head.needs_note:
        reading.note_case(head.view)
    return context.page(
        "cases/details.html",
        view=head.view,
        head=head,
        timeline=found.timeline,
        dispatches=sent,
        web=web,
        origin=origin,
        delivered=delivered,
        may_export=who.may(Permission.EXPORT, head.view.authority_code),
        told=told,
        tabs_of_timeline=_tabs(uid, wanted, noted=head.needs_note and may_review_readings),
        labels=LABELS,
        older_url=_older(uid, wanted, found.timeline.older),
        is_first_page="efter" not in request.args,
        may=allowed(head.view),
        may_lift=who.may(Permission.MARK, head.view.authority_code) and head.sees_everything,
        sees_marked=sees_marked and who.may(Permission.READ, head.view.authority_code),
        may_review_readings=may_review_readings,
        is_open=head.view.status not in FINISHED,
        errors=errors or {},
        values=request.form,
        show_time=show_time,
        **LABELS,
    )


def allowed(view: CaseView) -> dict[str, bool]:
    """What the actor may do in the case; its own officer may close it."""
    who = context.actor()
    may = {permission.value: who.may(permission, view.authority_code) for permission in Permission}
    own = view.responsible_id is not None and view.responsible_id == who.user_id
    return kept_rights(may | {"close": may["close"] or own}, view.disposed)


def kept_rights(may: dict[str, bool], disposed: DisposalDepth | None) -> dict[str, bool]:
    """What may still be done in a case that is disposed of; where only its files are, it may be marked."""
    if disposed is None:
        return may
    gone = {Permission.REGISTER, Permission.CORRECT, Permission.CLOSE, Permission.CANCEL}
    if disposed is DisposalDepth.EVERYTHING:
        gone.add(Permission.MARK)
    return may | {permission.value: False for permission in gone}


def _tabs(uid: uuid.UUID, wanted: EntryKind | None, *, noted: bool) -> list[tuple[str, str, bool, None]]:
    """The kinds of the time line; readings only where there are some to find, for those who look after them."""
    kinds = [kind for kind in EntryKind if noted or kind is not EntryKind.READING]
    return [
        (_("Allt"), url_for("cases.details", uid=uid, _anchor="timeline"), wanted is None, None),
        *(
            (
                str(ENTRY_LABELS[kind]),
                url_for("cases.details", uid=uid, visa=kind.value, _anchor="timeline"),
                wanted is kind,
                None,
            )
            for kind in kinds
        ),
    ]


def _older(uid: uuid.UUID, wanted: EntryKind | None, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = {"visa": wanted.value} if wanted else {}
    return f"{url_for('cases.details', uid=uid)}?{urlencode({**kept, 'efter': cursor})}#timeline"


def _year(text: str | None) -> int | None:
    """A year of four digits, or nothing."""
    year = whole_number(text, 0, 9999)
    return year if year >= 1000 else None
