"""Files against what METS says of them: there, as large and with the checksum it says; all listed, and once.

Hashes in pieces of a MiB, so memory does not grow with the files; no file is read twice for the same algorithm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from diarium.archive.validation.checks import place_of
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.listing import Fault, PackageFiles, Target
from diarium.archive.validation.mets import NS, Mets
from diarium.archive.validation.model import MIB, Place, Severity
from diarium.archive.validation.rules_metadata import HREF, SECTIONS
from diarium.archive.validation.rules_structure import unlisted_metadata
from diarium.archive.validation.vocabularies import CHECKSUM_ALGORITHMS
from diarium.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Reference:
    """One place in METS that names a file: `link` has the href, `facts` size and checksum; rules by question."""

    link: etree._Element
    facts: etree._Element
    missing: str
    size: str
    checksum: str
    is_file: bool = False


def references(mets: Mets) -> Iterator[Reference]:
    """Every mdRef, FLocat and mptr that has an href."""
    known = set()
    for path, ids in SECTIONS:
        for link in mets.all(f"{path}/m:mdRef[@{HREF}]"):
            known.add(link)
            yield Reference(link, link, ids["href"][0], ids["SIZE"][0], ids["CHECKSUM"][0])
    for link in mets.all(f".//m:mdRef[@{HREF}]"):
        if link not in known:
            yield Reference(link, link, "FILE-MISSING", "FILE-SIZE", "FILE-CHECKSUM")
    for file in mets.all("m:fileSec//m:file"):
        for link in file.iterfind(f"m:FLocat[@{HREF}]", NS):
            yield Reference(link, file, "CSIP79", "CSIP69", "CSIP71", is_file=True)
    for link in mets.all(f"m:structMap//m:mptr[@{HREF}]"):
        yield Reference(link, link, "CSIP110", "CSIP110", "CSIP110")


class Fixity:
    """Checks the files of one package, METS file by METS file; `finish` tells what none of them listed."""

    def __init__(
        self,
        files: PackageFiles,
        findings: Collector,
        *,
        as_local_url: bool = False,
        on_read: Callable[[int], None] = lambda count: None,
    ) -> None:
        """`on_read`: told how many bytes have been read since it last was."""
        self._files = files
        self._findings = findings
        self._as_local_url = as_local_url
        self._on_read = on_read
        self._digests: dict[tuple[str, str], str | None] = {}
        self.listed: set[str] = set()

    def check(self, mets: Mets, found: Iterator[Reference]) -> None:
        once: set[str] = set()
        for reference in found:
            target = self._files.find(reference.link.get(HREF, ""), mets.folder, as_local_url=self._as_local_url)
            self._tell_faults(mets, reference, target)
            if target.file is None:
                continue
            self.listed.add(target.file)
            if reference.is_file and target.file in once:
                told = _("%(file)s förtecknas mer än en gång.", file=target.file)
                mend = _("Behåll ett file-element för filen.")
                self._tell(mets, "FILE-TWICE", reference.link, HREF, told, mend)
            if reference.is_file:
                once.add(target.file)
            self._size_and_checksum(mets, reference, target.file)

    def finish(self, own: set[str]) -> None:
        """Tells of files that no METS lists; `own` are METS files that need no listing."""
        described = {name: rule for rule, name in unlisted_metadata(self._files, self.listed)}
        for name in sorted(set(self._files.sizes) - self.listed - own):
            rule = described.get(name, "FILE-EXTRA")
            is_placeholder = name.rsplit("/", 1)[-1].startswith(".") and not self._files.sizes[name]
            self._findings.add(
                rule,
                Place(name),
                _("%(file)s finns i paketet men är inte förtecknad i METS.", file=name),
                _("Förteckna filen i METS.xml med kontrollsumma, eller ta bort den."),
                severity=Severity.WARNING if is_placeholder else Severity.ERROR,
            )

    def _tell(
        self,
        mets: Mets,
        rule: str,
        element: etree._Element,
        attribute: str,
        told: str,
        mend: str,
        severity: Severity | None = None,
    ) -> None:
        place = place_of(mets, self._findings, rule, element, attribute)
        self._findings.add(rule, place, told, mend, severity=severity)

    def _tell_faults(self, mets: Mets, reference: Reference, target: Target) -> None:
        mend = _("Skriv sökvägen relativt METS-filen med snedstreck framåt, t.ex. metadata/fil.xml.")
        if self._as_local_url:
            mend = _("Skriv sökvägen från paketets rot, som file:///Content/1/fil.pdf.")
        for fault in target.faults:
            severity = None
            rule, told = (
                "FILE-HREF",
                _("Sökvägen till %(file)s är inte skriven som en relativ URL.", file=target.wanted),
            )
            if fault is Fault.MISSING:
                rule, told = reference.missing, _("%(file)s finns inte i paketet.", file=target.wanted[:300])
                mend = _("Lägg filen i paketet eller rätta sökvägen.")
            elif fault is Fault.EMPTY:
                told, severity = _("Sökvägen är tom."), Severity.ERROR
            elif fault is Fault.EXTERNAL:
                rule, told = "FILE-ESCAPE", _("%(href)s pekar utanför paketet.", href=target.wanted[:300])
            elif fault is Fault.ESCAPES:
                rule, told = (
                    "FILE-ESCAPE",
                    _("%(href)s leder ut ur paketet och följs inte.", href=target.wanted[:300]),
                )
            elif fault is Fault.CASE:
                rule = "FILE-CASE"
                told = _(
                    "Sökvägen är %(wanted)s men filen heter %(file)s.", wanted=target.wanted, file=target.file
                )
                mend = _("Skriv sökvägen precis som filen heter: många system skiljer på stora och små bokstäver.")
            self._tell(mets, rule, reference.link, HREF, told, mend, severity)

    def _size_and_checksum(self, mets: Mets, reference: Reference, file: str) -> None:
        facts = reference.facts
        said, real = facts.get("SIZE", ""), self._files.sizes[file]
        checksum, kind = facts.get("CHECKSUM", "").strip().lower(), facts.get("CHECKSUMTYPE", "")
        if checksum and kind and not self._checksum(mets, reference, file, checksum, kind):
            converted = _with_other_line_ends(self._files.path(file), kind, checksum)
            if converted is None:
                told = _("%(file)s har en annan kontrollsumma än METS anger (%(kind)s).", file=file, kind=kind)
                mend = _("Filen har ändrats eller skadats. Hämta rätt fil eller räkna om kontrollsumman.")
                self._tell(mets, reference.checksum, facts, "CHECKSUM", told, mend)
            else:
                real = converted
                told = _("%(file)s har fått andra radslut än när METS skrevs (CRLF eller LF).", file=file)
                mend = _("Hämta filen på nytt och för över den oförändrad, binärt.")
                self._tell(mets, "FILE-EOL", facts, "CHECKSUM", told, mend)
        if said.isdecimal() and int(said) != real:
            told = _("%(file)s är %(real)d byte, inte %(said)s.", file=file, real=real, said=said)
            mend = _("Kontrollera att filen är hel och rätta SIZE.")
            self._tell(mets, reference.size, facts, "SIZE", told, mend)

    def _checksum(self, mets: Mets, reference: Reference, file: str, checksum: str, kind: str) -> bool:
        """False when the file certainly has another checksum."""
        if kind not in CHECKSUM_ALGORITHMS:
            told = _("Kontrollsumman kan inte kontrolleras: %(kind)s används inte längre.", kind=kind[:40])
            mend = _("Använd SHA-256.")
            self._tell(mets, reference.checksum, reference.facts, "CHECKSUMTYPE", told, mend, Severity.WARNING)
            return True
        digest = self.digest(file, kind)
        return digest is None or digest == checksum

    def digest(self, file: str, kind: str) -> str | None:
        """Hex, in lower case; None (with a finding) for a file that cannot be read. Computed once."""
        key = (file, kind)
        if key not in self._digests:
            self._digests[key] = self._computed(file, kind)
        return self._digests[key]

    def _computed(self, file: str, kind: str) -> str | None:
        if self._files.beside is not None and kind == "SHA-256":
            known = self._files.beside.sha256(file)
            if known is not None:
                return known
        digest = hashlib.new(CHECKSUM_ALGORITHMS[kind], usedforsecurity=False)
        try:
            with self._files.path(file).open("rb") as source:
                while chunk := source.read(MIB):
                    digest.update(chunk)
                    self._on_read(len(chunk))
        except OSError as error:
            told = _("%(file)s kan inte läsas: %(reason)s", file=file, reason=error.strerror or error)
            self._findings.add("FILE-READ", Place(file), told, _("Kontrollera filens behörighet."))
            return None
        return digest.hexdigest()


def _with_other_line_ends(path: Path, kind: str, checksum: str) -> int | None:
    """Size that the file has with the other kind of line ends, if that gives the checksum (copied as text)."""
    name = CHECKSUM_ALGORITHMS[kind]
    as_lf, as_crlf = (hashlib.new(name, usedforsecurity=False) for _kind in range(2))
    sizes = [0, 0]
    held = b""
    try:
        with path.open("rb") as source:
            while chunk := source.read(MIB):
                chunk = held + chunk
                held = chunk[-1:] if chunk.endswith(b"\r") else b""  # its \n may come in the next piece
                lf = chunk[: len(chunk) - len(held)].replace(b"\r\n", b"\n")
                crlf = lf.replace(b"\n", b"\r\n")
                for order, (digest, part) in enumerate(((as_lf, lf), (as_crlf, crlf))):
                    digest.update(part)
                    sizes[order] += len(part)
    except OSError:
        return None
    for order, digest in enumerate((as_lf, as_crlf)):
        digest.update(held)
        if digest.hexdigest() == checksum:
            return sizes[order] + len(held)
    return None
