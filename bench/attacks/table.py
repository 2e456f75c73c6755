"""The attacks of `make attack`, by name. To add one, write a function that attacks a target and returns how often."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from bench.attacks import bodies, listeners, texts, tokens
from bench.attacks.target import Target

Surroundings = Callable[[], AbstractContextManager[Mapping[str, str]]]


@contextmanager
def _plain() -> Iterator[Mapping[str, str]]:
    yield {}


@contextmanager
def _trusted() -> Iterator[Mapping[str, str]]:
    yield {"AIRA_AUTH": "trusted"}


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack: what it is, in a sentence; the function that makes it; lawful traffic to compare the memory with.

    `surroundings` is a context manager that yields variables of the site (a slow model, a provider).
    """

    about: str
    run: Callable[[Target], int]
    lawful: Callable[[Target], int]
    surroundings: Surroundings = _plain


_HOSTILE = f"{texts.BODIES} clients send bodies of 8 MiB with a credential, which are large as objects."

ATTACKS = {
    "slow-bodies": Attack(
        f"{bodies.SLOW} requests are open whose bodies get a byte a minute.", bodies.slow_bodies, tokens.lawful_requests
    ),
    "silent": Attack(
        f"{bodies.SILENT} connections are open that send less than a request.",
        bodies.silent_connections,
        tokens.lawful_requests,
    ),
    "refused-bodies": Attack(
        f"{bodies.REFUSED} clients send bodies of 16 MiB, which are refused.",
        bodies.refused_bodies,
        texts.lawful_bodies,
    ),
    "hostile-texts": Attack(
        f"{texts.TEXTS} clients send texts of combining marks, with and without a credential.",
        texts.hostile_texts,
        texts.lawful_texts,
    ),
    "hostile-bodies": Attack(_HOSTILE, texts.hostile_bodies, texts.lawful_bodies),
    "hostile-bodies-trusted": Attack(
        f"In trusted mode, {_HOSTILE}", texts.hostile_bodies, texts.lawful_bodies, _trusted
    ),
    "listeners": Attack(
        f"{listeners.LISTENERS} listeners of {listeners.PERSONS} users wait for replies of a slow model.",
        listeners.listeners,
        tokens.lawful_requests,
        listeners.slow_model,
    ),
    "unknown-tokens": Attack(
        f"{tokens.TOKENS} clients have tokens of an unknown key; the provider answers two bytes a second.",
        tokens.unknown_tokens,
        tokens.lawful_requests,
        tokens.dripping_provider,
    ),
}
