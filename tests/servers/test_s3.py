"""S3 on real servers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.conformance import Conformance, Place
from support.s3_server import SECRET, S3Server, moto_server, rclone_server

pytestmark = pytest.mark.servers

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with moto_server(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture
def rclone(tmp_path: Path) -> Iterator[S3Server]:
    # One for each test: it gets slower with every bucket that was used.
    with rclone_server(tmp_path / "rclone") as server:
        yield server


class TestMoto(Conformance):
    @pytest.fixture
    def place(self, moto: S3Server) -> Place:
        bucket = moto.make_bucket(f"bucket-{next(_NUMBERS)}")
        return Place(
            f"s3://{bucket}/a%20folder/below",
            f"s3://{bucket}-absent/folder",
            options=moto.options,
            secrets=(SECRET,),
            stored=lambda: moto.stored(bucket, "a folder/below/"),
        )


class TestMotoWithoutFolder(Conformance):
    @pytest.fixture
    def place(self, moto: S3Server) -> Place:
        bucket = moto.make_bucket(f"bucket-{next(_NUMBERS)}")
        return Place(
            f"s3://{bucket}",
            f"s3://{bucket}-absent",
            options=moto.options,
            secrets=(SECRET,),
            stored=lambda: moto.stored(bucket),
        )


class TestRclone(Conformance):
    @pytest.fixture
    def place(self, rclone: S3Server) -> Place:
        bucket = rclone.make_bucket(f"bucket-{next(_NUMBERS)}")
        assert rclone.folder is not None
        there: Path = rclone.folder / bucket / "folder"

        def stored() -> dict[str, bytes]:
            return {path.name: path.read_bytes() for path in there.iterdir()}

        return Place(
            f"s3://{bucket}/folder",
            f"s3://{bucket}-absent",
            options=rclone.options,
            secrets=(SECRET,),
            stored=stored,
        )
