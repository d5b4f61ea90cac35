"""What the user typed, and secrets that were to be filled in."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


class UsageError(TriplicatiError):
    """{reason}"""

    exit_code = 200
    http_status = 400


class InvalidValue(TriplicatiError):
    """"{value}" is not a valid {kind}: {reason}"""

    http_status = 400


class OptionNotBuilt(TriplicatiError):
    """The option --{option} is known but not built yet in Triplicati: {reason}. Leave it out to go on."""

    http_status = 400


class CommandNotBuilt(TriplicatiError):
    """The command "{command}" is known but not built yet in Triplicati."""

    exit_code = 200
    http_status = 501


class LogFileUnusable(TriplicatiError):
    """The log file {path} cannot be written: {reason}. Choose another with --log-file."""

    http_status = 400


class ParametersFileUnusable(TriplicatiError):
    """The parameters file {path} cannot be read: {reason}."""

    http_status = 400


class FiltersGivenTwice(TriplicatiError):
    """Filters were given on the command line and in the parameters file {path}. Give all of them in one
    place, or use --append-filter, --prepend-filter or --replace-filter in the file."""

    http_status = 400


class ModuleNotAllowed(TriplicatiError):
    """The {kind} "{module}" is not allowed here: --{option} allows only {allowed}."""

    http_status = 403


class PrefixCannotContainHyphens(TriplicatiError):
    """The prefix "{prefix}" must not contain hyphens. Choose one without "-"."""

    http_status = 400


class VolumeSizeTooSmall(TriplicatiError):
    """The volume size {volume_size} is too small: --dblock-size must be at least 1 MiB and twice --blocksize
    ({blocksize} bytes)."""

    http_status = 400


class MultipleRetentionOptionsNotSupported(TriplicatiError):
    """Only one of --keep-time, --keep-versions and --retention-policy can be given; found {given}."""

    http_status = 400


class RetentionPolicyInvalidValue(TriplicatiError):
    """The retention policy "{policy}" is not valid: {reason}. Example: 1W:1D,4W:1W,12M:1M"""

    http_status = 400


class EmptyPassphrase(TriplicatiError):
    """No passphrase was given. Give one with --passphrase or the environment variable PASSPHRASE, or say
    --no-encryption to store the backup unencrypted."""

    http_status = 400


class PassphraseUnreadable(TriplicatiError):
    """The passphrase cannot be read: {reason}. Give it with --passphrase or the environment variable
    PASSPHRASE."""

    http_status = 400


class PassphraseMismatch(TriplicatiError):
    """The two passphrases are not equal. Nothing was done; start again."""

    http_status = 400


class ParametersConflict(TriplicatiError):
    """The option --{option} was given as {given}, but this backup was made with {recorded}. Leave the option
    out to go on with {recorded}, or use another destination or --prefix for a new backup."""

    http_status = 400


class PassphraseChangeNotSupported(TriplicatiError):
    """The passphrase is not the one this backup was made with. Give the passphrase used before; a backup
    cannot change its passphrase."""

    http_status = 400


class PassphraseAdditionNotSupported(TriplicatiError):
    """This backup is not encrypted, so a passphrase cannot be added. Say --no-encryption, or start a new
    backup with another destination or --prefix."""

    http_status = 400


class PassphraseRemovalNotSupported(TriplicatiError):
    """This backup is encrypted, so --no-encryption cannot be used. Give its passphrase."""

    http_status = 400




class SecretProviderError(TriplicatiError):
    """The secret provider {provider} failed: {reason}. Nothing was done."""

    http_status = 502


class SecretProviderUnusable(SecretProviderError):
    """The option --secret-provider cannot be used: {reason}."""

    http_status = 400


class SecretProviderExtraMissing(SecretProviderError):
    """The secret provider {provider} needs the Python package {package}, which is not installed. Run:
    pipx inject triplicati {package} (or: pip install "triplicati[{extra}]")."""

    http_status = 501


class SecretMissing(SecretProviderError):
    """The secret provider {provider} has no value for {keys}. Store it there, or change the placeholder;
    --secret-provider-pattern says what a placeholder looks like. Nothing was done."""

    http_status = 400
