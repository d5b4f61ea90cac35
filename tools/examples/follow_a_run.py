"""Starts a backup, shows how far it is, and ends with its result: python follow_a_run.py URL BACKUP

The password is taken from the environment: DUPLICATI__WEBSERVICE_PASSWORD
"""

import os
import sys

import trio

from triplicati.client import connect


async def main(url: str, backup: str) -> int:
    async with connect(url, password=os.environ["DUPLICATI__WEBSERVICE_PASSWORD"]) as client:
        task = await client.run(backup)
        outcome = await client.wait(task, show=lambda now: print(now.phase, now.files_done, now.bytes_sent))
    print(backup, "ended with", outcome.parsed, outcome.message)
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(trio.run(main, sys.argv[1], sys.argv[2]))
