"""Notifications (spec/server.md 3.10)."""

from __future__ import annotations

from triplicati.errors import NotificationNotFound
from triplicati.messages.api_notices import NotificationLine, StatusOk
from triplicati.messages.records import Notification
from triplicati.runner.daemon import Daemon
from triplicati.runner.status import moment_of
from triplicati_web.routing import Call, Route

_TAG = "notifications"


async def notifications(call: Call) -> list[NotificationLine]:
    daemon: Daemon = call.daemon
    return [line_of(each) for each in await daemon.store.notifications()]


async def notification(call: Call) -> NotificationLine:
    daemon: Daemon = call.daemon
    number = _number(call)
    found = await daemon.store.notification(number)
    if found is None:
        raise NotificationNotFound(id=number)
    return line_of(found)


async def dismiss(call: Call) -> None:
    daemon: Daemon = call.daemon
    number = _number(call)
    if not await daemon.store.remove_notification(number):
        raise NotificationNotFound(id=number)


async def dismiss_all(call: Call) -> None:
    daemon: Daemon = call.daemon
    await daemon.store.remove_all_notifications()


async def try_out(call: Call) -> StatusOk:
    daemon: Daemon = call.daemon
    text = "This is how a notification looks. There is nothing to do."
    await daemon.store.add_notification("Information", "A test", text, message_id="TestNotification")
    return StatusOk()


def line_of(each: Notification) -> NotificationLine:
    return NotificationLine(
        each.id,
        each.type,
        each.title,
        each.message,
        each.exception,
        each.backup_id,
        each.action,
        moment_of(each.timestamp),
        each.log_entry_id,
        each.message_id,
        each.message_log_tag,
    )


def _number(call: Call) -> int:
    """Raises `NotificationNotFound`."""
    text = call.path["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise NotificationNotFound(id=text)
    return int(text)


ROUTES = (
    Route(
        "GET",
        "/api/v1/notifications",
        notifications,
        "All notifications",
        _TAG,
        answer=list[NotificationLine],
    ),
    Route("DELETE", "/api/v1/notifications", dismiss_all, "Dismiss all notifications", _TAG),
    Route(
        "GET",
        "/api/v1/notification/{id}",
        notification,
        "One notification",
        _TAG,
        answer=NotificationLine,
    ),
    Route("DELETE", "/api/v1/notification/{id}", dismiss, "Dismiss one notification", _TAG),
    Route(
        "POST",
        "/api/v1/notification/test",
        try_out,
        "Add a notification to see how it looks",
        _TAG,
        answer=StatusOk,
    ),
)
