"""Opens an address in a browser.

The address of a page that is to be opened signed in can be read in the list of processes while the browser
starts. A file that leads there would hide it, but browsers in a sandbox, as snap and flatpak install them,
may not read such files; so the link is good once and for a minute.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import webbrowser
from functools import partial

import trio

from triplicati.errors import BrowserMissing

_PATIENCE = 20.0


async def open_browser(
    url: str,
    command: str | None,
    shown: str,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Reports started when a browser was told, and returns when a `command` of the user has ended.

    Raises `BrowserMissing`, which names the address `shown`, for `url` may let in whoever reads it.
    """
    if command is not None:
        await _run(command, url, shown, task_status)
        return
    if not has_screen() or not await _open_default(url):
        raise BrowserMissing(reason="no browser was found", url=shown)
    task_status.started()


def has_screen() -> bool:
    """Without one a browser would take over a terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


async def _run(command: str, url: str, shown: str, task_status: trio.TaskStatus[None]) -> None:
    try:
        words = [*shlex.split(command), url]
        # A browser outlives the tray, and must not take what is typed into its terminal. It is waited for in
        # a thread, as a process of trio is to be waited for to its end.
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        start = partial(subprocess.Popen, words, start_new_session=True, **quiet)
        process = await trio.to_thread.run_sync(start)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BrowserMissing(reason=f'"{command}" cannot be run ({reason})', url=shown) from None
    task_status.started()
    await trio.to_thread.run_sync(process.wait, abandon_on_cancel=True)


async def _open_default(url: str) -> bool:
    with trio.move_on_after(_PATIENCE):
        return await trio.to_thread.run_sync(webbrowser.open, url, abandon_on_cancel=True)
    return True
