"""What this tree can promise: some faults are survived only where every write is journaled ahead."""

from typing import get_args

import pytest

from aira_site.settings import Environment

HAS_AHEAD = "ahead" in get_args(Environment.model_fields["journal"].annotation)

ahead_only = pytest.mark.skipif(not HAS_AHEAD, reason="needs AIRA_JOURNAL=ahead, which this tree does not have")
