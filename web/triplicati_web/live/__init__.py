"""What is pushed over websockets: Duplicati's ``/notifications``, and ours at ``/api/v2/events``."""

from __future__ import annotations

from triplicati_web.live.events import PATH as EVENTS
from triplicati_web.live.events import events
from triplicati_web.live.notifications import PATH as NOTIFICATIONS
from triplicati_web.live.notifications import notifications
from triplicati_web.sockets import SocketHandler

SOCKETS: tuple[tuple[str, SocketHandler], ...] = ((NOTIFICATIONS, notifications), (EVENTS, events))

__all__ = ["SOCKETS"]
