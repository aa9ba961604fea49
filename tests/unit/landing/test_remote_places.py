"""Remote places that cannot be used say how to mend it, and no secret is ever said."""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from orchestration import preflight
from orchestration.automation.daily import build_daily_job, build_new_files_sensor
from orchestration.cli import main
from orchestration.landing.ingest import ingest
from orchestration.landing.reasons import LandingError
from orchestration.landing.sources import Patience, RemotePlace, open_source
from orchestration.landing.sources.place import PlaceError, is_url, parse_place
from orchestration.landing.sources.sftp import SftpSource
from orchestration.landing.sources.source import Entry, Listing, NoFilesError, Source
from orchestration.preflight import PreflightError
from orchestration.settings import Settings, SettingsError, load_settings
from tests.unit.landing.landing_files import House, csv_bytes
from tests.unit.landing.servers import (
    ACCESS_KEY,
    PASSWORD,
    SECRET_KEY,
    TOKEN,
    USER,
    S3Server,
    SftpServer,
    line_to,
)

HASTY = Patience(tries=2, wait=0.01, longest_wait=0.02, connect=2.0, silence=5.0)
SECRETS = (SECRET_KEY, TOKEN, PASSWORD)


def customers(*ids: str) -> bytes:
    header = ["platform", "account_id", "joined_at", "phone"]
    return csv_bytes([header, *[["crm", key, "2026-01-01", ""] for key in ids]])


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    server = S3Server()
    server.put("exports", {"in/a.csv": customers("1"), "in/sub/b.csv": customers("2")})
    server.put("empty", {"in/": b"", "in/.hidden": b"x", "in/up.part": b"x"})
    yield server
    server.close()


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    folder = tmp_path_factory.mktemp("sftp")
    (folder / "served" / "empty").mkdir(parents=True)
    server = SftpServer(folder / "served", folder)
    server.put("in/a.csv", customers("1"))
    server.put("in/sub/b.csv", customers("2"))
    yield server
    server.close()


@pytest.fixture(autouse=True)
def credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3: S3Server, sftp: SftpServer
) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "OSS_", "SFTP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name, value in {
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3.port}",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": TOKEN,
        "SFTP_PASSWORD": PASSWORD,
        "SFTP_HOST_FINGERPRINT": sftp.fingerprint,
    }.items():
        monkeypatch.setenv(name, value)


def served(sftp: SftpServer, path: str = "/in", user: str = USER) -> RemotePlace:
    return RemotePlace("sftp", "127.0.0.1", path, user, sftp.port)


def refusal(place: RemotePlace) -> str:
    """What a place that cannot be used says."""
    with pytest.raises(LandingError) as raised, open_source(place, HASTY) as source:
        source.list()
    said = "".join(map(str, (raised.value, raised.value.__cause__)))
    assert not [secret for secret in SECRETS if secret in said]
    return str(raised.value)


def names(place: RemotePlace) -> list[str]:
    with open_source(place, HASTY) as source:
        return list(source.list().entries)


def merchant(tmp_path: Path, landing: object) -> Settings:
    return load_settings(
        {
            "DOUBLELOOP_HOME": str(tmp_path / "home"),
            "DOUBLELOOP_LANDING": str(landing),
            "DOUBLELOOP_ID_SALT": "a salt of many characters",
        }
    )


class Listed(Source):
    """A source that was listed before its server died."""

    def __init__(self, source: Source, listing: Listing) -> None:
        self._source, self._listing = source, listing

    def list(self) -> Listing:
        return self._listing

    def check(self) -> None:
        self._source.check()

    def fetch(self, entry: Entry, target: Path) -> Path:
        return self._source.fetch(entry, target)


