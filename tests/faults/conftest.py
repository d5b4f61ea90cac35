"""Which of these tests this machine allows."""

from support.small_disk import mounting_allowed

# Where nothing can be mounted, test_disk_full.py alone tells how a full disk is met.
collect_ignore = [] if mounting_allowed() else ["test_disk_full_mounted.py"]
