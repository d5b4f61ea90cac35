"""Changing the passphrase or the encryption of a destination, from options."""

from __future__ import annotations

import time

from triplicati.engine.from_options import upkeep_settings
from triplicati.engine.reencrypt import reencrypt
from triplicati.engine.reencrypt_plan import NewEncryption
from triplicati.engine.stopping import StopRequest
from triplicati.errors import UsageError
from triplicati.index.reencrypting import unfinished
from triplicati.index.settings import read_settings
from triplicati.messages.results import ReencryptResult
from triplicati.operations.order import Order
from triplicati.operations.passphrase import given_new
from triplicati.operations.upkeep import upkeep
from triplicati.values.secrets import Secret


async def run_reencrypt(order: Order, stop: StopRequest) -> ReencryptResult:
    """With the new passphrase from the option, the environment or somebody who is asked; the old one as for
    every operation. Raises `UsageError`, and what `reencrypt` raises."""
    begin, values = time.time(), order.values
    wanted = values.choice("new-encryption-module") if values.given("new-encryption-module") else ""
    if wanted == "none" and given_new(values, order.environment):
        raise UsageError(reason="Say either --new-passphrase or --new-encryption-module=none.")
    passphrase = order.renewing(values, order.environment, wanted)
    order.new_passphrase = None if passphrase is None else Secret(passphrase)
    async with upkeep(order, settles=False, amid_change=True) as (remote, database, form):
        recorded = await database.read(read_settings)
        if not wanted:
            # What was begun goes on.
            wanted = recorded["encryption"] if unfinished(recorded) else form
            wanted = "aes" if wanted == "none" else wanted
        new = NewEncryption("" if wanted == "none" else wanted, passphrase)
        result = await reencrypt(remote, database, upkeep_settings(values, wanted), new, stop)
    result.begin_time, result.end_time = begin, time.time()
    return result
