"""A folder of a server that is reached with SSH (SFTP)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from triplicati.errors import DestinationOptionUnusable, DestinationUntrusted
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.rclone.hostkeys import HostKey, algorithms_of, kinds_in, known_keys, well_formed
from triplicati.storage.rclone.program import PROGRAM, flavour_of
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.rclone.texts import Asked
from triplicati.storage.shared_options import LOGIN, TIMEOUTS
from triplicati.values.urls import DestinationUrl, parse_query_value

SCHEMES = ("ssh",)
TITLE = "SFTP (SSH)"
_GROUP = "destinations"
OPTIONS = (
    *LOGIN,
    *TIMEOUTS,
    *PROGRAM,
    Option(
        "ssh-key", T.PASSWORD, None,
        'A private key itself, as "sshkey://" and the file\'s text, percent-encoded.', _GROUP,
    ),
    Option(
        "ssh-keyfile", T.PATH, None,
        "File with a private key. --auth-password is its passphrase, if it has one.", _GROUP,
    ),
    Option(
        "ssh-fingerprint", T.STRING, None,
        "Fingerprint of the server's key, without which only servers in ~/.ssh/known_hosts are trusted.",
        _GROUP,
    ),
    Option(
        "ssh-accept-any-fingerprints", T.BOOLEAN, "false",
        "Trust any server, also one that only pretends to be yours.", _GROUP,
    ),
    Option(
        "ssh-keepalive", T.TIMESPAN, "0s", "Time between signs of life.", _GROUP, state="inert",
        reason="signs of life are sent each minute",
    ),
    Option(
        "ssh-disable-agent", T.BOOLEAN, "false", "Do not ask an SSH agent for keys.", _GROUP,
    ),
    Option(
        "ssh-relative-path", T.BOOLEAN, "false", "Start from the home folder of the user.", _GROUP,
    ),
    Option(
        "ssh-operation-timeout", T.TIMESPAN, "0s", "Longest time for one request.", _GROUP, state="inert",
        deprecated="Use --short-timeout, --list-timeout and --read-write-timeout.",
        reason="--short-timeout, --list-timeout and --read-write-timeout say it",
    ),
)  # fmt: skip

_INLINE = "sshkey://"
_PORT = 22
_BETWEEN = "Somebody may be between you and the server. If its key was changed on purpose,"


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> RcloneFolder:
    return _Connection(KindOptions(url, options, OPTIONS)).folder()


class _Connection:
    def __init__(self, given: KindOptions) -> None:
        self._given = given
        self._host = given.url.host.strip("[]")
        self._port = given.url.port or _PORT
        self._login = given.login()

    def folder(self) -> RcloneFolder:
        return RcloneFolder(self._given.url.display, self._asked(), self._settle, flavour_of(self._given))

    def _asked(self) -> Asked:
        advice = f"{_BETWEEN} see --ssh-fingerprint."
        path, secrets = f"/{self._given.url.path}", (self._login.revealed,)
        return Asked("ssh", self._shown, path, advice=advice, secrets=secrets)

    @property
    def _shown(self) -> str:
        return self._host if self._port == _PORT else f"{self._host}:{self._port}"

    async def _settle(self) -> Settings:
        parameters = {
            "host": self._host, "port": str(self._port), "user": self._login.user or _this_user(),
            "shell_type": "none", "disable_hashcheck": "true", "set_modtime": "false",
            **self._proof(),
        }  # fmt: skip
        relative, path = self._given.boolean("ssh-relative-path"), self._given.url.path
        path = path if relative else f"/{path}"
        if self._given.boolean("ssh-accept-any-fingerprints"):
            return Settings("sftp", {**parameters, "known_hosts_file": "none"}, path)
        # So that rclone accepts the right key alone, before it sends the password. (Its newer option
        # host_keys would be passed over in silence by an older rclone.)
        key = await self._trusted_key()
        name = self._host if self._port == _PORT else f"[{self._host}]:{self._port}"
        parameters["host_key_algorithms"] = " ".join(algorithms_of(key.kind))
        return Settings("sftp", parameters, path, files={"known_hosts_file": f"{name} {key.line}\n"})

    def _proof(self) -> dict[str, str]:
        key, word = self._private_key(), self._login.revealed
        if key:
            locked = {"key_file_pass": word} if word and _is_locked(key) else {}
            return {"key_pem": key.replace("\r", "").replace("\n", "\\n"), **locked}
        if word:
            return {"pass": word}
        if self._given.boolean("ssh-disable-agent"):
            reason = "without it no password, key or agent is left to sign in with"
            raise DestinationOptionUnusable(option="ssh-disable-agent", reason=reason)
        return {"key_use_agent": "true"}

    def _private_key(self) -> str:
        inline, file = self._given.text("ssh-key") or "", self._given.text("ssh-keyfile") or ""
        if file.lower().startswith(_INLINE):
            inline, file = file, ""
        if file:
            try:
                return Path(file).expanduser().read_text("utf-8")
            except (OSError, UnicodeDecodeError, RuntimeError) as error:
                reason = getattr(error, "strerror", None) or "it is no text file"
                raise DestinationOptionUnusable(option="ssh-keyfile", reason=f"{file}: {reason}") from error
        return parse_query_value(inline[len(_INLINE) :]) if inline.lower().startswith(_INLINE) else inline

    async def _trusted_key(self) -> HostKey:
        from triplicati.storage.rclone.keyscan import host_key  # noqa: PLC0415

        text = (self._given.text("ssh-fingerprint") or "").replace(";", ",")
        fingerprints = [each.strip() for each in text.split(",") if each.strip()]
        if wrong := next((each for each in fingerprints if not well_formed(each)), None):
            reason = f'"{wrong}" is no fingerprint; one looks like "ssh-ed25519 256 SHA256:..."'
            raise DestinationOptionUnusable(option="ssh-fingerprint", reason=reason)
        known = known_keys(_known_hosts(), self._host, self._port)
        trusted = () if fingerprints else tuple(key for key in known.trusted if key not in known.revoked)
        kinds = kinds_in(fingerprints) if not trusted else dict.fromkeys(key.kind for key in trusted)
        shown: HostKey | None = None
        for kind in kinds:
            found = await host_key(self._host, self._port, (kind,))
            shown = shown or found
            if found in trusted or (found is not None and any(found.fits(each) for each in fingerprints)):
                return found
        source = "--ssh-fingerprint" if fingerprints else "~/.ssh/known_hosts" if trusted else ""
        raise self._untrusted(shown, source)

    def _untrusted(self, found: HostKey | None, source: str) -> DestinationUntrusted:
        """`source` is where another key stands, empty for none."""
        if found is None:
            reason = "it has no key of a kind that is known here"
            return DestinationUntrusted(host=self._shown, reason=reason, advice="Check the address.")
        accept = f'--ssh-fingerprint="{found.fingerprint}"'
        if source:
            reason = f"its key is {found.fingerprint}, and not the one of {source}"
            advice = f"{_BETWEEN} give {accept}"
        else:
            reason = f"its key {found.fingerprint} is not in ~/.ssh/known_hosts"
            advice = f"If this is the server's own key, accept it with {accept}"
        return DestinationUntrusted(host=self._shown, reason=reason, advice=advice)


def _known_hosts() -> list[Path]:
    return [
        Path("~/.ssh/known_hosts").expanduser(), Path("~/.ssh/known_hosts2").expanduser(),
        Path("/etc/ssh/ssh_known_hosts"),
    ]  # fmt: skip


def _this_user() -> str:
    import getpass  # noqa: PLC0415

    return getpass.getuser()


def _is_locked(key: str) -> bool:
    """Whether a passphrase is needed for it: one that is given for a key without is an error of its own."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        load_pem_private_key,
        load_ssh_private_key,
    )

    load = load_ssh_private_key if "BEGIN OPENSSH" in key else load_pem_private_key
    try:
        load(key.encode(), None)
    except TypeError:
        return True
    except Exception:
        return "ENCRYPTED" in key
    return False
