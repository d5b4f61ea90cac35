"""Capture and apply of metadata for the system this process runs on.

``capture(path, kind, stat, caller, *, fd=None, raw_name=None)`` returns the blob and warnings;
``apply(path, kind, metadata, *, permissions, symlink_metadata=False)`` returns warnings;
``current_caller()`` tells who asks; ``xattr_names(path)`` lists names alone. All of them block.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from triplicati.source.metadata.windows import apply, capture, current_caller, xattr_names
elif sys.platform == "darwin":
    from triplicati.source.metadata.darwin import apply, capture, current_caller, xattr_names
else:
    from triplicati.source.metadata.linux import apply, capture, current_caller, xattr_names

__all__ = ["apply", "capture", "current_caller", "xattr_names"]
