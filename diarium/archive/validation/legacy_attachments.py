"""Bilaga in a Leveransobjekt: the file is in the package, and is what is said of it.

Source: FGS Ärendehantering 1.0 (Lank: name of the file with its path). Where the path begins is not said there:
at the root of the package, as in sip.xml, at the document or in Content; some systems write the name alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from diarium.archive.validation import legacy_values as values
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.fixity import Fixity
from diarium.archive.validation.listing import Fault, PackageFiles, Target
from diarium.archive.validation.model import Place
from diarium.i18n import gettext as _

CONTENT = "Content"


@dataclass(slots=True)
class Attachments:
    """The attachments of one document. `used`: files that have been met as one."""

    document: str
    files: PackageFiles
    fixity: Fixity
    findings: Collector
    used: set[str] = field(default_factory=set)
    _by_name: dict[str, str | None] | None = None

    def check(self, element: etree._Element, place: Place) -> None:
        """One Bilaga."""
        written = element.get("Lank", "")
        target, is_name_alone = self._target(written)
        if target.file is None:
            self._tell_missing(element, place, target)
            return
        if is_name_alone:
            told = _("Lank är bara ett namn, ”%(name)s”. Filen finns i %(file)s.", name=written, file=target.file)
            mend = _("Skriv hela sökvägen, t.ex. file:///Content/1/fil.pdf.")
            self.findings.add("ARENDE-LANK", place, told, mend)
        for fault, rule in ((Fault.CASE, "FILE-CASE"), (Fault.BACKSLASH, "FILE-HREF")):
            if fault in target.faults:
                told = _("Länken %(path)s är inte skriven precis som filen %(file)s.",
                         path=written[:200], file=target.file)  # fmt: skip
                self.findings.add(rule, place, told, _("Skriv sökvägen som filen heter, med snedstreck framåt."))
        if target.file in self.used:
            told = _("%(file)s är bilaga på mer än ett ställe.", file=target.file)
            mend = _("Ge varje handling en egen fil, eller hänvisa med en relation.")
            self.findings.add("ARENDE-BILAGA-TWICE", place, told, mend)
        self.used.add(target.file)
        self._size(element, place, target.file)
        self._checksum(element, place, target.file)

    def _target(self, written: str) -> tuple[Target, bool]:
        """Where the link leads, and whether it was found by its name alone."""
        folder = self.document.rpartition("/")[0]
        found = Target(None, written, (Fault.EMPTY,))
        for base in dict.fromkeys(("", CONTENT, folder)):
            found = self.files.find(written, base, as_local_url=True)
            if found.file is not None:
                return found, False
        name = written.strip()
        if name and "/" not in name and "\\" not in name:
            file = self._named(name)
            if file is not None:
                return Target(file, file, ()), True
        return found, False

    def _named(self, name: str) -> str | None:
        """The one file of that name in Content."""
        if self._by_name is None:
            self._by_name = {}
            for file in self.files.under(CONTENT):
                last = file.rsplit("/", 1)[-1]
                self._by_name[last] = None if last in self._by_name else file
        return self._by_name.get(name)

    def _tell_missing(self, element: etree._Element, place: Place, target: Target) -> None:
        name = element.get("Namn", "")[:200]
        mend = _("Lägg filen i Content och skriv dess sökväg i Lank, t.ex. file:///Content/1/fil.pdf.")
        if {Fault.ESCAPES, Fault.EXTERNAL} & set(target.faults):
            told = _("Bilagan %(name)s har länken %(path)s, som leder ut ur paketet och inte följs.",
                     name=name, path=target.wanted[:200])  # fmt: skip
            self.findings.add("FILE-ESCAPE", place, told, mend)
        else:
            told = _("Bilagan %(name)s ska finnas i %(path)s, men det gör den inte.",
                     name=name, path=target.wanted[:200])  # fmt: skip
            self.findings.add("ARENDE-BILAGA", place, told, mend)

    def _size(self, element: etree._Element, place: Place, file: str) -> None:
        said, real = element.get("Storlek", "").strip(), self.files.sizes[file]
        if said.isdecimal() and int(said) != real:
            told = _("%(file)s är %(real)d byte, inte %(said)s.", file=file, real=real, said=said)
            mend = _("Kontrollera att filen är hel och rätta Storlek. Utelämna Storlek om filen är över 2 GiB.")
            self.findings.add("ARENDE-STORLEK", place, told, mend)

    def _checksum(self, element: etree._Element, place: Place, file: str) -> None:
        said = element.get("Checksumma", "").strip().lower()
        if not said:
            return
        method = element.get("ChecksummaMetod", "")
        kind = values.checksum_kind(method)
        if kind is None:
            told = _("Kontrollsumman för %(file)s har metoden ”%(method)s”.", file=file, method=method[:80])
            self.findings.add("ARENDE-METOD", place, told, _("Använd SHA-256 och skriv det i ChecksummaMetod."))
            return
        real = self.fixity.digest(file, kind)
        if real is not None and real != said:
            told = _("%(file)s har en annan kontrollsumma än bilagan anger (%(kind)s).", file=file, kind=kind)
            mend = _("Filen har ändrats eller skadats. Hämta rätt fil eller räkna om kontrollsumman.")
            self.findings.add("ARENDE-CHECKSUMMA", place, told, mend)
