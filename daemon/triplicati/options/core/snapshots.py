"""Options for file system snapshots."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "snapshots"
_WINDOWS = "it concerns Windows only"

OPTIONS = (
    Option(
        "snapshot-policy", T.ENUM, "Off",
        "Read from a snapshot of the disk, made with LVM, so that nothing changes meanwhile.", _GROUP,
        values=("Auto", "On", "Off", "Required"),
    ),
    Option(
        "snapshot-provider", T.ENUM, None, "Program interface that makes Windows snapshots.", _GROUP,
        values=("AlphaVSS", "Wmic", "Vanara"), state="inert", reason=_WINDOWS,
    ),
    Option(
        "vss-exclude-writers", T.STRING, "{e8132975-6f93-4464-a53e-1050253ae220}",
        "Windows snapshot writers to leave out, separated by semicolons.", _GROUP, state="inert",
        reason=_WINDOWS,
    ),
    Option(
        "vss-use-mapping", T.BOOLEAN, "false", "Give the Windows snapshot a drive letter.", _GROUP,
        state="inert", reason=_WINDOWS,
    ),
    Option(
        "usn-policy", T.ENUM, "Off", "Find changed files through the journal of NTFS.", _GROUP,
        values=("Auto", "On", "Off", "Required"), state="inert", reason=_WINDOWS,
    ),
    Option(
        "backupread-policy", T.ENUM, "Off", "Read files in use through the backup interface of Windows.",
        _GROUP, values=("Auto", "On", "Off", "Required"), state="inert", reason=_WINDOWS,
    ),
)
