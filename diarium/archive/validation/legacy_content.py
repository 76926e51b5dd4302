"""Content documents of FGS Ärendehantering 1.0: schema, then one walk in constant memory by their own rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation.checks import Context, asked
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.documents import check_schema, root_tag, walk
from diarium.archive.validation.fixity import Fixity
from diarium.archive.validation.legacy_attachments import CONTENT, Attachments
from diarium.archive.validation.legacy_header import EXT
from diarium.archive.validation.legacy_items import TEXTS, Item, Judge, Told
from diarium.archive.validation.legacy_parts import PARTS, part_faults
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import line_of
from diarium.archive.validation.model import Limits, Place
from diarium.i18n import STOCKHOLM
from diarium.i18n import gettext as _

NAMESPACE: Final = "{http://xml.ra.se/e-arkiv/FGS-ERMS}"
SCHEMA: Final = "Arendehantering.xsd"
_ROOT: Final = "Leveransobjekt"
_CASE: Final = f"{NAMESPACE}ArkivobjektArende"
_RECORD: Final = f"{NAMESPACE}ArkivobjektHandling"
_KEPT: Final = frozenset(NAMESPACE + child for children in PARTS.values() for child in children)


def check_content(
    context: Context,
    files: PackageFiles,
    fixity: Fixity,
    schemas: SchemaSet,
    limits: Limits,
    now: dt.datetime,
) -> None:
    """Every Leveransobjekt of the package; `context`: sip.xml. `now` is aware."""
    findings = context.findings
    documents = list(_documents(files, findings))
    used = set(documents)
    unread = 0
    for file in documents:
        walked = _Walk(file, files, fixity, findings, now)
        if check_schema(files.path(file), file, SCHEMA, schemas, limits, findings) and walked.run():
            used |= walked.used
            if walked.is_sensitive and not context.mets.root.get(f"{EXT}ACCESSRESTRICT"):
                told = _("%(file)s har skyddade uppgifter, men ext:ACCESSRESTRICT är inte angivet.", file=file)
                context.tell("ARENDE-PROTECTED", context.mets.root, told)
        else:
            unread += 1
    kind = context.mets.root.get("TYPE", "")
    if documents and kind != "ERMS":
        told = _("Paketet har ärenden men TYPE är ”%(kind)s”.", kind=kind[:80])
        context.tell("FGS12-TYPE-ERMS", context.mets.root, told, attribute="TYPE")
    elif not documents and kind == "ERMS":
        context.tell(
            "ARENDE-DOCUMENT", context.mets.root, _("Paketet har inget Leveransobjekt."), attribute="TYPE"
        )
    for file in files.under(CONTENT) if documents and not unread else ():
        if file not in used:
            told = _("%(file)s är inte bilaga till någon handling.", file=file)
            mend = _("Lägg till filen som bilaga hos sin handling, eller ta bort den ur paketet.")
            findings.add("ARENDE-UNUSED", Place(file), told, mend)


def _documents(files: PackageFiles, findings: Collector) -> Iterator[str]:
    """XML files whose root is a Leveransobjekt, wherever they lie."""
    for file in sorted(files.sizes):
        if not file.lower().endswith(".xml") or file.startswith("System/") or file == "sip.xml":
            continue
        tag = root_tag(files.path(file))
        if tag == NAMESPACE + _ROOT:
            yield file
        elif tag is not None and tag.rpartition("}")[2] == _ROOT:
            told = _("%(file)s är ett Leveransobjekt i fel namnrymd och kontrolleras inte.", file=file)
            findings.add("ARENDE-NAMESPACE", Place(file, 1), told, asked("ARENDE-NAMESPACE"))


class _Walk:
    """One pass through a Leveransobjekt."""

    def __init__(
        self, file: str, files: PackageFiles, fixity: Fixity, findings: Collector, now: dt.datetime
    ) -> None:
        self._file = file
        self._files = files
        self._findings = findings
        self._judge = Judge(now.astimezone(STOCKHOLM).replace(tzinfo=None))
        self._attachments = Attachments(file, files, fixity, findings)
        self._items: Mapping[str, Item] = {_CASE: Item(), _RECORD: Item()}
        self.is_sensitive = False

    @property
    def used(self) -> set[str]:
        """Files that are attached to something."""
        return self._attachments.used

    def run(self) -> bool:
        """Whether the whole document could be read."""
        whole = walk(self._files.path(self._file), self._file, self._findings, self._ended, keep=_KEPT)
        if whole and not self._judge.count:
            told = _("%(file)s har varken ärenden eller handlingar.", file=self._file)
            self._findings.add("ARENDE-EMPTY", Place(self._file), told, asked("ARENDE-EMPTY"))
        return whole

    def _ended(self, element: etree._Element) -> None:
        name = str(element.tag).removeprefix(NAMESPACE)
        parent = element.getparent()
        item = self._items.get(str(parent.tag)) if parent is not None else None
        if item is not None and name in TEXTS:
            item.texts[name] = element.text or ""
        elif name in PARTS:
            self.is_sensitive |= _is_sensitive(element, name)
            self._tell(element, part_faults(element, name))
        elif name == "Bilaga":
            self._attachment(element, item)
        elif element.tag == _RECORD:
            self._tell(element, self._judge.record(self._items[_RECORD], element.get("Systemidentifierare")))
            self._items = {**self._items, _RECORD: Item()}
        elif element.tag == _CASE:
            self._tell(element, self._judge.case(self._items[_CASE], element.get("Systemidentifierare")))
            self._items = {_CASE: Item(), _RECORD: Item()}

    def _attachment(self, element: etree._Element, item: Item | None) -> None:
        name = element.get("Namn", "").strip()
        if item is not None and name in item.attached:
            told = _("Bilagan ”%(name)s” finns två gånger i samma handling eller ärende.", name=name[:200])
            self._tell(element, [("ARENDE-BILAGA-NAMN", told)])
        elif item is not None:
            item.attached.add(name)
        self._attachments.check(element, self._place(element))

    def _tell(self, element: etree._Element, faults: Iterator[Told] | list[Told]) -> None:
        for rule, told in faults:
            self._findings.add(rule, self._place(element), told, asked(rule))

    def _place(self, element: etree._Element) -> Place:
        # siblings before it are freed, so no XPath with numbers can be given
        return Place(self._file, line_of(element), f"//{str(element.tag).removeprefix(NAMESPACE)}")


def _is_sensitive(element: etree._Element, name: str) -> bool:
    """A marking of secrecy, or a party with protected identity."""
    if name == "Restriktion":
        return element.get("Typ") in ("Sekretess", "Integritet")
    return (element.findtext(f"{NAMESPACE}SkyddadIdentitet") or "").strip() in ("true", "1")
