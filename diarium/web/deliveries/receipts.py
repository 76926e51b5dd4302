"""The receivers' answers: a form for each delivery, files that were returned, and files dropped here."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.archive import agreements, delivery_lookup, delivery_queries, receipt_reading, receipts
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_errors import InvalidReceipt, ReceiptNotFound
from diarium.archive.delivery_models import OUTCOME_LABELS, PackageDelivery, PackageReceipt, ReceiptState
from diarium.archive.receipt_text import sandboxed
from diarium.archive.receipts import ReceiptFacts
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today
from diarium.identity.permissions import Actor, Permission
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.deliveries.blueprint import MOST_VERSIONS, blueprint
from diarium.web.registration.form import tolerant_date


@blueprint.route("/leveranser/<uuid:uid>/kvittens", methods=["GET", "POST"])
@context.staff(Permission.EXPORT)
def receipt(uid: uuid.UUID) -> ResponseReturnValue:
    """Enters the receiver's answer by hand, or from a returned file (`kvittens` in the address)."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            _enter(uid)
            flash(_("Mottagarens svar är infört."), "success")
            return redirect(url_for("deliveries.details", uid=uid))
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    who = context.actor()
    with context.diarium().database.reading() as session:
        delivery = delivery_lookup.find(session, who, uid)
        returned = _returned(session, who, request.values.get("kvittens"))
        values = _proposed(delivery, returned)
    html = context.page(
        "deliveries/receipt.html",
        delivery=delivery,
        returned=returned,
        values={**values, **request.form.to_dict()},
        # A box that is not ticked sends nothing.
        archive=request.form.get("archive") == "1" if request.form else values["archive"] == "1",
        may_archive=delivery.record_status is not PackageStatus.TEST,
        errors=errors,
        outcomes=OUTCOME_LABELS,
        lost_file=bool(errors and request.files.get("file") and request.files["file"].filename),
    )
    return html, 422 if errors else 200


@blueprint.route("/kvittenser", methods=["GET", "POST"])
@context.staff(Permission.EXPORT)
def receipt_list() -> ResponseReturnValue:
    """Returned files that nobody has seen to; a file dropped here is read and matched with its delivery."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            return redirect(_dropped())
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    who = context.actor()
    with context.diarium().database.reading() as session:
        rows = receipts.waiting(session, who)
        choices = [(str(row.uid), f"{row.name} ({row.number})") for row in agreements.listing(session, who)]
    html = context.page(
        "deliveries/receipts.html",
        rows=rows,
        agreements=choices,
        values=request.form,
        errors=errors,
        outcomes=OUTCOME_LABELS,
        show_time=show_time,
    )
    return html, 422 if errors else 200


@blueprint.route("/kvittenser/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.EXPORT)
def returned_file(uid: uuid.UUID) -> ResponseReturnValue:
    """One returned file: what it seems to say, which delivery it is about; or that it is none of ours."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                receipts.dismiss(session, context.actor(), uid, request.form.get("reason", ""))
            flash(_("Filen är lagd åt sidan."), "success")
            return redirect(url_for("deliveries.receipt_list"))
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = receipts.find(session, who, uid)
        choices = delivery_queries.awaiting(session, who, found.agreement_id)
    html = context.page(
        "deliveries/returned.html",
        receipt=found,
        is_waiting=found.state is ReceiptState.WAITING,
        deliveries=choices,
        outcomes=OUTCOME_LABELS,
        values=request.form,
        errors=errors,
        show_time=show_time,
    )
    return html, 422 if errors else 200


@blueprint.get("/kvittenser/<uuid:uid>/fil")
@context.staff(Permission.EXPORT)
def receipt_file(uid: uuid.UUID) -> ResponseReturnValue:
    """The returned file as it came, always as a download."""
    services = context.diarium()
    with services.database.reading() as session:
        found = receipts.find(session, context.actor(), uid)
    if found.sha256 is None:
        abort(404)
    with services.blobs.open(found.sha256) as source:
        body = io.BytesIO(source.read())
    answer: Response = send_file(
        body, mimetype="application/octet-stream", as_attachment=True, download_name=found.file_name or "kvittens"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _enter(uid: uuid.UUID) -> None:
    form, services = request.form, context.diarium()
    delivered_on = day_or_error(tolerant_date(form.get("receipt_on", "")), "receipt_on")
    facts = ReceiptFacts(
        outcome=form.get("outcome", ""),
        receipt_on=delivered_on,
        receiver_reference=form.get("receiver_reference", ""),
        remark=form.get("remark", ""),
        archive=form.get("archive") == "1",
    )
    receipt_uid = _uid_or_none(form.get("kvittens"))
    upload = None if receipt_uid else _uploaded(services.blobs)
    version = whole_number(form.get("version"), 0, MOST_VERSIONS) or None
    with services.database.unit_of_work() as session:
        receipts.enter(
            session, context.actor(), uid, facts, receipt_uid=receipt_uid, upload=upload, version=version
        )


def _dropped() -> str:
    """Where a dropped file leads: to its delivery's form, or to a page where the delivery is chosen."""
    services, who = context.diarium(), context.actor()
    upload = _uploaded(services.blobs)
    if upload is None:
        raise InvalidReceipt(_("Välj filen som mottagaren har skickat."), field="file")
    store, name, content = upload
    with ExtractionSandbox() as sandbox:
        read_text = sandboxed(sandbox)
        text = None if receipt_reading.is_plain(name, content) else read_text(content, name)
    found = receipt_reading.read(content, name, text=text)
    with services.database.unit_of_work() as session:
        chosen = _uid_or_none(request.form.get("agreement"))
        agreement = receipts.agreement_of(session, who, found)
        if chosen is not None:
            agreement = agreements.find(session, who, chosen)
        if agreement is None:
            raise InvalidReceipt(
                _("Filen nämner inget paket härifrån. Välj vilken överenskommelse den gäller."), field="agreement"
            )
        kept = receipts.take_in(
            session, who, agreement, store, name, content, read_text=lambda _content, _name: text or ""
        )
        if kept.delivery is not None:
            return url_for("deliveries.receipt", uid=kept.delivery.uid, kvittens=kept.uid)
        return url_for("deliveries.returned_file", uid=kept.uid)


def _uploaded(store: BlobStore) -> tuple[BlobStore, str, bytes] | None:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return None
    content = upload.stream.read(receipt_reading.MAX_BYTES + 1)
    if len(content) > receipt_reading.MAX_BYTES:
        raise InvalidReceipt(_("Filen är större än 10 MB. Så stor är ingen kvittens."), field="file")
    if not content:
        raise InvalidReceipt(_("Filen är tom."), field="file")
    return store, upload.filename, content


def _returned(session: Session, who: Actor, text: str | None) -> PackageReceipt | None:
    uid = _uid_or_none(text)
    if uid is None:
        return None
    found = receipts.find(session, who, uid)
    if found.state is not ReceiptState.WAITING:
        raise ReceiptNotFound(_("Kvittensen är redan hanterad."))
    return found


def _proposed(delivery: PackageDelivery, returned: PackageReceipt | None) -> Mapping[str, str]:
    """What the form says at first: what was read in the file, to be confirmed."""
    found = (returned.found if returned else None) or {}
    return {
        "version": str(delivery.version),
        "outcome": found.get("outcome") or "",
        "receipt_on": found.get("receipt_on") or (today().isoformat() if returned is None else ""),
        "receiver_reference": found.get("receiver_reference") or "",
        "remark": found.get("remark") or "",
        "archive": "1" if receipts.archives_by_default(delivery) else "",
    }


def _uid_or_none(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
