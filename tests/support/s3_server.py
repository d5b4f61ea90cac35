"""Real S3 servers on loopback: moto, which knows most of S3, and rclone, which checks keys and signatures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from support.server_programs import free_port, rclone_serving, running

KEY, SECRET = "the-key-id", "the-secret-of-the-key"


class S3Server(msgspec.Struct):
    """`port` is on 127.0.0.1; `folder` holds the buckets of a server that keeps them in files."""

    port: int
    certificate: Path | None = None
    folder: Path | None = None
    region: str = "us-east-1"

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def options(self) -> dict[str, str | None]:
        return {
            "s3-server-name": f"127.0.0.1:{self.port}",
            "aws-access-key-id": KEY,
            "aws-secret-access-key": SECRET,
            **({"use-ssl": "true"} if self.certificate else {}),
        }

    def client(self) -> Any:
        """One of boto3, to see what the server really holds."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name=self.region,
            verify=str(self.certificate) if self.certificate else None,
        )

    def make_bucket(self, name: str, **more: object) -> str:
        self.client().create_bucket(Bucket=name, **more)
        return name

    def stored(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        client = self.client()
        listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {
            each["Key"].removeprefix(prefix): client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            for each in listed
        }

    def unfinished(self, bucket: str) -> int:
        """Uploads in blocks that were neither finished nor given up."""
        return len(self.client().list_multipart_uploads(Bucket=bucket).get("Uploads", []))


@contextmanager
def moto_server(work: Path, *, tls: Path | None = None) -> Iterator[S3Server]:
    """`tls` is a file with a certificate and its key; the server's log is in `work`."""
    port = free_port()
    secure = ["-c", str(tls), "-k", str(tls)] if tls else []
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port), *secure]
    with running(command, port, work / f"moto-{port}.log"):
        yield S3Server(port, tls)


@contextmanager
def rclone_server(work: Path) -> Iterator[S3Server]:
    """Each folder in the server's folder is a bucket."""
    folder = work / "buckets"
    folder.mkdir(parents=True)
    with rclone_serving("s3", folder, work, "--auth-key", f"{KEY},{SECRET}") as port:
        yield S3Server(port, folder=folder)
