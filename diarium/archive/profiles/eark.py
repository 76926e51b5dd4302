"""Plain E-ARK CSIP and SIP with CITS ERMS inside: the representation has a METS.xml of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diarium.archive import mets, package_info, premis
from diarium.archive.dialects import V2_1, Dialect
from diarium.archive.package_files import FileGroup
from diarium.archive.package_model import PackageCase, PackageInfo
from diarium.archive.packaging import PackageFolder
from diarium.archive.profiles import content
from diarium.archive.profiles.codes import ProfileCode

_METS: Final = f"{content.REPRESENTATION}/{content.METS}"
_PREMIS: Final = f"{content.REPRESENTATION}/{content.PREMIS}"
_SCHEMAS: Final = f"{content.REPRESENTATION}/schemas"


class Eark:
    """The representation can stand alone: its content, what describes it, and the schemas of both lie in it."""

    def __init__(self, code: ProfileCode = ProfileCode.EARK, dialect: Dialect = V2_1) -> None:
        self.code: str = code
        self._dialect = dialect

    def package_id(self, info: PackageInfo) -> str:
        """Readable and unique: authority, period, UUID."""
        return content.package_id(info)

    def write(self, folder: PackageFolder, info: PackageInfo, cases: Iterable[PackageCase]) -> None:
        """Content first, then what describes the representation, then the package; METS.xml last in each."""
        package_id = self.package_id(info)
        representation = content.REPRESENTATION
        summary = content.write(folder, info, cases, self._dialect, "../schemas/ERMS.xsd")
        premis.write_representation(folder.place(_PREMIS), info, package_id, representation, folder.files)
        folder.add_written(_PREMIS, FileGroup.REPRESENTATION_METADATA)
        content.add_content_schemas(folder, self._dialect, _SCHEMAS, FileGroup.REPRESENTATION_SCHEMAS)
        mets.write_representation(folder.place(_METS), info, folder.files, self._dialect, representation)
        folder.add_written(_METS, FileGroup.REPRESENTATION)
        premis.write_package(folder.place(content.PREMIS), info, package_id, representation)
        folder.add_written(content.PREMIS, FileGroup.METADATA)
        package_info.write(folder.place(content.PACKAGE_INFO), info, package_id, summary, folder.files)
        folder.add_written(content.PACKAGE_INFO, FileGroup.DOCUMENTATION)
        content.add_schemas(folder)
        mets.write_divided(
            folder.place(content.METS), info, package_id, folder.files, self._dialect, representation
        )
