"""Options for reports by mail, web request, XMPP and Telegram: accepted by name only, none are sent yet."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "reports"
_SUBJECT = "Duplicati %OPERATIONNAME% report for %backup-name%"
_KINDS = {"mail": "mail", "http": "web request", "xmpp": "XMPP", "telegram": "Telegram"}

# Where a report goes: what turns reporting on.
_ADDRESSES = (
    ("send-mail-to", T.STRING, "Addresses to send a mail to, separated by commas."),
    ("send-http-url", T.STRING, "Address to send a web request to."),
    ("send-http-form-urls", T.STRING, "Addresses to send a form to, separated by semicolons."),
    ("send-http-json-urls", T.STRING, "Addresses to send JSON to, separated by semicolons."),
    ("send-xmpp-to", T.STRING, "XMPP accounts to send a message to, separated by commas."),
    ("send-telegram-channel-id", T.STRING, "Telegram channel to send a message to."),
    ("http-report-status-url", T.STRING, "Addresses that are told how an operation goes on."),
)

_DETAILS = (
    ("send-mail-from", T.STRING, "no-reply", "Sender of mails."),
    ("send-mail-subject", T.STRING, _SUBJECT, "Subject of mails."),
    ("send-mail-body", T.STRING, "%RESULT%", "Text of mails, or the file that holds it."),
    ("send-mail-url", T.STRING, None, "Mail servers, separated by semicolons."),
    ("send-mail-username", T.STRING, None, "User name at the mail server."),
    ("send-mail-password", T.PASSWORD, None, "Password at the mail server."),
    ("send-http-verb", T.STRING, "POST", "Method of web requests."),
    ("send-http-message", T.STRING, None, "Text of web requests."),
    ("send-http-message-parameter-name", T.STRING, "message", "Name of the form field with the text."),
    ("send-http-accept-any-ssl-certificate", T.BOOLEAN, "false", "Accept any certificate."),
    ("send-http-accept-specified-ssl-hash", T.STRING, None, "Accept certificates with one of these hashes."),
    ("send-http-ignore-revocation-failure", T.BOOLEAN, "false", "Go on without a revocation check."),
    ("send-http-retries", T.INTEGER, "3", "How often a web request is tried again."),
    ("send-http-retry-delay", T.TIMESPAN, "1s", "Pause between two tries."),
    ("send-xmpp-username", T.STRING, None, "XMPP account that sends."),
    ("send-xmpp-password", T.PASSWORD, None, "Password of that account."),
    ("send-xmpp-message", T.STRING, None, "Text of the message."),
    ("send-telegram-bot-id", T.PASSWORD, None, "Telegram bot that sends."),
    ("send-telegram-api-key", T.PASSWORD, None, "Key of that bot."),
    ("send-telegram-topid-id", T.STRING, None, "Topic in the channel."),
    ("send-telegram-message", T.STRING, None, "Text of the message."),
    ("http-report-status-interval", T.TIMESPAN, "30s", "Time between two status messages."),
    ("http-report-status-max-log-lines", T.INTEGER, "20", "Log lines in a status message."),
    ("http-report-status-accept-any-ssl-certificate", T.BOOLEAN, "false", "Accept any certificate."),
    ("http-report-status-accept-specified-ssl-hash", T.STRING, None, "Accept these certificate hashes."),
    ("http-report-status-ignore-revocation-failure", T.BOOLEAN, "false", "Go on without revocation check."),
    ("http-report-status-allow-paths-in-log-messages", T.BOOLEAN, "false", "Do not hide paths."),
)

# Every kind of report has these, after "send-<kind>-".
_SHARED = (
    ("level", T.STRING, "all", "Results of backups that are reported by {kind}."),
    ("any-operation", T.BOOLEAN, "false", "Report other operations than backups by {kind} too."),
    ("log-level", T.STRING, "Warning", "Least important log lines in a report by {kind}."),
    ("log-filter", T.STRING, None, "Rules that pick log lines for a report by {kind}."),
    ("max-log-lines", T.INTEGER, "100", "Most log lines in a report by {kind}."),
    ("result-output-format", T.STRING, "Duplicati", "Form of a report by {kind}."),
    ("extra-parameters", T.STRING, None, "More values for the template of a report by {kind}."),
)


def _detail(name: str, type_: T, default: str | None, summary: str) -> Option:
    reason = "it only matters once a report is sent, and none are sent yet"
    return Option(name, type_, default, summary, _GROUP, state="inert", reason=reason)


OPTIONS = (
    *(
        Option(name, type_, None, summary, _GROUP, state="refused", reason="no reports are sent")
        for name, type_, summary in _ADDRESSES
    ),
    *(_detail(*row) for row in _DETAILS),
    *(
        _detail(f"send-{prefix}-{suffix}", type_, default, summary.format(kind=kind))
        for prefix, kind in _KINDS.items()
        for suffix, type_, default, summary in _SHARED
    ),
)
