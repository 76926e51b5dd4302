"""Packages put into a bucket of an S3 service, in parts, so that a broken sending goes on with the next part."""

from __future__ import annotations

import base64
import hashlib
import heapq
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.logins import s3_keys
from diarium.archive.transport.port import (
    CHUNK,
    MAX_RETURNED_BYTES,
    MOST_RETURNED,
    Arrival,
    Course,
    Parcel,
    Proof,
    ReturnedFile,
)
from diarium.archive.transport.settings import S3Settings, endpoint_parts, require_allowed_host
from diarium.archive.transport.words import cannot_connect, mark_of, name_taken, not_same, too_large
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.settings import DeliverySettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, HeadObjectOutputTypeDef, PartTypeDef

PART_BYTES = 16 * 1024 * 1024
_MOST_PARTS = 9_000
_GONE = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchUpload"})
_REFUSED = frozenset({"403", "401", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden"})


class S3Transport:
    """The transport. `part_bytes`: how much is sent at a time, more for packages that would take too many."""

    def __init__(self, settings: S3Settings, policy: DeliverySettings, *, part_bytes: int = PART_BYTES) -> None:
        try:
            self._host, port, usual = endpoint_parts(settings.endpoint, policy)
            require_allowed_host(self._host, port, usual, policy)
        except DomainError as error:
            raise TransportError(error.message) from None
        access, key = s3_keys(settings.secret)
        self._settings = settings
        self._part_bytes = part_bytes
        self._client: S3Client = boto3.session.Session().client(
            "s3",
            endpoint_url=settings.endpoint,
            region_name=settings.region,
            aws_access_key_id=access,
            aws_secret_access_key=key,
            config=Config(
                connect_timeout=15,
                read_timeout=60,
                retries={"mode": "standard", "total_max_attempts": 3},
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                # Checksums are asked for where they are compared; other services know only those of old.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def probe(self) -> None:
        """See `Transport`."""
        key = f"{self._settings.prefix}.diarium-prov-{secrets.token_hex(8)}"
        with self._told():
            self._client.put_object(Bucket=self._settings.bucket, Key=key, Body=b"diarium")
            self._client.delete_object(Bucket=self._settings.bucket, Key=key)
            if self._settings.return_prefix:
                self._client.list_objects_v2(
                    Bucket=self._settings.bucket, Prefix=self._settings.return_prefix, MaxKeys=1
                )

    def send(self, parcel: Parcel, course: Course) -> Arrival:
        """See `Transport`. The object's checksum, or that of its parts, is compared; else it is read back."""
        with self._told():
            sums = _PartSums(parcel, self._size_of_parts(parcel.size))
            head = self._head(parcel.name)
            if head is None:
                self._upload(parcel, course, sums)
                head = self._head(parcel.name)
                if head is None:
                    raise not_same(parcel.name)
            elif head["ContentLength"] != parcel.size or head["Metadata"].get("sha256") != parcel.sha256:
                raise name_taken(parcel.name)
            proof = self._proof(parcel, head, course, sums)
            if proof is None:
                self._client.delete_object(Bucket=self._settings.bucket, Key=self._key(parcel.name))
                raise not_same(parcel.name)
        return Arrival(f"s3://{self._settings.bucket}/{self._key(parcel.name)}", proof)

    def discard(self, parcel: Parcel, token: str | None) -> None:
        """See `Transport`."""
        if token is None:
            return
        with self._told():
            try:
                self._client.abort_multipart_upload(
                    Bucket=self._settings.bucket, Key=self._key(parcel.name), UploadId=token
                )
            except ClientError as error:
                if _code(error) not in _GONE:
                    raise

    def returned(self) -> Iterator[ReturnedFile]:
        """See `Transport`."""
        prefix = self._settings.return_prefix
        if not prefix:
            return
        with self._told():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._settings.bucket, Prefix=prefix
            )
            rows = (row for page in pages for row in page.get("Contents", []))
            newest = heapq.nlargest(MOST_RETURNED, rows, key=lambda row: row["LastModified"])
        for row in newest:
            name = row["Key"].removeprefix(prefix)
            if name and not name.endswith("/"):
                yield ReturnedFile(name, row["Size"], mark_of(name, row["Size"], row["ETag"]))

    def read_returned(self, file: ReturnedFile) -> bytes:
        """See `Transport`."""
        if file.size > MAX_RETURNED_BYTES:
            raise too_large(file.name)
        with self._told():
            answer = self._client.get_object(
                Bucket=self._settings.bucket, Key=f"{self._settings.return_prefix}{file.name}"
            )
            content = answer["Body"].read(MAX_RETURNED_BYTES + 1)
        if len(content) > MAX_RETURNED_BYTES:  # another file than the one that was listed
            raise too_large(file.name)
        return content

    def _upload(self, parcel: Parcel, course: Course, sums: _PartSums) -> None:
        upload, done = self._upload_to_go_on(parcel, course, sums)
        key, bucket = self._key(parcel.name), self._settings.bucket
        parts = list(done)
        course.reached(min(parcel.size, len(parts) * sums.part_bytes))
        for number in range(len(parts) + 1, sums.count + 1):
            content = sums.content(number)
            answer = self._client.upload_part(
                Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=content,
                ChecksumAlgorithm="SHA256", ChecksumSHA256=sums.sha256(content),
            )  # fmt: skip
            parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": sums.sha256(content)})
            course.reached(min(parcel.size, number * sums.part_bytes))
        self._client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
        )

    def _upload_to_go_on(
        self, parcel: Parcel, course: Course, sums: _PartSums
    ) -> tuple[str, list[CompletedPartTypeDef]]:
        """The upload that was begun and the parts of it that are right, or a new one."""
        key, bucket = self._key(parcel.name), self._settings.bucket
        if course.token is not None:
            try:
                pages = self._client.get_paginator("list_parts")
                there = [
                    part
                    for page in pages.paginate(Bucket=bucket, Key=key, UploadId=course.token)
                    for part in page.get("Parts", [])
                ]
                return course.token, _right_parts(there, sums, course)
            except ClientError as error:
                if _code(error) not in _GONE:
                    raise
        begun = self._client.create_multipart_upload(
            Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", ContentType="application/zip",
            Metadata={"sha256": parcel.sha256},
        )  # fmt: skip
        course.keep(begun["UploadId"])
        return begun["UploadId"], []

    def _proof(
        self, parcel: Parcel, head: HeadObjectOutputTypeDef, course: Course, sums: _PartSums
    ) -> Proof | None:
        """How the object was seen to be the parcel; None if it is not."""
        if head["ContentLength"] != parcel.size:
            return None
        of_sha256, of_md5 = sums.of_the_whole(course)
        if head.get("ChecksumSHA256", "").partition("-")[0] == of_sha256 or head["ETag"].strip('"') == of_md5:
            return Proof.CHECKSUM
        digest = hashlib.sha256()
        body = self._client.get_object(Bucket=self._settings.bucket, Key=self._key(parcel.name))["Body"]
        for chunk in body.iter_chunks(CHUNK):
            digest.update(chunk)
            course.alive()
        return Proof.READ_BACK if digest.hexdigest() == parcel.sha256 else None

    def _head(self, name: str) -> HeadObjectOutputTypeDef | None:
        try:
            return self._client.head_object(
                Bucket=self._settings.bucket, Key=self._key(name), ChecksumMode="ENABLED"
            )
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise

    def _size_of_parts(self, size: int) -> int:
        return max(self._part_bytes, -(-size // _MOST_PARTS))

    def _key(self, name: str) -> str:
        return f"{self._settings.prefix}{name}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = _code(error)
            if code in _REFUSED:
                raise TransportError(
                    _("Tjänsten %(host)s nekade oss (%(code)s). Kontrollera hinken, rättigheterna och hemligheten "
                      "%(secret)s.", host=self._host, code=code, secret=self._settings.secret)
                ) from error  # fmt: skip
            if code in ("NoSuchBucket", *_GONE):
                raise TransportError(
                    _("Hinken %(bucket)s finns inte hos %(host)s.",
                      bucket=self._settings.bucket, host=self._host)
                ) from error  # fmt: skip
            raise TransportError(
                _("Tjänsten %(host)s svarade med felet %(code)s. Det prövas igen.", host=self._host, code=code),
                is_lasting=False,
            ) from error
        except (BotoCoreError, OSError) as error:
            raise cannot_connect(self._host, type(error).__name__) from error


class _PartSums:
    """The parts of a parcel and their checksums, read from the file when they are asked for."""

    def __init__(self, parcel: Parcel, part_bytes: int) -> None:
        self._parcel = parcel
        self.part_bytes = part_bytes
        self.count = max(1, -(-parcel.size // part_bytes))

    def content(self, number: int) -> bytes:
        """The part with `number`, from 1."""
        with self._parcel.path.open("rb") as source:
            source.seek((number - 1) * self.part_bytes)
            return source.read(self.part_bytes)

    @staticmethod
    def sha256(content: bytes) -> str:
        """As S3 writes it."""
        return base64.b64encode(hashlib.sha256(content).digest()).decode()

    def of_the_whole(self, course: Course) -> tuple[str, str]:
        """The checksum of the parts' SHA-256, and the ETag that their MD5 make, as S3 writes both."""
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        for number in range(1, self.count + 1):
            content = self.content(number)
            sha256.update(hashlib.sha256(content).digest())
            md5.update(hashlib.md5(content, usedforsecurity=False).digest())
            course.alive()
        return base64.b64encode(sha256.digest()).decode(), f"{md5.hexdigest()}-{self.count}"


def _right_parts(there: list[PartTypeDef], sums: _PartSums, course: Course) -> list[CompletedPartTypeDef]:
    """The parts from the first on that lie there as they should; the service checked each when it came."""
    right: list[CompletedPartTypeDef] = []
    for part in there:
        number = len(right) + 1
        if part["PartNumber"] != number or number > sums.count:
            break
        content = sums.content(number)
        of_sha256, of_md5 = sums.sha256(content), hashlib.md5(content, usedforsecurity=False).hexdigest()
        if part.get("ChecksumSHA256") != of_sha256 and part["ETag"].strip('"') != of_md5:
            break
        right.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": of_sha256})
        course.alive()
    return right


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
