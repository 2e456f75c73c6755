"""The mark of a database, `ID.EPOCH`, and what a mark that was found says. No I/O.

The id identifies the database. The epoch changes whenever the mark has to be written again, because all other data may
then be lost as well. On a cluster the mark is also stored under fixed hash tags, so that each primary has a copy.
"""

import secrets
from binascii import crc_hqx
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import count

from redis_models.schema import keys

SLOTS = 16384
COPIES = 128
"""How many fixed tags there are: one in every 128 slots of a cluster."""


class Finding(StrEnum):
    """What a mark that was found says of the database; the value tells an operator what to do."""

    KNOWN = ""
    MISSING = "The database has lost its mark, so it may have been emptied; bring it back, or run `journal adopt`."
    ANOTHER = (
        "The database is not the one that this journal was written for; set REDIS_URL back, or run `journal adopt`."
    )


UNMARKED = "The database holds users and no mark: an older server wrote it, or data are lost; run `journal adopt`."
"""What an operator is told if the journal knows no mark either."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What a journal has noted: the proven id (empty if none is proven), and the mark that was found last.

    `copied_id` is the id whose copies on a cluster are proven. `reached_id` is that of the database in use, which may
    be another one.
    """

    proven_id: str = ""
    mark: str = ""
    copied_id: str = ""
    reached_id: str = ""

    def is_news(self, found: str) -> bool:
        """Return whether the mark found now is to be noted."""
        return found != self.mark or id_of(found) != self.reached_id

    def successor(self) -> str:
        """Return a mark to write in place of a missing one: the same id if there is one, and a new epoch."""
        return new_mark(self.proven_id or id_of(self.mark))


def finding_of(found: str, *, proven_id: str) -> Finding:
    """Return what the mark says (empty: none was found); while no id is proven, any mark is known."""
    if not found:
        return Finding.MISSING
    return Finding.ANOTHER if proven_id and id_of(found) != proven_id else Finding.KNOWN


def id_of(mark: str) -> str:
    """Return the id in a mark."""
    return mark.partition(".")[0]


def new_mark(database_id: str = "") -> str:
    """Return a mark with a new epoch, and a new id unless one is given."""
    return f"{database_id or secrets.token_hex(8)}.{secrets.token_hex(8)}"


@cache
def fixed_tags() -> tuple[str, ...]:
    """Return hash tags, one in each 128 slots. They never change, so a slot that moves takes its copy with it."""
    found: dict[int, str] = {}
    tags = map(str, count())
    while len(found) < COPIES:
        tag = next(tags)
        found.setdefault(crc_hqx(tag.encode(), 0) % SLOTS // (SLOTS // COPIES), tag)
    return tuple(found.values())


@cache
def copy_keys() -> tuple[str, ...]:
    """Name the strings of the mark's copies on a cluster."""
    return tuple(f"{keys.of_database()}:{{{tag}}}" for tag in fixed_tags())
