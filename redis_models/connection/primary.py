"""The name of a primary."""

from typing import NewType

Primary = NewType("Primary", str)
ONLY = Primary("the primary")
"""The name of the one primary of a single server or behind sentinels, and of a cluster that was never reached."""
