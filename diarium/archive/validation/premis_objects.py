"""The objects of a PREMIS file against the package: the file is there, as large and with the checksum it says.

Streams: what is held is the present object's few facts, and the paths of the files that have been described.
Source: PREMIS Data Dictionary 3.0, 1.1 objectIdentifier, 1.5.2 fixity, 1.5.3 size, 1.7 storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from diarium.archive.validation.collector import Collector
from diarium.archive.validation.documents import walk
from diarium.archive.validation.fixity import Fixity
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import NS, Mets, line_of
from diarium.archive.validation.model import Place, Severity
from diarium.archive.validation.rules_metadata import HREF
from diarium.i18n import gettext as _

PREMIS = "{http://www.loc.gov/premis/v3}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_ALGORITHMS = {"MD5": "MD5", "SHA1": "SHA-1", "SHA256": "SHA-256", "SHA384": "SHA-384", "SHA512": "SHA-512"}
_MOST = 50


@dataclass(slots=True)
class _Object:
    """What one object has said so far."""

    names: list[str] = field(default_factory=list)
    locations: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)
    algorithm: str = ""
    digests: list[tuple[str, str]] = field(default_factory=list)


class PremisObjects:
    """Reads the PREMIS files of one package; `finish` tells which files none of them describes."""

    def __init__(
        self, documents: Iterable[Mets], files: PackageFiles, fixity: Fixity, findings: Collector
    ) -> None:
        self._files = files
        self._fixity = fixity
        self._findings = findings
        self._by_id = _files_by_id(documents, files)
        self._described: set[str] = set()
        self._file = ""
        self._base = ""
        self._now = _Object()

    def read(self, file: str) -> None:
        """Checks the objects of one PREMIS file, which is well-formed."""
        self._file = file
        self._base = file.split("/metadata/", 1)[0] if "/metadata/" in file else ""
        self._now = _Object()
        walk(self._files.path(file), file, self._findings, self._ended)

    def finish(self) -> None:
        """Files of a representation that have no object although others there have one."""
        folders = {_data_folder(file) for file in self._described} - {""}
        for folder in sorted(folders):
            for file in self._files.under(folder):
                name = file.rsplit("/", 1)[-1]
                if file not in self._described and not name.startswith(".") and name.lower() != "erms.xml":
                    told = _("%(file)s har inget objekt i PREMIS, som andra filer i mappen.", file=file)
                    mend = _("Lägg till filen som objekt i PREMIS-filen.")
                    self._findings.add("PREMIS-UNDESCRIBED", Place(file), told, mend)

    def _ended(self, element: etree._Element) -> None:
        now, text = self._now, (element.text or "").strip()
        match str(element.tag).removeprefix(PREMIS):
            case "objectIdentifierValue":
                _keep(now.names, text)
            case "contentLocationValue":
                _keep(now.locations, text)
            case "size":
                _keep(now.sizes, text)
            case "messageDigestAlgorithm":
                now.algorithm = _ALGORITHMS.get("".join(c for c in text.upper() if c.isalnum()), "")
            case "messageDigest":
                if now.algorithm and len(now.digests) < _MOST:
                    now.digests.append((now.algorithm, text.lower()))
            case "object":
                if element.get(_TYPE, "").rsplit(":", 1)[-1] == "file":
                    self._judge(element)
                self._now = _Object()

    def _judge(self, element: etree._Element) -> None:
        now = self._now
        file = self._found()
        if file is None:
            self._tell_lost(element)
            return
        self._described.add(file)
        sizes = [int(size) for size in now.sizes if size.isascii() and size.isdecimal() and len(size) < 20]
        real = self._files.sizes[file]
        if sizes and real not in sizes:
            told = _(
                "PREMIS anger %(said)d byte för %(file)s, som är %(real)d.", said=sizes[0], file=file, real=real
            )
            self._tell("PREMIS-SIZE", element, told, _("Rätta size i PREMIS, eller lägg dit rätt fil."))
        # of several compositions of a file, one is the file as it lies here
        if now.digests and all(self._differs(file, kind, digest) for kind, digest in now.digests):
            told = _("PREMIS anger en annan kontrollsumma än den som %(file)s har.", file=file)
            self._tell("PREMIS-FIXITY", element, told, _("Hämta rätt fil, eller rätta messageDigest i PREMIS."))

    def _differs(self, file: str, kind: str, said: str) -> bool:
        digest = self._fixity.digest(file, kind)
        return digest is not None and digest != said

    def _found(self) -> str | None:
        for name in (*self._now.locations, *self._now.names):
            if name in self._by_id:
                return self._by_id[name]
            for base in dict.fromkeys(("", self._base)):
                target = self._files.find(name, base)
                if target.file is not None:
                    return target.file
        return None

    def _tell_lost(self, element: etree._Element) -> None:
        now = self._now
        shown = next(iter((*now.locations, *now.names)), "")[:200]
        told = _("PREMIS har ett objekt %(name)s som inte svarar mot någon fil i paketet.", name=shown)
        mend = _("Ange filens sökväg i contentLocation, eller dess ID i METS som objectIdentifier.")
        self._tell("PREMIS-OBJECT", element, told, mend, None if now.locations else Severity.INFO)

    def _tell(
        self, rule: str, element: etree._Element, told: str, mend: str, severity: Severity | None = None
    ) -> None:
        place = Place(self._file, line_of(element), "//object")
        self._findings.add(rule, place, told, mend, severity=severity)


def _keep(values: list[str], text: str) -> None:
    if text and len(values) < _MOST:
        values.append(text[:4000])


def _data_folder(file: str) -> str:
    parts = file.split("/")
    return "/".join(parts[:3]) if len(parts) > 3 and parts[0] == "representations" and parts[2] == "data" else ""


def _files_by_id(documents: Iterable[Mets], files: PackageFiles) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for mets in documents:
        for file in mets.all("m:fileSec//m:file[@ID]"):
            location = file.find(f"m:FLocat[@{HREF}]", NS)
            if location is not None:
                target = files.find(location.get(HREF, ""), mets.folder)
                if target.file is not None:
                    found.setdefault(file.get("ID", ""), target.file)
    return found
