"""Look for the lives that find the planted faults: `python -m tests.protocol.simulation.hunt [PART OF A NAME]`."""

import sys

from tests.protocol.simulation.lives import set_up

AT_MOST = 5000


def main(part: str) -> None:
    """Print the first seed that finds each fault whose name contains the text."""
    set_up()
    from tests.protocol.simulation.life import live
    from tests.protocol.simulation.planting import planted
    from tests.protocol.simulation.plants import PLANTS

    for plant in (each for each in PLANTS if part in each.protection):
        for seed in range(AT_MOST):
            with planted(plant):
                kinds = sorted({each.kind for each in live(seed).complaints})
            if kinds and not live(seed).complaints:
                sys.stdout.write(f"{plant.protection}: {seed}, {', '.join(kinds)}\n")
                break
        else:
            sys.stdout.write(f"{plant.protection}: not found in {AT_MOST} lives\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main("".join(sys.argv[1:2]))
