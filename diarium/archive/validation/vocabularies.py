"""Closed lists of CSIP and SIP 2.1.0, and what counts as a MIME type."""

from __future__ import annotations

import functools
import mimetypes
import re

CONTENT_CATEGORIES = frozenset(
    {
        "Textual works - Print",
        "Textual works - Digital",
        "Textual works - Electronic Serials",
        "Digital Musical Composition (score-based representations)",
        "Musical Scores - Print",
        "Musical Scores - Digital",
        "Photographs - Print",
        "Photographs - Digital",
        "Other Graphic Images - Print",
        "Other Graphic Images - Digital",
        "Microforms",
        "Audio - On Tangible Medium (digital or analog)",
        "Audio - Media-independent (digital)",
        "Motion Pictures - Digital and Physical Media",
        "Video - File-based and Physical Media",
        "Software",
        "Software and Video Games",
        "Email",
        "Datasets",
        "Geospatial Data",
        "Geographic Information System (GIS) - Vector Data",
        "GIS Raster and Georeferenced Images",
        "GIS Vector and Raster Combined",
        "Non-GIS Cartographic",
        "2D and 3D Computer Aided Design",
        "Design (schematics, architectural drawings) - Print",
        "Scanned 3D Objects (output from photogrammetry scanning)",
        "Databases",
        "Websites",
        "Web Archives",
        "Collection",
        "Event",
        "Image",
        "Interactive resource",
        "Moving image",
        "Sound",
        "Still image",
        "Text",
        "Physical object",
        "Service",
        "Mixed",
        "Other",
        "OTHER",
    }
)
CONTENT_INFORMATION_TYPES = frozenset(
    {  # the archival ones are spelt one way in the vocabulary and others in the XSD
        "ERMS",
        "SIARD1",
        "SIARD2",
        "SIARDDK",
        "GeoData",
        "citscarchival_v1_0",
        "cscarchival_v1_0",
        "citsarchival_v1_0",
        "csarchival_v1_0",
        "citcarchival_v1_0",
        "citserms_v2_1",
        "citserms_v3_0",
        "citspremis_v1_0",
        "cspremis_v1_0",
        "citsehpj_v1_0",
        "citsehpj_v2_0",
        "citsehcr_v1_0",
        "citssiard_v1_0",
        "citsgeospatial_v3_0",
        "cits3dpm_v1_0",
        "MIXED",
        "OTHER",
    }
)
PACKAGE_TYPES = frozenset({"SIP", "AIP", "DIP", "AIU", "AIC"})
RECORD_STATUSES = frozenset({"NEW", "SUPPLEMENT", "REPLACEMENT", "TEST", "VERSION", "DELETE", "OTHER"})
SECTION_STATUSES = frozenset({"CURRENT", "SUPERSEDED"})
DIVISIONS = ("Documentation", "Schemas", "Representations", "Metadata")
CHECKSUM_ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}

