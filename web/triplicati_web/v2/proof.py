"""What is proven of a backup, and testing more of it; these routes are ours."""

from __future__ import annotations

from typing import Annotated

import msgspec

from triplicati.messages.api_backups import TaskStarted
from triplicati.messages.api_envelope import Envelope
from triplicati.messages.proof import DrillInput, Proof, ProofTotal, VerifyInput, VersionDrill
from triplicati.runner.daemon import Daemon
from triplicati.runner.proof import drills_of, proof_of, proof_totals, start_drill, start_verify
from triplicati_web.routing import Call, Route

_TAG = "operations"


class ProofQuery(msgspec.Struct):
    """`cells`: how many at most."""

    cells: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 2000


async def proof(call: Call) -> Envelope[Proof]:
    daemon: Daemon = call.daemon
    query: ProofQuery = call.query
    return Envelope(await proof_of(daemon, await daemon.backup(call.path["id"]), query.cells))


async def totals(call: Call) -> Envelope[list[ProofTotal]]:
    return Envelope(await proof_totals(call.daemon))


async def verify(call: Call) -> Envelope[TaskStarted]:
    daemon: Daemon = call.daemon
    wanted: VerifyInput = call.body or VerifyInput()
    return Envelope(TaskStarted((await start_verify(daemon, call.path["id"], wanted)).id))


async def drills(call: Call) -> Envelope[list[VersionDrill]]:
    daemon: Daemon = call.daemon
    return Envelope(await drills_of(daemon, await daemon.backup(call.path["id"])))


async def drill(call: Call) -> Envelope[TaskStarted]:
    daemon: Daemon = call.daemon
    wanted: DrillInput = call.body or DrillInput()
    return Envelope(TaskStarted((await start_drill(daemon, call.path["id"], wanted)).id))


ROUTES = (
    Route(
        "GET",
        "/api/v2/proof",
        totals,
        "How much of each backup was tested, and what is damaged",
        _TAG,
        answer=Envelope[list[ProofTotal]],
    ),
    Route(
        "GET",
        "/api/v2/backup/{id}/proof",
        proof,
        "Which volumes of a backup were tested, when, and how that went",
        _TAG,
        query=ProofQuery,
        answer=Envelope[Proof],
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/verify",
        verify,
        "Test some or all volumes of a backup",
        _TAG,
        body=VerifyInput | None,
        answer=Envelope[TaskStarted],
        available="Verify",
    ),
    Route(
        "GET",
        "/api/v2/backup/{id}/drills",
        drills,
        "Of which versions files were restored for trial, when, and how that went",
        _TAG,
        answer=Envelope[list[VersionDrill]],
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/drill",
        drill,
        "Restore some files of a version for trial, into a scratch folder, and compare them",
        _TAG,
        body=DrillInput | None,
        answer=Envelope[TaskStarted],
        available="Verify",
    ),
)
