"""A clock for the age of the list of revocations, which a test sets."""

from redis_models.background.revoked_list import Moment


class Clock:
    """Stands in for `revoked_list.moment`; it moves only if a test moves it."""

    def __init__(self):
        self.monotonic_s = self.wall_s = 1_000_000.0

    def __call__(self):
        return Moment(self.monotonic_s, self.wall_s)

    def pass_by(self, seconds):
        self.monotonic_s += seconds
        self.wall_s += seconds