# Addresses


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("s3://bucket", RemotePlace("s3", "bucket", "")),
        ("S3://bucket/a b/c/", RemotePlace("s3", "bucket", "a b/c")),
        ("oss://bucket/in", RemotePlace("oss", "bucket", "in")),
        ("sftp://me@host", RemotePlace("sftp", "host", "/", "me")),
        ("sftp://me%40corp@host:2222/in/", RemotePlace("sftp", "host", "/in", "me@corp", 2222)),
        ("sftp://me@[::1]:22/~/in%20box", RemotePlace("sftp", "::1", "/~/in box", "me")),
    ],
)
def test_addresses(text: str, place: RemotePlace) -> None:
    assert parse_place(text) == place
    assert parse_place(str(place)) == place


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"sftp://me:{PASSWORD}@host/in", "password"),
        (f"s3://{ACCESS_KEY}:{SECRET_KEY}@bucket/in", "environment"),
        (f"https://me:{PASSWORD}@host/in", "s3://bucket/prefix"),
        ("s3:/bucket/in", "s3://bucket/prefix"),
        ("s3://", "names no bucket"),
        ("sftp://host/in", "needs a user"),
        ("sftp://me@host:99999/in", "cannot be read"),
    ],
)
def test_wrong_addresses_say_how_and_repeat_no_secret(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match=said):
        parse_place(text)
    with pytest.raises(SettingsError, match=said) as raised:
        merchant(tmp_path, text)
    assert not [secret for secret in (*SECRETS, ACCESS_KEY) if secret in str(raised.value)]
    result = CliRunner().invoke(main, ["inspect", text])
    assert result.exit_code == 2
    assert not [secret for secret in (*SECRETS, ACCESS_KEY) if secret in result.output]


def test_folders_stay_folders(tmp_path: Path) -> None:
    for name in ("in", "in: new", "a:b", "~"):
        assert not is_url(name)
        assert parse_place(name) == Path(name).expanduser().resolve()
    settings = merchant(tmp_path, "s3://bucket/in")
    assert load_settings(settings.environment()) == settings
    assert not settings.is_sample


# Buckets


