"""Options for the web server, its certificate and the ways to sign in."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

WEB = (
    Option(
        "webservice-port", T.STRING, "8200", "Port to listen on; of several, tried in order, the first that "
        "is free.", "web",
    ),
    Option(
        "webservice-interface", T.STRING, None,
        "Address to listen on, or loopback for this computer alone, which is the usual, or any.", "web",
    ),
    Option(
        "webservice-allowed-hostnames", T.STRING, None,
        'Names under which the server may be asked, separated by ";"; * for any.', "web",
        aliases=("webservice-allowedhostnames",),
    ),
    Option(
        "webservice-password", T.PASSWORD, None, "Set the password to sign in with.", "web",
    ),
    Option(
        "webservice-password-init", T.PASSWORD, None,
        "Set the password if none was chosen yet, and end.", "web",
    ),
    Option(
        "webservice-cors-origins", T.STRING, None,
        'Other web pages that may use the API, separated by ";".', "web",
    ),
    Option(
        "webservice-timezone", T.STRING, None,
        "Zone of the schedules, such as Europe/Berlin; that of this computer when not given.", "web",
        aliases=("server-timezone",),
    ),
    Option(
        "webui-dir", T.PATH, None,
        "Folder of another page, such as Duplicati's, to serve below /ngclient/ too.", "web",
    ),
    Option("webservice-api-only", T.BOOLEAN, "false", "Serve the API and no pages.", "web"),
    Option(
        "webservice-disable-api-extensions", T.STRING, None,
        "Parts of the API to switch off, separated by commas.", "web",
    ),
    Option("legacy-api", T.BOOLEAN, "true", "Let clients of Duplicati 2.0 sign in their old way.", "web"),
    Option(
        "base-path", T.STRING, "/", "Path under which a proxy serves this server.", "web",
    ),
    Option(
        "trusted-proxy", T.STRING, None,
        "Addresses or networks of proxies whose forwarding headers are believed, separated by commas.", "web",
    ),
    Option(
        "metrics", T.BOOLEAN, "false", "Serve /metrics for Prometheus without signing in.", "web",
    ),
    Option(
        "webservice-webdav", T.BOOLEAN, "false",
        "Serve the versions of all backups at /dav/ over WebDAV, for file managers to read.", "web",
    ),
    Option(
        "webservice-suppress-welcome-page", T.BOOLEAN, "false", "Do not greet new users.", "web",
    ),
    Option(
        "webservice-webroot", T.PATH, "webroot", "Folder of the pages.", "web", state="inert",
        reason="the pages are part of Triplicati",
    ),
    Option(
        "webservice-spa-paths", T.STRING, "/ngclient", "Paths of pages that find their way themselves.",
        "web", state="inert", reason="the pages are part of Triplicati",
    ),
    Option(
        "webservice-enable-folder-status-service", T.BOOLEAN, "false",
        "Tell which folders are backed up, at /api/v1/folderstatus.", "web",
    ),
)

TLS = (
    Option(
        "webservice-disable-https", T.BOOLEAN, "false", "Serve without TLS although there is a certificate.",
        "tls",
    ),
    Option(
        "webservice-remove-sslcertificate", T.BOOLEAN, "false", "Forget the stored certificate.", "tls",
    ),
    Option(
        "webservice-sslcertificatefile", T.PATH, None,
        "Serve with this certificate, which is stored: PKCS#12, or PEM with its key.", "tls",
    ),
    Option("webservice-sslcertificatepassword", T.PASSWORD, None, "Password of that file.", "tls"),
    Option(
        "configure-https", T.BOOLEAN, "false",
        "Make an authority and a certificate of one's own, and store them.", "tls",
    ),
    Option(
        "configure-https-hostnames", T.STRING, None,
        'Further names and addresses for that certificate, separated by ";".', "tls",
    ),
)

TOKENS = (
    Option(
        "webservice-reset-jwt-config", T.BOOLEAN, "false", "Sign everybody out, with a new signing key.",
        "tokens",
    ),
    Option(
        "webservice-enable-forever-token", T.BOOLEAN, "false",
        "Allow to issue one token that does not expire.", "tokens",
    ),
    Option(
        "webservice-disable-signin-tokens", T.BOOLEAN, "false", "Do not sign anybody in by a link.", "tokens",
    ),
    Option(
        "webservice-pre-auth-tokens", T.PASSWORD, None,
        'Tokens that are always accepted, separated by ";", each of at least 10 letters, digits, _ and -.',
        "tokens",
    ),
    Option(
        "webservice-token-duration", T.TIMESPAN, "30D", "How long one stays signed in.", "tokens",
    ),
)
