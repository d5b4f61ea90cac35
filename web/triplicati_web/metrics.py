"""``/metrics`` for Prometheus."""

from __future__ import annotations

from triplicati.config.sign_in.sign_in import FOREVER_USER
from triplicati.errors import TriplicatiError
from triplicati_web.auth.credentials import Presented, identify
from triplicati_web.failures import Unauthorized
from triplicati_web.routing import OPEN, Call, Reply, Route


def metrics_route(*, signed_in: bool) -> Route:
    """With `signed_in`, a bearer token is needed, or ``?token=`` with one that lasts for ever: a scraper
    cannot sign in again."""

    async def metrics(call: Call) -> Reply:
        from triplicati.runner.metrics import CONTENT_TYPE, metrics_text  # noqa: PLC0415 - seldom asked for

        if signed_in:
            await _check(call)
        return Reply(content=(await metrics_text(call.daemon)).encode(), content_type=CONTENT_TYPE)

    return Route("GET", "/metrics", metrics, "Numbers for Prometheus", "system", auth=OPEN)


async def _check(call: Call) -> None:
    """Raises `Unauthorized`."""
    token = call.arguments.get("token", "")
    if not token:
        await identify(Presented(call.headers, {}, {}), call.daemon.sign_in)
        return
    try:
        user = await call.daemon.sign_in.user_of_access(token)
    except TriplicatiError:
        raise Unauthorized from None
    if user != FOREVER_USER:
        raise Unauthorized
