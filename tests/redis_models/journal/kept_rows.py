"""Rows of all kinds for tests of damaged journals, and ways to damage a file."""

from redis_models.journal import State
from redis_models.operations.write import Write

ROWS = 60


def write(number, *, size=40):
    """Return a write with a claim and a body of at least that size."""
    claim = f"u{number}@example.com"
    return Write(f"u{number}", "accounts.plan.1", ("k",), ("x" * size, str(number)), number, claim=claim)


def rows_of(journal):
    """Return the rows by the time of their write: what each must have kept."""
    found = journal.queue.due("d1", after=0, most=10_000)
    return {row.write.at: (row.write, row.state) for row in (found.rows if found else [])}


def all_rows():
    """Return what `rows_of` returns if nothing is lost."""
    rows = {}
    for number in range(ROWS):
        made = write(number, size=30_000 if number % 10 == 0 else 40)
        state = State.IN_FLIGHT if number % 2 else State.PENDING
        rows[number] = (made if number % 2 else Write(**_fields(made) | {"acknowledged": True}), state)
    return rows


def _fields(made):
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def tear(path):
    """Cut off the last third."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)


def overwrite(path, *, at, with_bytes):
    """Write bytes in place."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(with_bytes)
