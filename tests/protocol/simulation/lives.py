"""Many lives, one after the other."""

import os
from collections.abc import Iterator

LIVES = int(os.environ.get("LIVES", "1000"))
"""How many lives `make test` lives."""
A_BATCH = 50


def batches(count: int) -> list[range]:
    """Return the seeds of so many lives, in batches."""
    return [range(first, min(first + A_BATCH, count)) for first in range(0, count, A_BATCH)]


def lived(seeds: range) -> tuple[int, list[str]]:
    """Live these lives; return how many operations were acknowledged, and what was wrong, with its seed."""
    from tests.protocol.simulation.life import live

    acknowledged, wrong = 0, []
    for seed in seeds:
        ended = live(seed)
        acknowledged += ended.acknowledged
        wrong += [f"make simulate SEED={seed}: {each.kind}: {each.text}" for each in ended.complaints]
    return acknowledged, wrong


def all_lived(count: int) -> Iterator[tuple[int, list[str]]]:
    """Live so many lives in two processes; yield what `lived` returns for each batch."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(2, get_context("spawn"), initializer=set_up) as processes:
        yield from processes.map(lived, batches(count))


def set_up() -> None:
    """Set up Django with the environment of tests; a life has settings of its own."""
    import django

    import tests.environment  # noqa: F401 (before Django's settings)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")
    django.setup()
