"""The parts that can be chosen or switched off by a key, as help shows them (spec/cli.md 5.5, 5.6)."""

from __future__ import annotations

from triplicati.options.module_keys import module_of
from triplicati.options.registry import REGISTRY

_AES = "Encrypts volumes with AES-256, in the format of AES Crypt. This is the usual way."
_GPG = "Encrypts volumes with the program GnuPG and a passphrase. Files end in .gpg."
_ZIP = "Packs blocks into zip files. This is the only form that is written."
_OTHER_ARCHIVES = "A form of volumes that Duplicati can write and calls experimental. It is not built yet."
_WINDOWS = "A kind of source of Windows servers. It is not built here."

# Title and text by key.
MODULES = {
    "aes": ("AES encryption", _AES),
    "gpg": ("GnuPG encryption", _GPG),
    "par2": ("Parity files", "Adds files from which damaged volumes can be repaired, with the program par2."),
    "zip": ("Zip volumes", _ZIP),
    "tzstd": ("Zstandard volumes", _OTHER_ARCHIVES),
    "tgz": ("Gzip volumes", _OTHER_ARCHIVES),
    "console-password-input": (
        "The prompt for a passphrase",
        "Asks on the terminal when a passphrase is needed and none was given.",
    ),
    "common-options": (
        "Options of all connections",
        "Certificates and time limits that hold for every destination on the network.",
    ),
    "runscript": (
        "Scripts",
        "Runs scripts before and after an operation, which can also change its options.",
    ),
    "sendmail": ("Reports by mail", "Sends the result of an operation by mail."),
    "sendhttp": ("Reports by web request", "Sends the result of an operation to a web address."),
    "sendxmpp": ("Reports by XMPP", "Sends the result of an operation as a chat message."),
    "sendtelegram": ("Reports by Telegram", "Sends the result of an operation to a Telegram channel."),
    "sendapprise": ("Reports by Apprise", "Sends the result of an operation to what Apprise knows."),
    "httpreportstatus": ("Live status", "Tells a web address how an operation goes on while it runs."),
    "hyperv-options": ("Hyper-V", _WINDOWS),
    "mssql-options": ("Microsoft SQL Server", _WINDOWS),
}

_PREFIXES = {
    "aes": ("aes-",),
    "gpg": ("gpg-",),
    "par2": ("par2-", "parity-"),
    "zip": ("zip-", "compression-"),
    "tzstd": ("tzstd-",),
}


def options_of_module(key: str) -> list[str]:
    """The names of the options that belong to it."""
    prefixes = _PREFIXES.get(key, ())
    return [name for name in REGISTRY if module_of(name) == key or (prefixes and name.startswith(prefixes))]
