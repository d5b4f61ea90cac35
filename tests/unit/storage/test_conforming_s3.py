"""S3 as a destination, for the whole family of object stores: moto, which is a real server on loopback."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from support.conformance import Conformance, Place
from support.s3_server import SECRET, S3Server, moto_server

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with moto_server(tmp_path_factory.mktemp("moto")) as server:
        yield server


class TestS3(Conformance):
    @pytest.fixture
    def place(self, moto: S3Server) -> Place:
        bucket = moto.make_bucket(f"bucket-{next(_NUMBERS)}")
        return Place(
            f"s3://{bucket}/folder",
            f"s3://{bucket}-absent/folder",
            options=moto.options,
            secrets=(SECRET,),
            stored=lambda: moto.stored(bucket, "folder/"),
        )
