"""Lives, one after the other, for processes that do nothing else: see `process_of_lives`."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

from tests.faults.harness.zygote import unmeasured
from tests.protocol.history.history import Event

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


def told(seed: int) -> tuple[str, list[Event]]:
    """Live this life; return its story and its history."""
    from tests.protocol.simulation.life import live

    ended = live(seed)
    return ended.text, list(ended.history.events)


def seen_with(protection: str) -> tuple[set[str], set[str], str]:
    """Live the life of a planted fault; return the complaints with it and without it, and the story with it."""
    from tests.protocol.simulation.life import live
    from tests.protocol.simulation.planting import planted
    from tests.protocol.simulation.plants import PLANTS

    plant = next(each for each in PLANTS if each.protection == protection)
    with planted(plant):
        found = live(plant.seed)
    clean = live(plant.seed)
    return {each.kind for each in found.complaints}, {each.kind for each in clean.complaints}, found.text


@contextmanager
def process_of_lives() -> Iterator[Callable[..., Any]]:
    """Yield a caller of functions in a process of its own.

    A life replaces modules such as `time` and `threading` for its whole process, so no other thread may run there. Its
    coverage is not measured, which would take as long as the lives.
    """
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=set_up) as process:
        with patch.dict(os.environ, unmeasured(), clear=True):
            process.submit(bool).result()  # starts it
        yield lambda do, *args: process.submit(do, *args).result()


def all_lived(count: int) -> Iterator[tuple[int, list[str]]]:
    """Live so many lives in two processes; yield what `lived` returns for each batch."""
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=set_up) as processes:
        yield from processes.map(lived, batches(count))


def set_up() -> None:
    """Set up Django with the environment of tests; a life has settings of its own."""
    import django

    import tests.environment  # noqa: F401 (before Django's settings)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")
    django.setup()
