"""What an address and its options say, as one kind of destination reads it (spec/cli.md 5.2, 6)."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.errors import DestinationOptionMissing
from triplicati.options.declarations import Option
from triplicati.options.option_values import OptionValues
from triplicati.options.registry import REGISTRY
from triplicati.values.secrets import Secret
from triplicati.values.urls import DestinationUrl

_SECURE = "use-ssl"


class Login:
    """A name and its password, either of which may be empty."""

    __slots__ = ("password", "user")

    def __init__(self, user: str, password: Secret | None) -> None:
        self.user = user
        self.password = password

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"

    @property
    def revealed(self) -> str:
        return self.password.reveal() if self.password is not None else ""


class KindOptions(OptionValues):
    """The options of a command over which the address's own query wins, with those that the kind itself
    declares and their aliases."""

    def __init__(
        self, url: DestinationUrl, options: Mapping[str, str | None], declared: tuple[Option, ...]
    ) -> None:
        # Names in an address may be written in any case, and so may those that a saved backup holds.
        aliases = {alias.lower(): option.name for option in declared for alias in option.aliases}
        names = {option.name.lower(): option.name for option in declared}
        mine = {**aliases, **names}
        given = {mine.get(name.lower(), name): value for name, value in {**options, **url.query}.items()}
        super().__init__(given, {**REGISTRY, **{option.name: option for option in declared}})
        self.url = url

    def login(self, user: str = "auth-username", password: str = "auth-password") -> Login:
        """`user` and `password` name the options of the kind, which win. An address's own name and password
        win over the shared options; a name in it may have its password from the option."""
        name = self.text(user) if self.given(user) else None
        word = self.secret(password) if self.given(password) else None
        shared_name = self.url.user or self.text("auth-username") or ""
        shared_word = self.url.password or self.secret("auth-password")
        return Login(name or shared_name, word if word else shared_word)

    def required(self, name: str, hint: str = "") -> str:
        """Raises `DestinationOptionMissing`."""
        text = self.text(name)
        if not text:
            raise DestinationOptionMissing(scheme=self.url.scheme, option=name, hint=hint)
        return text

    def secure(self, *, by_scheme: str = "") -> bool:
        """Whether the connection is to be encrypted; `by_scheme` is the scheme that says so itself."""
        return self.url.scheme == by_scheme or (self.given(_SECURE) and self.boolean(_SECURE))

    def seconds(self, name: str) -> float:
        """A length of time; zero for what has no end."""
        return max(self.timespan(name).total_seconds(), 0.0)

    def certificate_hashes(self) -> frozenset[str]:
        """Of certificates that are accepted whoever signed them, in lower case and without separators."""
        text = (self.text("accept-specified-ssl-hash") or "").replace(";", ",")
        found = ("".join(each.split()).replace(":", "").lower() for each in text.split(","))
        return frozenset(each for each in found if each)
