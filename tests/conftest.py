"""What holds for all tests."""

from hypothesis import settings

# The same examples at each run: a failure here is a failure everywhere. No deadline, since machines differ.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
