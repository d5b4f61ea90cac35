"""What the start says becomes settings that stay (spec/server.md 1.2, 1.3)."""

from __future__ import annotations

import hashlib
import socket
import time
from pathlib import Path

import msgspec
import trio

from triplicati.config import server_certificates
from triplicati.config.server.store import Store
from triplicati.config.server_options import ServerOptions
from triplicati.config.sign_in import SignIn

_PRELOADED = "preload-settings-hash"
PASSWORD_SET, PASSWORD_KEPT = 102, 103


async def apply_to_settings(options: ServerOptions, store: Store) -> None:
    """Raises what wrong values raise, before anything listens."""
    changes: dict[str, str | None] = {"server-disable-https": str(options.tls.disabled)}
    if options.hostnames is not None:
        changes["allowed-hostnames"] = ";".join(options.hostnames)
    if options.zone is not None:
        changes["server-timezone"] = options.zone
    if options.tokens.signin_disabled is not None:
        changes["disable-signin-tokens"] = str(options.tokens.signin_disabled)
    if options.disabled_extensions is not None:
        changes["disable-api-extensions"] = ",".join(options.disabled_extensions)
    if options.folder_status is not None:
        changes["enable-folder-status-service"] = str(options.folder_status)
    await store.set_settings(changes)
    await _apply_certificate(options, store)
    await _apply_preload(options, store)


async def apply_to_sign_in(options: ServerOptions, sign_in: SignIn) -> int | None:
    """The password and the signing key. An exit code where the server is to end after that."""
    if options.tokens.reset:
        await sign_in.logout_everywhere()
    if options.password is not None:
        await sign_in.set_password(options.password.reveal())
    if options.password_init is None:
        return None
    if not await sign_in.has_generated_password():
        print("A password was chosen before, and stays. To change it: triplicati control change-password")
        return PASSWORD_KEPT
    await sign_in.set_password(options.password_init.reveal())
    print("The password is set. Now start the server without --webservice-password-init.")
    return PASSWORD_SET


async def _apply_certificate(options: ServerOptions, store: Store) -> None:
    tls = options.tls
    settings = await store.settings()
    changes: dict[str, str | None] | None = None
    if tls.remove:
        changes = dict(server_certificates.NO_CERTIFICATE)
    if tls.file is not None:
        path, password = Path(tls.file), tls.password
        changes = await trio.to_thread.run_sync(server_certificates.imported, path, password)
    elif tls.configure:
        names = (*(options.hostnames or ()), *tls.hostnames)
        usable = [name for name in names if name != "*"]
        changes = await trio.to_thread.run_sync(
            server_certificates.configured, settings, usable, socket.gethostname(), time.time()
        )
    if changes is not None:
        await store.set_settings(changes)


async def renew_certificate(store: Store) -> bool:
    """Whether a certificate of our own was renewed. Raises `CertificateUnusable`."""
    settings = await store.settings()
    changes = await trio.to_thread.run_sync(
        server_certificates.renewed, settings, socket.gethostname(), time.time()
    )
    if changes is not None:
        await store.set_settings(changes)
    return changes is not None


async def _apply_preload(options: ServerOptions, store: Store) -> None:
    """Once for each content of the files, so that what a user changes afterwards stays."""
    wanted = options.preload_database
    if not wanted:
        return
    digest = hashlib.sha256(msgspec.json.encode(sorted(wanted.items()))).hexdigest()
    if await store.setting(_PRELOADED) == digest:
        return
    named = {name if name.startswith("--") else f"--{name}": value for name, value in wanted.items()}
    await store.set_application_options(named)
    await store.set_settings({_PRELOADED: digest})
