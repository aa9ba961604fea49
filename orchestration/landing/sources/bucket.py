"""A bucket of an S3-compatible store (``s3://``) or of Alibaba OSS (``oss://``)."""

# botocore has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import botocore.session
from botocore import exceptions as failures
from botocore.config import Config

from orchestration.landing.reasons import LandingError
from orchestration.landing.sources.place import RemotePlace
from orchestration.landing.sources.remote import CHUNK, LostError, Patience, RemoteSource
from orchestration.landing.sources.source import (
    Entry,
    Listing,
    NoFilesError,
    PostponedError,
    is_wanted,
)

# Stores that answer to bucket.endpoint only, never to endpoint/bucket.
_VIRTUAL_HOSTS = (".aliyuncs.com", ".myqcloud.com", ".volces.com")
_BUSY = {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling"}
_MD5 = re.compile(r"[0-9a-f]{32}")
_REFUSALS = {
    "NoSuchBucket": "The bucket does not exist. Check its name, the endpoint and the region.",
    "AccessDenied": "Access is denied. Allow these credentials to list the bucket and to read its objects "
    "(s3:ListBucket on the bucket, s3:GetObject on its objects).",
    "InvalidAccessKeyId": "The store does not know the access key id. Check {access}.",
    "SignatureDoesNotMatch": "The secret access key is not the one of the access key id. Check {access}.",
    "ExpiredToken": "The session token has expired. Get a new one and set {access} again.",
    "InvalidToken": "The session token is not valid. Get a new one and set {access} again.",
    "RequestTimeTooSkewed": "The clock of this machine is wrong. Set it; the store refuses old signatures.",
    "PermanentRedirect": "The bucket is in another region. Set {region} to the region of the bucket.",
    "AuthorizationHeaderMalformed": "The bucket is in another region. Set {region} to the region of the bucket.",
    "InvalidObjectState": "It is archived. Restore it in the store's console first.",
}

_T = TypeVar("_T")


class BucketSource(RemoteSource):
    """The objects of a bucket below a prefix. Multipart uploads show when they are complete."""

    def __init__(self, place: RemotePlace, patience: Patience) -> None:
        super().__init__(patience)
        self.place = place
        self._prefix = f"{place.path}/" if place.path else ""
        # At debug level the client writes signed headers, and with them session tokens.
        logging.getLogger("botocore").setLevel(logging.WARNING)
        self._client, self._endpoint = _connect(place, patience)
        # Objects whose ETag is known not to be a digest of their bytes (encrypted with a key of the store).
        self._no_digest: set[str] = set()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check(self) -> None:
        """Ask for one name."""
        self._ask({"MaxKeys": 1, "Prefix": self._prefix})

    def list(self) -> Listing:
        """All objects below the prefix; a prefix that is an object is that object alone."""
        listing, token = Listing(), ""
        while True:
            more = {"ContinuationToken": token} if token else {}
            page = self._ask({"Prefix": self._prefix, **more})
            self._take(listing, page, len(self._prefix))
            token = str(page.get("NextContinuationToken") or "")
            if not page.get("IsTruncated") or not token:
                break
        if not listing.entries and self.place.path:
            page = self._ask({"Prefix": self.place.path, "MaxKeys": 1})
            if [str(found["Key"]) for found in page.get("Contents", [])] == [self.place.path]:
                self._take(listing, page, self.place.path.rfind("/") + 1)
        if not listing.entries:
            raise NoFilesError(
                f"{self.place} holds no files. Put export files there, under any prefix and any name."
            )
        listing.entries = dict(sorted(listing.entries.items()))
        return listing

    @staticmethod
    def _take(listing: Listing, page: Mapping[str, Any], start: int) -> None:
        for found in page.get("Contents", []):
            key = str(found["Key"])
            label = key[start:]
            if is_wanted(label.split("/")):
                listing.add(
                    label,
                    int(found["Size"]),
                    round(found["LastModified"].timestamp() * 1e6) * 1000,
                    str(found.get("ETag", "")).strip('"'),
                    key.encode("utf-8", "surrogatepass"),
                )

    def read(self, entry: Entry, offset: int) -> Iterator[bytes]:
        """The object from a byte on, if it is still the one that was listed."""
        wanted: dict[str, Any] = {"Key": entry.key.decode("utf-8", "surrogatepass")}
        if entry.version:
            wanted["IfMatch"] = f'"{entry.version}"'
        if offset:
            wanted["Range"] = f"bytes={offset}-"
        found = self._get(wanted)
        whole = int(found["ContentLength"]) + (offset if "ContentRange" in found else 0)
        if offset and "ContentRange" not in found:
            raise PostponedError("the store does not resume downloads that were cut")
        if whole != entry.size or str(found.get("ETag", "")).strip('"') != entry.version:
            raise PostponedError("it was replaced while it was fetched")
        if str(found.get("ServerSideEncryption", "AES256")) != "AES256":
            self._no_digest.add(entry.path)
        body = found["Body"]
        try:
            while chunk := self._call(lambda: body.read(CHUNK)):
                yield chunk
        finally:
            body.close()

    def verify(self, entry: Entry, target: Path) -> None:
        """Compare with the ETag where it is the MD5 of the bytes.

        Some stores give ETags that look like one and are none: two equal downloads say so.
        """
        wanted = entry.version.lower()
        if not _MD5.fullmatch(wanted) or entry.path in self._no_digest or not entry.size:
            return
        first = _md5(target)
        if first == wanted:
            return
        self._download(entry, target)
        if _md5(target) not in (wanted, first):
            raise PostponedError("its bytes are not those of its checksum, and another time others")

    def _get(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._call(lambda: self._client.get_object(Bucket=self.place.host, **wanted))
        except failures.ClientError as error:
            code, status = _code(error)
            if status == 412:
                raise PostponedError("it was replaced while it was fetched") from None
            if code in ("NoSuchKey", "404"):
                raise PostponedError("it was removed after it was listed") from None
            if status == 416:
                raise PostponedError("it is shorter than it was") from None
            raise PostponedError(self._refusal(code, status)) from None

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            return self._call(
                lambda: self._client.list_objects_v2(Bucket=self.place.host, **question)
            )

        try:
            return self.insist(ask, f"{self.place} at {self._endpoint}")
        except failures.ClientError as error:
            raise LandingError(
                f"{self.place} at {self._endpoint}: {self._refusal(*_code(error))}"
            ) from None

    def _call(self, question: Callable[[], _T]) -> _T:
        """Ask the client; what is worth another try becomes a :class:`LostError`.

        Messages are made here from codes: what a store says may quote what was sent to it.
        """
        try:
            return question()
        except failures.ClientError as error:
            code, status = _code(error)
            if status >= 500 or status == 429 or code in _BUSY:
                raise LostError(f"the store is busy or out of order ({code})") from None
            raise
        except (
            failures.NoCredentialsError,
            failures.PartialCredentialsError,
            failures.CredentialRetrievalError,
            failures.TokenRetrievalError,
        ):
            raise LandingError(
                f"There are no credentials for {self.place}. Set {self._names()['access']}."
            ) from None
        except failures.SSLError:
            raise LandingError(
                f"The certificate of {self._endpoint} cannot be trusted. Check the endpoint, or set "
                "AWS_CA_BUNDLE to the certificates of its authority."
            ) from None
        except (failures.ParamValidationError, failures.InvalidRegionError, ValueError) as error:
            raise LandingError(
                f"{self.place} cannot be asked ({type(error).__name__}). "
                f"Check the name of the bucket, and {self._names()['region']}."
            ) from None
        except (failures.BotoCoreError, failures.HTTPClientError, OSError) as error:
            raise LostError(_in_words(error)) from None

    def _refusal(self, code: str, status: int) -> str:
        if code not in _REFUSALS:
            code = {403: "AccessDenied", 404: "NoSuchBucket", 301: "PermanentRedirect"}.get(
                status, code
            )
        text = _REFUSALS.get(code, f"the store answered {code} (status {status})")
        return text.format(**self._names())

    def _names(self) -> dict[str, str]:
        if self.place.scheme == "oss":
            return {
                "access": "OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET (and OSS_SESSION_TOKEN)",
                "region": "OSS_REGION or OSS_ENDPOINT",
            }
        return {
            "access": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE",
            "region": "AWS_REGION, or AWS_ENDPOINT_URL for a store that is not Amazon's",
        }


def _connect(place: RemotePlace, patience: Patience) -> tuple[Any, str]:
    """The client, and its endpoint for messages (host and port only)."""
    given = {key: value.strip() for key, value in os.environ.items() if value.strip()}
    endpoint = given.get("AWS_ENDPOINT_URL_S3") or given.get("AWS_ENDPOINT_URL")
    region = given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION")
    keys: dict[str, Any] = {}
    if place.scheme == "oss":
        endpoint, region = _oss(given)
        keys = {
            "aws_access_key_id": given.get("OSS_ACCESS_KEY_ID", ""),
            "aws_secret_access_key": given.get("OSS_ACCESS_KEY_SECRET", ""),
        }
        if not all(keys.values()):
            raise LandingError(
                f"There are no credentials for {place}. Set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET."
            )
        if "OSS_SESSION_TOKEN" in given:
            keys["aws_session_token"] = given["OSS_SESSION_TOKEN"]
    host = ""
    if endpoint:
        endpoint = endpoint if "://" in endpoint else f"https://{endpoint}"
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        if parts.username or parts.password or parts.query or not host:
            raise LandingError(
                "The endpoint of the store must be a plain address such as https://s3.example.com; "
                "credentials have environment variables of their own."
            )
    is_virtual = place.scheme == "oss" or host.endswith(_VIRTUAL_HOSTS)
    config = Config(
        # One policy of trying again for all places: ours.
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=patience.connect,
        read_timeout=patience.silence,
        max_pool_connections=8,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "virtual"} if is_virtual else None,
        # A store of one's own mostly has no regions; the signature needs a name all the same.
        region_name=region or ("us-east-1" if endpoint else None),
    )
    try:
        # The standard chain of Amazon's tools: variables, profiles, roles of the machine.
        client = botocore.session.get_session().create_client(
            "s3", endpoint_url=endpoint, config=config, **keys
        )
    except (failures.BotoCoreError, ValueError) as error:
        raise LandingError(
            f"{place} cannot be asked with these settings ({type(error).__name__}). "
            "Check the AWS_* or OSS_* variables: endpoint, region, profile."
        ) from None
    parts = urlsplit(str(cast(Any, client).meta.endpoint_url))
    return client, parts.netloc.rpartition("@")[2]


def _oss(given: Mapping[str, str]) -> tuple[str, str]:
    """Endpoint and region of Alibaba OSS, each from the other where one is not given."""
    endpoint = given.get("OSS_ENDPOINT", "")
    region = given.get("OSS_REGION", "").removeprefix("oss-")
    if not endpoint and not region:
        raise LandingError(
            "Where the OSS bucket is must be said. Set OSS_REGION (such as cn-hangzhou), or "
            "OSS_ENDPOINT (such as https://s3.oss-cn-hangzhou.aliyuncs.com)."
        )
    if not endpoint:
        endpoint = f"https://s3.oss-{region}.aliyuncs.com"
    # The S3-compatible interface of a region has a name of its own.
    endpoint = re.sub(r"^(https?://)?oss-(?=[a-z0-9-]+\.aliyuncs\.com)", r"\1s3.oss-", endpoint)
    found = re.search(r"oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com", endpoint)
    return endpoint, region or (found[1] if found else "cn-hangzhou")


def _code(error: Any) -> tuple[str, int]:
    answer = error.response
    return str(answer.get("Error", {}).get("Code", "")), int(
        answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    )


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _in_words(error: BaseException) -> str:
    known = {
        "EndpointConnectionError": "no connection",
        "ConnectTimeoutError": "no answer",
        "ReadTimeoutError": "the answer stopped",
        "ConnectionClosedError": "the connection was closed",
        "IncompleteReadError": "the connection ended early",
        "ResponseStreamingError": "the connection ended early",
        "ResponseParserError": "the answer is not that of an S3-compatible store",
        "ProxyConnectionError": "no connection to the proxy",
    }
    name = type(error).__name__
    return known.get(name, name)
