"""Reads packages that no register of ours wrote: passed over once to know what is in them, then case by case."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from diarium.archive.package_model import (
    Delivery,
    PackageAuthority,
    PackageClass,
    PackageInfo,
    PackageScheme,
    PackageSeries,
    PackageUnit,
)
from diarium.archive.reading import (
    assembling,
    erms_head,
    fgs1,
    foreign,
    foreign_facts,
    mets_header,
    places,
    raw_erms,
    raw_fgs1,
    xml,
)
from diarium.archive.reading.errors import UnreadablePackage
from diarium.archive.reading.facts import Box, moment_of
from diarium.archive.reading.foreign import UNREADABLE_SERIES, Context, number_of, uid_in
from diarium.archive.reading.locating import ERMS, Found
from diarium.archive.reading.mets_header import Header
from diarium.archive.reading.mets_index import MetsIndex
from diarium.archive.reading.model import ReadCase, ReadPackage
from diarium.classification.models import PublishingRule
from diarium.i18n import STOCKHOLM
from diarium.i18n import gettext as _
from diarium.register import numbering
from diarium.register.errors import InvalidFact
from diarium.register.rules import identity_number
from diarium.register.vocabulary import PartyKind

_CODE: Final = re.compile(r"[A-ZÅÄÖ0-9]{1,10}")
_LONG_AGO: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_RECORDS_IN_A_CASE: Final = 500
_MOST_CLASSES: Final = 20_000
_KINDS: Final = ("SUBMISSIONAGREEMENT", "REFERENCECODE")
RawCases = Callable[[], Iterator[Box]]


@dataclass(slots=True)
class _Survey:
    """What a pass over the raw cases finds."""

    cases: int = 0
    records: int = 0
    series: set[str] = field(default_factory=set)
    units: dict[uuid.UUID, str] = field(default_factory=dict)
    classes: dict[tuple[str, str], None] = field(default_factory=dict)
    first: dt.date | None = None
    last: dt.date | None = None


def read(folder: Path, found: Found) -> ReadPackage:
    """The package. Raises: UnreadablePackage."""
    header = mets_header.read(folder / found.mets if found.mets else None)
    facts = _facts(folder, found)
    package_id = header.package_id or folder.name
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, f"diarium:package:{package_id}")
    cases = _raw_cases(folder, found)
    survey = _look_over(cases, namespace)
    if not survey.cases:
        raise UnreadablePackage(_("Det finns inga ärenden i paketet."))
    info = _info(header, facts, survey, namespace, package_id)
    context = Context(
        namespace=namespace,
        authority_code=info.authority.code,
        default_series=info.authority.code,
        moment=info.created_at,
        classes=_by_code(info),
        files=MetsIndex(folder, _mets_documents(folder, found)),
    )
    units = {unit.uid: unit for unit in info.units}
    known = assembling.Known(units, {item.uid: item for scheme in info.schemes for item in scheme.classes})

    def read_cases() -> Iterator[ReadCase]:
        for place, box in enumerate(cases(), start=1):
            whole, remarks = foreign.complete(box, place, context)
            yield assembling.read_case(whole, known, remarks)

    return ReadPackage(
        folder=folder,
        profile=found.profile,
        package_id=package_id,
        is_ours=False,
        info=info,
        case_count=survey.cases,
        record_count=survey.records,
        reader=read_cases,
    )


def _raw_cases(folder: Path, found: Found) -> RawCases:
    """The raw cases of every document; records without a case stand in cases of their own."""
    is_erms = found.root == ERMS
    case_name, record_name = ("aggregation", "record") if is_erms else ("ArkivobjektArende", "ArkivobjektHandling")
    of_case = raw_erms.case_of if is_erms else raw_fgs1.case_of
    of_record = raw_erms.record_of if is_erms else raw_fgs1.record_of

    def cases() -> Iterator[Box]:
        for content in found.contents:
            base = content.rpartition("/")[0]

            def find(link: str, base: str = base) -> str | None:
                return places.find(folder, base, link)

            any_case = False
            for element in xml.stream(folder / content, case_name):
                any_case = True
                if not (is_erms and erms_head.is_group(element)):
                    yield of_case(element, find)
            if not any_case:
                yield from _gathered(
                    of_record(element, find) for element in xml.stream(folder / content, record_name)
                )

    return cases


def _gathered(records: Iterator[Box]) -> Iterator[Box]:
    case, number = None, 0
    for record in records:
        if case is None:
            number += 1
            case = Box("case")
            case.fill("system_id", f"records {number}")
            case.fill("number_text", f"Handlingar {number}")
            case.fill("title", _("Handlingar utan ärende"))
            case.fill("status_word", "closed")
        case.parts.append(record)
        if len(case.parts) == _RECORDS_IN_A_CASE:
            yield case
            case = None
    if case is not None:
        yield case


def _look_over(cases: RawCases, namespace: uuid.UUID) -> _Survey:
    survey = _Survey()
    for box in cases():
        survey.cases += 1
        survey.records += len(box.of("record")) + bool(box.of("document"))
        found = number_of(box)
        survey.series.add(found.series or "" if found is not None else UNREADABLE_SERIES)
        if (unit := box.optional("unit_name")) is not None:
            survey.units.setdefault(uid_in(namespace, "unit", unit.casefold()[:200]), unit[:200])
        code, title = foreign_facts.class_of(box)
        if code and len(survey.classes) < _MOST_CLASSES:
            survey.classes.setdefault((code, title), None)
        for one in (box, *box.of("record")):
            for name in [name for name in one.values if name.startswith("date:")]:
                day = foreign_facts.day(one, name.removeprefix("date:"))
                if day is not None and day.year >= 1600:
                    survey.first = min(survey.first or day, day)
                    survey.last = max(survey.last or day, day)
    return survey


def _facts(folder: Path, found: Found) -> Box:
    content = folder / found.contents[0]
    return erms_head.read(content).facts if found.root == ERMS else fgs1.read_head(content).facts


def _mets_documents(folder: Path, found: Found) -> list[str]:
    """The root's METS and those of the representations."""
    inner = sorted(path.relative_to(folder).as_posix() for path in folder.glob("representations/*/METS.xml"))
    return [*([found.mets] if found.mets else []), *inner]