MAX_MIME_LENGTH = 256
_MIME = re.compile(r"([a-z0-9][a-z0-9!#$&^_.+-]*)/([a-z0-9][a-z0-9!#$&^_.+-]*)(\s*;.*)?", re.IGNORECASE)
_TOP_LEVEL = frozenset(
    [
        "application",
        "audio",
        "chemical",
        "font",
        "haptics",
        "image",
        "message",
        "model",
        "multipart",
        "text",
        "video",
    ]
)
# registered without a vendor prefix, beyond those Python knows; no full list, so a type outside is a warning
_REGISTERED = frozenset(
    {
        f"application/{name}"
        for name in [
            "xml",
            "json",
            "pdf",
            "zip",
            "gzip",
            "octet-stream",
            "msword",
            "rtf",
            "sql",
            "wasm",
            "mbox",
            "xhtml+xml",
            "atom+xml",
            "rdf+xml",
            "xslt+xml",
            "xml-dtd",
            "xop+xml",
            "soap+xml",
            "ld+json",
            "geo+json",
            "problem+json",
            "mets+xml",
            "mods+xml",
            "mads+xml",
            "marc",
            "marcxml+xml",
            "tei+xml",
            "warc",
            "ogg",
            "mp4",
            "mp21",
            "mpeg4-generic",
            "postscript",
            "dicom",
            "dicom+xml",
            "epub+zip",
            "pkcs7-mime",
            "pkcs7-signature",
            "pkcs8",
            "pkcs10",
            "pkcs12",
            "pkix-cert",
            "pgp-signature",
            "pgp-encrypted",
            "pgp-keys",
            "timestamp-reply",
            "timestamp-query",
            "cms",
            "jose",
            "jwt",
            "cbor",
            "yaml",
            "toml",
            "csvm+json",
            "n-triples",
            "n-quads",
            "trig",
            "sparql-query",
            "sparql-results+xml",
            "gml+xml",
            "emotionml+xml",
            "smil+xml",
            "ecmascript",
            "javascript",
            "node",
            "tiff-fx",
            "fits",
            "hdf",
            "step",
            "index",
            "oda",
            "sgml",
            "sgml-open-catalog",
            "text-encoding",
            "vnd",
            "zlib",
            "zstd",
            "tar-archive",
        ]
    }
    | {
        f"image/{name}"
        for name in [
            "png",
            "jpeg",
            "gif",
            "tiff",
            "tiff-fx",
            "bmp",
            "webp",
            "avif",
            "heic",
            "heif",
            "jp2",
            "jpx",
            "jpm",
            "jph",
            "jxl",
            "svg+xml",
            "emf",
            "wmf",
            "cgm",
            "g3fax",
            "ief",
            "fits",
            "dicom-rle",
            "ktx",
            "t38",
            "naplps",
            "apng",
            "aces",
        ]
    }
    | {
        f"text/{name}"
        for name in [
            "plain",
            "xml",
            "html",
            "css",
            "csv",
            "calendar",
            "markdown",
            "vcard",
            "rtf",
            "richtext",
            "enriched",
            "tab-separated-values",
            "sgml",
            "javascript",
            "uri-list",
            "turtle",
            "n3",
            "directory",
            "troff",
            "header-fields",
        ]
    }
    | {
        f"audio/{name}"
        for name in [
            "mpeg",
            "mp4",
            "ogg",
            "flac",
            "aac",
            "opus",
            "vorbis",
            "basic",
            "l16",
            "l24",
            "wav",
            "ac3",
            "eac3",
            "amr",
            "amr-wb",
            "midi",
            "webm",
            "3gpp",
        ]
    }
    | {
        f"video/{name}"
        for name in [
            "mp4",
            "mpeg",
            "ogg",
            "quicktime",
            "h264",
            "h265",
            "av1",
            "vp8",
            "vp9",
            "matroska",
            "ffv1",
            "jpeg2000",
            "mj2",
            "mp2t",
            "dv",
            "webm",
            "3gpp",
        ]
    }
    | {f"message/{name}" for name in ["rfc822", "partial", "external-body", "global", "delivery-status", "http"]}
    | {
        f"multipart/{name}"
        for name in ["mixed", "alternative", "digest", "parallel", "form-data", "signed", "encrypted", "related"]
    }
    | {f"font/{name}" for name in ["otf", "ttf", "woff", "woff2", "sfnt", "collection"]}
    | {
        f"model/{name}"
        for name in [
            "step",
            "iges",
            "gltf+json",
            "gltf-binary",
            "stl",
            "obj",
            "mtl",
            "vrml",
            "x3d+xml",
            "u3d",
            "mesh",
            "3mf",
            "e57",
        ]
    }
)
_UNREGISTERED_TREES = ("vnd.", "prs.", "x-", "x.")


def is_content_category(value: str) -> bool:
    """Whether `value` is a category; the published list mixes dashes, so they count as one."""
    return value.replace("\u2013", "-") in CONTENT_CATEGORIES


def mime_fault(value: str) -> str | None:
    """What is wrong with a MIME type: "form" when it cannot be one, "unknown" when not recognised, else None."""
    match = _MIME.fullmatch(value.strip())
    if match is None or len(value) > MAX_MIME_LENGTH or match[1].lower() not in _TOP_LEVEL:
        return "form"
    kind = f"{match[1]}/{match[2]}".lower()
    if match[2].lower().startswith(_UNREGISTERED_TREES) or kind in _REGISTERED or kind in _python_knows():
        return None
    return "unknown"


@functools.cache
def _python_knows() -> frozenset[str]:
    # the built-in table only: what a server has in /etc must not change the verdict
    database = mimetypes.MimeTypes(filenames=())
    return frozenset(database.types_map[True].values())
