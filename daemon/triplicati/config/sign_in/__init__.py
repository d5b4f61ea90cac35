"""Who may use the daemon: the password, the tokens, and what is kept of them (spec/server.md 2)."""

from triplicati.config.sign_in.attempts import Attempts
from triplicati.config.sign_in.passwords import LegacyPair
from triplicati.config.sign_in.sign_in import Session, SignIn, SignInOptions, SignInStore
from triplicati.config.sign_in.tokens import Claims, JwtConfig, Tokens

__all__ = [
    "Attempts",
    "Claims",
    "JwtConfig",
    "LegacyPair",
    "Session",
    "SignIn",
    "SignInOptions",
    "SignInStore",
    "Tokens",
]