def _info(header: Header, facts: Box, survey: _Survey, namespace: uuid.UUID, package_id: str) -> PackageInfo:
    created = _moment(header.created) or _moment(facts.optional("created_at")) or _LONG_AGO
    first = survey.first or created.astimezone(STOCKHOLM).date()
    last = survey.last or first
    authority = _authority(header, facts, survey, namespace, first)
    software = header.software if header.software[0] else (facts.text("software"), facts.text("software_version"))
    return PackageInfo(
        uid=uid_in(namespace, "package"),
        authority=authority,
        period_from=first,
        period_to=last,
        created_at=created,
        requested_by=facts.text("requested_by"),
        software=software,
        series=tuple(_series(code or authority.code, namespace) for code in sorted(survey.series)),
        units=tuple(PackageUnit(uid, name, is_active=False) for uid, name in survey.units.items()),
        schemes=_schemes(facts, survey, namespace, package_id, first, last),
        delivery=_delivery(header),
    )


def _authority(
    header: Header, facts: Box, survey: _Survey, namespace: uuid.UUID, first: dt.date
) -> PackageAuthority:
    name = header.creator or facts.optional("authority_name") or _("Okänd arkivbildare")
    told = (facts.optional("authority_code") or "").strip().upper()
    codes = [told, *sorted(code for code in survey.series if code not in ("", UNREADABLE_SERIES))]
    code = next((one for one in codes if _CODE.fullmatch(one)), _initials(name))
    numbers = [text.partition(":")[2] for text in header.codes if text.upper().startswith(("ORG:", "VAT:SE"))]
    number = next(
        (found for text in [*numbers, facts.text("organisation_number")] if (found := _number(text))), None
    )
    return PackageAuthority(
        uid=uid_in(namespace, "authority"),
        code=code,
        name=" ".join(name.split())[:200],
        organisation_number=number,
        email=None,
        phone=None,
        postal_address=None,
        active_from=_day(facts.optional("active_from")) or first,
        active_to=_day(facts.optional("active_to")),
    )


def _series(code: str, namespace: uuid.UUID) -> PackageSeries:
    return PackageSeries(
        uid=uid_in(namespace, "series", code),
        code=code[:10],
        name=_("Övertagna ärenden"),
        number_format=numbering.DEFAULT_FORMAT,
        restarts_yearly=True,
        is_restricted=False,
        is_active=False,
        opens_on=None,
        closes_on=None,
    )


def _schemes(
    facts: Box, survey: _Survey, namespace: uuid.UUID, package_id: str, first: dt.date, last: dt.date
) -> tuple[PackageScheme, ...]:
    """One scheme of the classes that the cases name. Nothing of them is published: no rule says that it may be."""
    if not survey.classes:
        return ()
    uid = uid_in(namespace, "scheme")
    taken: dict[str, int] = {}
    classes = []
    for code, title in survey.classes:
        taken[code] = taken.get(code, 0) + 1
        unique = code if taken[code] == 1 else f"{code[:34]} ({taken[code]})"
        classes.append(
            PackageClass(
                uid=uid_in(namespace, "class", code, title),
                code=unique,
                title=title,
                description="",
                publishing=PublishingRule.NOTHING,
                parent_code=None,
                disposal=None,
                record_types=(),
                scheme_uid=uid,
            )
        )
    name = facts.optional("scheme_told") or _("Klasser ur %(package)s", package=package_id)
    return (PackageScheme(uid, " ".join(name.split())[:200], "1", first, last, tuple(classes)),)


def _by_code(info: PackageInfo) -> Mapping[tuple[str, str], PackageClass]:
    classes = (item for scheme in info.schemes for item in scheme.classes)
    return {(re.sub(r" \(\d+\)$", "", item.code), item.title): item for item in classes}


def _delivery(header: Header) -> Delivery:
    agreement, reference = (next(iter(header.agreements.get(kind, [])), None) for kind in _KINDS)
    return Delivery(
        submission_agreement=agreement,
        previous_submission_agreements=tuple(header.agreements.get("PREVIOUSSUBMISSIONAGREEMENT", [])),
        reference_code=reference,
        previous_reference_codes=tuple(header.agreements.get("PREVIOUSREFERENCECODE", [])),
        status=header.status,
    )


def _initials(name: str) -> str:
    letters = "".join(word[0] for word in name.upper().split() if word[0].isalpha())[:10]
    return letters if _CODE.fullmatch(letters) else "ARKIV"


def _number(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    try:
        return identity_number(PartyKind.AUTHORITY, digits[:10] if len(digits) == 12 else digits)
    except InvalidFact:
        return None


def _moment(text: str | None) -> dt.datetime | None:
    try:
        return moment_of(text) if text else None
    except ValueError:
        return None


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()[:10]) if text else None
    except ValueError:
        return None
