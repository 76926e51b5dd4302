"""Takes the clock out of zipped office files."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def rewritten(source: io.BytesIO, made: dt.datetime) -> bytes:
    """The zip file `source` with every member, and the properties' day of change, dated `made`."""
    target = io.BytesIO()
    stamp = (made.year, made.month, made.day, made.hour, made.minute, made.second)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == _CORE:
                data = _MODIFIED.sub(rb"\g<1>" + f"{made:%Y-%m-%dT%H:%M:%SZ}".encode(), data)
            info = zipfile.ZipInfo(member.filename, stamp)
            new.writestr(info, data, compress_type=zipfile.ZIP_DEFLATED, compresslevel=1)
    return target.getvalue()
