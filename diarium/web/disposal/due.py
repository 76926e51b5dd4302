"""What may be disposed of by now, with what hinders it; a selection of it is made a proposal here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.classification import retention
from diarium.disposal import proposing, views
from diarium.disposal.due import Wanted
from diarium.disposal.models import GROUND_LABELS, Ground
from diarium.disposal.obstacles import OBSTACLE_LABELS, REMARK_LABELS
from diarium.errors import DomainError
from diarium.i18n import ngettext
from diarium.identity.permissions import Permission
from diarium.register.models import DEPTH_LABELS, DisposalDepth
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.disposal.blueprint import authorities, blueprint, chosen, mistakes

_MOST_ID = 2**63 - 1
_FIELDS = ("authority", "ground", "depth", "class_code", "rule", "year", "files_gone")


@blueprint.get("/att-gallra")
@context.staff(Permission.DISPOSE)
def due() -> ResponseReturnValue:
    """The cases of a selection, each with how its day is reckoned and what stands in its way."""
    return _page(request.args, {})


@blueprint.post("/att-gallra")
@context.staff(Permission.DISPOSE)
def propose() -> ResponseReturnValue:
    """Freezes the selection as a proposal."""
    values = request.form
    try:
        with context.diarium().database.unit_of_work() as session:
            wanted = _wanted(values, chosen(values, authorities(session)))
            made = proposing.propose(session, context.actor(), wanted, _depth(values), note=values.get("note", ""))
    except DomainError as error:
        return _page(values, mistakes(error)), 422
    left = made.left_out.total()
    flash(ngettext("Förslaget har %(num)s ärende.", "Förslaget har %(num)s ärenden.", made.count), "success")
    if left:
        message = ngettext(
            "%(num)s ärende lämnades utanför, eftersom något hindrar.",
            "%(num)s ärenden lämnades utanför, eftersom något hindrar.",
            left,
        )
        flash(message, "warning")
    return redirect(url_for("disposal.details", uid=made.proposal.uid))


def _page(values: Mapping[str, str], errors: dict[str, str]) -> str:
    after = whole_number(request.args.get("efter"), 0, _MOST_ID) or None
    with context.diarium().database.reading() as session:
        offered = authorities(session)
        wanted = _wanted(values, chosen(values, offered))
        found = views.due_page(session, context.actor(), wanted, _depth(values), after)
        kept = {name: values[name] for name in _FIELDS if values.get(name)}
        address = f"{url_for('disposal.due')}?{urlencode(kept)}"
        return context.page(
            "disposal/due.html",
            found=found,
            wanted=wanted,
            depth=_depth(values),
            authorities=offered,
            rules=retention.options(session),
            grounds=list(GROUND_LABELS.items()),
            depths=list(DEPTH_LABELS.items()),
            obstacle_labels=OBSTACLE_LABELS,
            remark_labels=REMARK_LABELS,
            values=values,
            kept=kept,
            errors=errors,
            next_url=f"{address}&efter={found.next}" if found.next else None,
            first_url=address if after else None,
        )


def _wanted(values: Mapping[str, str], authority: str) -> Wanted:
    """What was chosen; what can't be read counts as not chosen."""
    ground = values.get("ground", "")
    return Wanted(
        authority=authority,
        ground=Ground(ground) if ground in list(Ground) else Ground.DUE,
        class_code=values.get("class_code", "").strip()[:40] or None,
        rule_uid=_uid(values.get("rule", "")),
        year=whole_number(values.get("year"), 0, 9998) or None,
        with_files_gone=values.get("files_gone") == "1",
    )


def _depth(values: Mapping[str, str]) -> DisposalDepth:
    text = values.get("depth", "")
    return DisposalDepth(text) if text in list(DisposalDepth) else DisposalDepth.EVERYTHING


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
