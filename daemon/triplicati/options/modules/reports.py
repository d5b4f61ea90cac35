"""Options for reports by mail, web request, XMPP, Telegram and Apprise, and for the live status."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "reports"
_SUBJECT = "Duplicati %OPERATIONNAME% report for %backup-name%"
_MESSAGE = f"{_SUBJECT}\n\n%RESULT%"
_REVOCATION = "whether a certificate was revoked is not checked"
_LEVELS = ("Unknown", "Success", "Warning", "Error", "Fatal", "All")
_LOG_LEVELS = (
    "ExplicitOnly", "Profiling", "Verbose", "Retry", "Information", "DryRun", "Warning", "Error",
)  # fmt: skip
_KINDS = {
    "mail": "mail",
    "http": "web request",
    "xmpp": "XMPP",
    "telegram": "Telegram",
    "apprise": "Apprise",
}

_OWN = (
    ("send-mail-to", T.STRING, None, "Addresses to send a mail to, separated by commas."),
    ("send-mail-from", T.STRING, "no-reply", "Sender of mails; without a domain that of the first address."),
    ("send-mail-subject", T.STRING, _SUBJECT, "Subject of mails."),
    ("send-mail-body", T.STRING, "%RESULT%", "Text of mails, or the absolute path of a file with it."),
    (
        "send-mail-url",
        T.STRING,
        None,
        "Mail servers to try in turn, separated by semicolons: smtp://, smtps:// or tls://host:port. "
        "Without it the server of the recipient's domain.",
    ),
    ("send-mail-username", T.STRING, None, "User name at the mail server."),
    ("send-mail-password", T.PASSWORD, None, "Password at the mail server."),
    ("send-http-url", T.STRING, None, "Addresses to send a report to, in the form it has."),
    ("send-http-form-urls", T.STRING, None, "Addresses to send a form to, separated by semicolons."),
    ("send-http-json-urls", T.STRING, None, "Addresses to send JSON to, separated by semicolons."),
    ("send-http-verb", T.STRING, "POST", "Method of web requests."),
    ("send-http-message", T.STRING, _MESSAGE, "Text of web requests, or the file that holds it."),
    ("send-http-message-parameter-name", T.STRING, "message", "Name of the form field with the text."),
    ("send-http-accept-any-ssl-certificate", T.BOOLEAN, "false", "Accept any certificate."),
    (
        "send-http-accept-specified-ssl-hash",
        T.STRING,
        None,
        "Accept certificates with one of these SHA-1 or SHA-256 hashes too.",
    ),
    ("send-http-retries", T.INTEGER, "3", "How often a web request is tried again."),
    ("send-http-retry-delay", T.TIMESPAN, "1s", "Pause between two tries."),
    ("send-xmpp-to", T.STRING, None, "XMPP accounts to send a message to, separated by commas."),
    ("send-xmpp-username", T.STRING, None, "XMPP account that sends: user@host[:port][/resource]."),
    ("send-xmpp-password", T.PASSWORD, None, "Password of that account."),
    ("send-xmpp-message", T.STRING, _MESSAGE, "Text of the message, or the file that holds it."),
    ("send-telegram-channel-id", T.STRING, None, "Telegram channel to send a message to."),
    ("send-telegram-bot-id", T.PASSWORD, None, "Telegram bot that sends."),
    ("send-telegram-api-key", T.PASSWORD, None, "Key of that bot."),
    ("send-telegram-topid-id", T.STRING, None, "Topic in the channel."),
    ("send-telegram-message", T.STRING, _MESSAGE, "Text of the message, or the file that holds it."),
    ("send-telegram-server", T.STRING, "https://api.telegram.org", "Server of one's own for Telegram bots."),
    (
        "send-apprise-urls",
        T.PASSWORD,
        None,
        "Services to send a message to, as Apprise writes their addresses, separated by semicolons. "
        "Needs the package apprise.",
    ),
    ("send-apprise-subject", T.STRING, _SUBJECT, "Title of the message."),
    ("send-apprise-message", T.STRING, "%RESULT%", "Text of the message, or the file that holds it."),
    ("http-report-status-url", T.STRING, None, "Web addresses that are told how an operation goes on."),
    ("http-report-status-interval", T.TIMESPAN, "30s", "Time between two status messages."),
    ("http-report-status-max-log-lines", T.INTEGER, "20", "Log lines in a status message."),
    ("http-report-status-accept-any-ssl-certificate", T.BOOLEAN, "false", "Accept any certificate."),
    (
        "http-report-status-accept-specified-ssl-hash",
        T.STRING,
        None,
        "Accept certificates with one of these SHA-1 or SHA-256 hashes too.",
    ),
    ("http-report-status-allow-paths-in-log-messages", T.BOOLEAN, "false", "Do not hide paths."),
)

# Every kind of report has these, after "send-<kind>-".
_SHARED = (
    ("level", T.FLAGS, "all", "Results of backups that are reported by {kind}.", _LEVELS),
    ("any-operation", T.BOOLEAN, "false", "Report other operations than backups by {kind} too.", ()),
    ("log-level", T.ENUM, "Warning", "Least important log lines in a report by {kind}.", _LOG_LEVELS),
    ("log-filter", T.STRING, None, "Rules that pick log lines for a report by {kind}.", ()),
    ("max-log-lines", T.INTEGER, "100", "Most log lines in a report by {kind}; 0 is no limit.", ()),
    (
        "result-output-format",
        T.ENUM,
        "Duplicati",
        "Form of a report by {kind}: all properties as text, JSON, or a short text for people.",
        ("Duplicati", "Json", "Template"),
    ),
    (
        "extra-parameters",
        T.STRING,
        None,
        "More values for the template of a report by {kind}: a JSON object or a query string.",
        (),
    ),
)

OPTIONS = (
    *(Option(name, type_, default, summary, _GROUP) for name, type_, default, summary in _OWN),
    *(
        Option(
            name, T.BOOLEAN, "false", "Go on without a revocation check.", _GROUP,
            state="inert", reason=_REVOCATION,
        )
        for name in ("send-http-ignore-revocation-failure", "http-report-status-ignore-revocation-failure")
    ),
    *(
        Option(f"send-{prefix}-{suffix}", type_, default, summary.format(kind=kind), _GROUP, values=values)
        for prefix, kind in _KINDS.items()
        for suffix, type_, default, summary, values in _SHARED
    ),
)  # fmt: skip
