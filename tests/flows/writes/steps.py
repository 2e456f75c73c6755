"""Writes whose steps run one at a time, so that a test can run those of several requests in any order."""

from contextlib import suppress
from dataclasses import dataclass, field

from redis_models.operations.scripts import script
from redis_models.operations.write import Outcome, Receipt, Write


def evaluate(client, step, argv):
    outcome, *reply = client.eval(script(step.script).source, len(step.keys), *step.keys, *argv)
    return Receipt(Outcome(outcome), tuple(reply))


class _PausedError(Exception):
    pass


@dataclass
class Execution:
    """A write whose steps run one at a time. `sent` are the commands that ran."""

    write: Write
    replies: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    receipt: Receipt | None = None

    def go_on(self, client):
        """Run the next step."""
        known, count = iter(self.replies), len(self.replies)

        def run(step, argv):
            reply = next(known, None)
            if reply is None and len(self.replies) > count:
                raise _PausedError
            if reply is None:
                reply = evaluate(client, step, argv)
                self.replies.append(reply)
                self.sent.append((step, argv))
            return reply

        with suppress(_PausedError):
            self.receipt = self.write.execute(run)