def test_a_bucket_says_what_is_wrong(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The bucket does not exist" in refusal(RemotePlace("s3", "no-such-bucket", "in"))
    assert "holds no files" in refusal(RemotePlace("s3", "empty", "in"))
    assert "name of the bucket" in refusal(RemotePlace("s3", "No Bucket", "in"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    assert f"127.0.0.1:{port} cannot be reached: no connection" in refusal(
        RemotePlace("s3", "exports", "in")
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://me:{PASSWORD}@127.0.0.1:{port}")
    assert "plain address" in refusal(RemotePlace("s3", "exports", "in"))


def test_access_denied_to_one_object_costs_that_one(s3: S3Server, house: House) -> None:
    s3.put("closed", {"in/a.csv": customers("1"), "in/b.csv": customers("2")})

    what = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::closed/in/a.csv"}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", **what}]}
    s3.client.put_bucket_policy(Bucket="closed", Policy=json.dumps(policy))
    with open_source(RemotePlace("s3", "closed", "in"), HASTY) as source:
        report = ingest(source, house.raw, house.ledger, house.contracts)
    assert [path for path, why in report.postponed if "Access is denied" in why] == ["a.csv"]
    assert house.stored("generic.customers", "account_id") == [("2",)]


def test_wrong_keys_are_told_apart(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    place = RemotePlace("s3", "exports", "in")
    known, secret = s3.user_without_rights()
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    with s3.checking_logins():
        said = refusal(place)
        assert "does not know the access key id" in said
        assert ACCESS_KEY not in said
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", known)
        assert "not the one of the access key id" in refusal(place)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        assert "s3:ListBucket" in refusal(place)


def test_without_credentials_the_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    assert "AWS_ACCESS_KEY_ID" in refusal(RemotePlace("s3", "exports", "in"))
    assert "OSS_REGION" not in refusal(RemotePlace("s3", "exports", "in"))
    assert "OSS_REGION" in refusal(RemotePlace("oss", "exports", "in"))
    monkeypatch.setenv("OSS_REGION", "cn-hangzhou")
    assert "OSS_ACCESS_KEY_ID" in refusal(RemotePlace("oss", "exports", "in"))


def test_oss_is_asked_by_the_name_of_the_bucket(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    asked: list[str] = []

    def resolve(host: str, *rest: Any, **more: Any) -> object:
        asked.append(host)
        return real("127.0.0.1" if host.endswith(".aliyuncs.com") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setenv("OSS_ENDPOINT", f"http://oss-cn-hangzhou.aliyuncs.com:{s3.port}")
    monkeypatch.setenv("OSS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", SECRET_KEY)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert names(RemotePlace("oss", "exports", "in")) == ["a.csv", "sub/b.csv"]
    assert set(asked) == {"exports.s3.oss-cn-hangzhou.aliyuncs.com"}


def test_a_prefix_ends_at_a_slash_or_is_one_object(s3: S3Server) -> None:
    s3.put("prefixes", {"in/a.csv": b"1", "inside.csv": b"2", "in/deep/.x/b": b"3"})
    assert names(RemotePlace("s3", "prefixes", "in")) == ["a.csv"]
    assert names(RemotePlace("s3", "prefixes", "")) == ["in/a.csv", "inside.csv"]
    assert names(RemotePlace("s3", "prefixes", "in/a.csv")) == ["a.csv"]
    assert "holds no files" in refusal(RemotePlace("s3", "prefixes", "ins"))


def test_long_listings_have_pages(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put("many", {f"in/{n:02d}.csv": b"x" for n in range(13)})
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "5")  # read by the server at each request
    asked = len(s3.requests)
    found = names(RemotePlace("s3", "many", "in"))
    assert (len(found), found[-1], len(s3.requests) - asked) == (13, "12.csv", 3)


def test_an_etag_that_is_no_digest_costs_a_second_download(s3: S3Server, house: House) -> None:
    s3.put("parts", {})
    upload = s3.client.create_multipart_upload(Bucket="parts", Key="in/a.csv")
    rows = customers("1", "2")
    part = s3.client.upload_part(
        Bucket="parts", Key="in/a.csv", UploadId=upload["UploadId"], PartNumber=1, Body=rows
    )
    place = RemotePlace("s3", "parts", "in")
    assert "holds no files" in refusal(place)  # an upload that is not complete does not show
    s3.client.complete_multipart_upload(
        Bucket="parts",
        Key="in/a.csv",
        UploadId=upload["UploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    with open_source(place, HASTY) as source:
        ingest(source, house.raw, house.ledger, house.contracts)
    assert s3.gets("parts") == ["in/a.csv"]
    assert len(house.stored("generic.customers", "account_id")) == 2


# SFTP


def test_an_unknown_or_another_host_is_refused(
    sftp: SftpServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = served(sftp)
    monkeypatch.delenv("SFTP_HOST_FINGERPRINT")
    said = refusal(place)
    assert "is unknown" in said
    assert sftp.fingerprint in said
    monkeypatch.setenv("SFTP_HOST_FINGERPRINT", "SHA256:" + "A" * 43)
    assert "Somebody may stand between" in refusal(place)
    monkeypatch.delenv("SFTP_HOST_FINGERPRINT")
    known = tmp_path / "known"
    monkeypatch.setenv("SFTP_KNOWN_HOSTS", str(known))
    known.write_text(sftp.known_hosts(sftp.port))
    assert names(place) == ["a.csv", "sub/b.csv"]
    other = sftp.user_key.export_public_key().decode()
    known.write_text(f"[127.0.0.1]:{sftp.port} {other}")
    assert "another one than" in refusal(place)
    rsa = "AAAAB3NzaC1yc2EAAAADAQABAAAAQQCt" + "A" * 60
    known.write_text(f"[127.0.0.1]:{sftp.port} ssh-rsa {rsa}\n")
    assert "127.0.0.1" in refusal(place)


def test_logins(sftp: SftpServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "refused the login of nobody" in refusal(served(sftp, user="nobody"))
    monkeypatch.setenv("SFTP_PASSWORD", "wrong" + PASSWORD)
    assert "refused the login" in refusal(served(sftp))
    monkeypatch.delenv("SFTP_PASSWORD")
    assert "refused the login" in refusal(served(sftp))
    monkeypatch.setenv("SFTP_KEY_FILE", str(sftp.key_file))
    assert "SFTP_KEY_PASSPHRASE" in refusal(served(sftp))
    monkeypatch.setenv("SFTP_KEY_PASSPHRASE", PASSWORD)
    assert names(served(sftp)) == ["a.csv", "sub/b.csv"]
    monkeypatch.setenv("SFTP_KEY_FILE", str(tmp_path / "none"))
    assert "cannot be read" in refusal(served(sftp))


def test_a_server_says_what_is_wrong(sftp: SftpServer) -> None:
    assert "does not exist" in refusal(served(sftp, "/nowhere"))
    assert "holds no files" in refusal(served(sftp, "/empty"))
    assert names(served(sftp, "/in/a.csv")) == ["a.csv"]
    assert names(served(sftp, "/~/in")) == ["a.csv", "sub/b.csv"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    place = RemotePlace("sftp", "127.0.0.1", "/in", USER, port)
    assert "cannot be reached: the connection was refused" in refusal(place)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = RemotePlace("sftp", "127.0.0.1", "/in", USER, silent.getsockname()[1])
        quick = Patience(tries=1, connect=0.3, silence=0.5)
        with open_source(place, quick) as source, pytest.raises(LandingError, match="no answer"):
            source.check()


def test_a_file_that_changed_a_moment_ago_waits(sftp: SftpServer, house: House) -> None:
    sftp.put("fresh/old.csv", customers("1"))
    sftp.put("fresh/new.csv", customers("2"), time.time())
    place = served(sftp, "/fresh")
    with open_source(place, HASTY) as source:
        report = ingest(source, house.raw, house.ledger, house.contracts)
    assert report.postponed == [("new.csv", "it was changed a moment ago and may still be written")]
    with SftpSource(place, HASTY, settled=0.0) as source:
        assert ingest(source, house.raw, house.ledger, house.contracts).postponed == []
    assert {row[0] for row in house.stored("generic.customers", "account_id")} == {"1", "2"}


# Both


def test_names_lead_nowhere(s3: S3Server, sftp: SftpServer, house: House, tmp_path: Path) -> None:
    odd = {
        "../../up.csv": "1",
        "/absolute.csv": "2",
        "x\\..\\..\\back.csv": "3",
        "tab\there \x1b[31m.csv": "4",
        "a//b.csv": "5",
        "x" * 200 + ".csv": "6",
    }
    s3.put("odd", {f"in/{name}": customers(key) for name, key in odd.items()})

    def elsewhere() -> set[Path]:
        ours = (house.raw, house.ledger.parent, sftp.root)
        paths = set(tmp_path.parent.rglob("*"))
        return {path for path in paths if not {path, *path.parents} & set(ours)}

    before = elsewhere()
    with open_source(RemotePlace("s3", "odd", "in"), HASTY) as source:
        assert set(source.list().entries) == set(odd)
        report = ingest(source, house.raw, house.ledger, house.contracts)
    assert report.postponed == []
    assert {row[0] for row in house.stored("generic.customers", "account_id")} == set("123456")
    raw_bytes = os.fsencode(sftp.root) + b"/odd/\xff\xfe\xd5\xc5.csv"
    (sftp.root / "odd").mkdir()
    for name, key in ((raw_bytes, "7"), (os.fsencode(sftp.root) + b"/odd/x\\..\\b.csv", "8")):
        Path(os.fsdecode(name)).write_bytes(customers(key))
        os.utime(name, (1_700_000_000, 1_700_000_000))
    (sftp.root / "odd" / "link.csv").symlink_to("x\\..\\b.csv")
    (sftp.root / "odd" / "dangling.csv").symlink_to("none")
    with open_source(served(sftp, "/odd"), HASTY) as source:
        report = ingest(source, house.raw, house.ledger, house.contracts)
        assert len(source.list().entries) == 3
    assert report.postponed == []
    assert len(house.stored("generic.customers", "account_id")) == 8
    assert elsewhere() == before


@pytest.mark.parametrize("kind", ["s3", "sftp"])
def test_no_secret_is_said_or_kept(
    kind: str,
    s3: S3Server,
    sftp: SftpServer,
    house: House,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    place = RemotePlace("s3", "exports", "in") if kind == "s3" else served(sftp)
    with line_to(s3.port if kind == "s3" else sftp.port) as line:
        if kind == "s3":
            os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{line.port}"
        else:
            place = RemotePlace("sftp", "127.0.0.1", "/in", USER, line.port)
        settings = merchant(tmp_path, place)
        preflight.check_landing(settings)
        with open_source(place, HASTY) as source:
            said = [repr(source), repr(vars(source)), repr(settings), str(settings.environment())]
            listing = source.list()
            line.is_dead = True
            line.hang_up()
            with pytest.raises(LandingError) as raised:
                ingest(source, house.raw, house.ledger, house.contracts)
            said += [str(raised.value), repr(raised.value), repr(listing)]
        with pytest.raises(PreflightError) as refused:
            preflight.check_landing(settings)
        said.append(str(refused.value))
        line.is_dead = False
        with open_source(place, HASTY) as source:
            said.append(str(ingest(source, house.raw, house.ledger, house.contracts)))
    said.append(caplog.text)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for secret in SECRETS:
        assert not [text for text in said if secret in text]
        assert not [data for data in kept if secret.encode() in data]


def test_inspect_looks_at_urls(s3: S3Server, sftp: SftpServer) -> None:
    for place in (RemotePlace("s3", "exports", "in"), served(sftp)):
        result = CliRunner().invoke(main, ["inspect", str(place), "--json"])
        assert result.exit_code == 0, result.output
        assert [
            (one["path"], one["contract"], one["rows"]) for one in json.loads(result.stdout)
        ] == [
            ("a.csv", "generic.customers", 1),
            ("sub/b.csv", "generic.customers", 1),
        ]
    result = CliRunner().invoke(main, ["inspect", "s3://no-such-bucket/in"])
    assert (result.exit_code, "The bucket does not exist" in result.output) == (1, True)


def test_the_sensor_watches_remote_places(
    s3: S3Server, sftp: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sftp.put("watched/a.csv", customers("1"))
    settings = merchant(tmp_path, served(sftp, "/watched"))
    sensor = build_new_files_sensor(settings, build_daily_job())

    def look(cursor: str | None) -> object:
        with dg.build_sensor_context(cursor=cursor) as context:
            return sensor(context)

    first = look(None)
    assert isinstance(first, dg.SensorResult)
    assert len(first.run_requests or []) == 1
    assert isinstance(look(first.cursor), dg.SkipReason)
    sftp.put("watched/b.csv", customers("2"), time.time())
    assert isinstance(look(first.cursor), dg.SkipReason)  # may still be written
    sftp.put("watched/b.csv", customers("2"))
    second = look(first.cursor)
    assert isinstance(second, dg.SensorResult)
    assert second.cursor != first.cursor
    settings = merchant(tmp_path, "s3://empty/in")
    sensor = build_new_files_sensor(settings, build_daily_job())
    assert isinstance(look(None), dg.SkipReason)
    settings = merchant(tmp_path, "s3://no-such-bucket/in")
    sensor = build_new_files_sensor(settings, build_daily_job())
    with pytest.raises(dg.Failure, match="bucket does not exist"):
        look(None)


def test_nothing_there_is_not_the_same_as_cannot_look(s3: S3Server) -> None:
    with open_source(RemotePlace("s3", "empty", "in"), HASTY) as source:
        source.check()
        with pytest.raises(NoFilesError):
            source.list()
    with open_source(RemotePlace("s3", "none", "in"), HASTY) as source:
        with pytest.raises(LandingError) as raised:
            source.list()
        assert not isinstance(raised.value, NoFilesError)
