"""Tell the life of a seed as a story: `make simulate SEED=n`."""

import sys

from tests.protocol.simulation.lives import set_up


def main(seed: int) -> int:
    """Print the story; return 1 if a promise was broken."""
    set_up()
    from tests.protocol.simulation.life import live

    ended = live(seed)
    sys.stdout.write(ended.text)
    return int(bool(ended.complaints))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
