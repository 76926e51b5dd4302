"""FGS Paketstruktur 2.0 in Riksarkivet's application, with FGS Ärendehantering 2.0 (or ERMS 3.0) inside."""

from __future__ import annotations

from collections.abc import Iterable

from diarium.archive import mets, package_info, premis
from diarium.archive.dialects import V2_1, Dialect
from diarium.archive.package_files import FileGroup
from diarium.archive.package_model import PackageCase, PackageInfo
from diarium.archive.packaging import PackageFolder
from diarium.archive.profiles import content
from diarium.archive.profiles.codes import ProfileCode


class Fgs2:
    """One METS.xml, which lists every file; the versions are those of its dialect."""

    def __init__(self, code: ProfileCode = ProfileCode.FGS2, dialect: Dialect = V2_1) -> None:
        self.code: str = code
        self._dialect = dialect

    def package_id(self, info: PackageInfo) -> str:
        """Readable and unique: authority, period, UUID."""
        return content.package_id(info)

    def write(self, folder: PackageFolder, info: PackageInfo, cases: Iterable[PackageCase]) -> None:
        """Content first, then what describes it, METS.xml last."""
        package_id = self.package_id(info)
        summary = content.write(folder, info, cases, self._dialect, "../../../schemas/ERMS.xsd")
        premis.write(folder.place(content.PREMIS), info, package_id, folder.files)
        folder.add_written(content.PREMIS, FileGroup.METADATA)
        package_info.write(folder.place(content.PACKAGE_INFO), info, package_id, summary, folder.files)
        folder.add_written(content.PACKAGE_INFO, FileGroup.DOCUMENTATION)
        content.add_schemas(folder)
        content.add_content_schemas(folder, self._dialect, "schemas", FileGroup.SCHEMAS)
        mets.write(folder.place(content.METS), info, package_id, folder.files, self._dialect)
