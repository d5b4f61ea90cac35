"""Options for checking the destination."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "verification"

OPTIONS = (
    Option(
        "no-backend-verification", T.BOOLEAN, "false",
        "Do not compare the destination with the local database.", _GROUP,
    ),
    Option(
        "backup-test-samples", T.INTEGER, "1",
        "Volumes of each kind that are tested after a backup, 0 for none; after one that found nothing"
        " changed only when the last test was more than a day ago.", _GROUP,
    ),
    Option(
        "backup-test-percentage", T.DECIMAL, "0.1",
        "The same as a share of all volumes, 0 to 100; the larger of both counts.", _GROUP,
    ),
    Option(
        "full-remote-verification", T.ENUM, "True",
        "How deep volumes are tested: True looks into all, False compares sizes and hashes only.", _GROUP,
        values=("True", "False", "ListAndIndexes", "IndexesOnly", "IndexOnly"),
    ),
    Option(
        "dont-replace-faulty-index-files", T.BOOLEAN, "false",
        "Do not replace damaged index volumes after a test.", _GROUP,
    ),
    Option(
        "upload-verification-file", T.BOOLEAN, "false",
        "Upload an unencrypted list of all volumes with sizes and hashes.", _GROUP,
    ),
    Option(
        "disable-filelist-consistency-checks", T.BOOLEAN, "false",
        "Do not check that the local database fits together.", _GROUP, state="inert",
        reason="the local database checks itself while it is read",
    ),
)
