"""`make bench-outage`: measure how fast the site answers, mainly while Redis is away. ONLY=away,streams selects."""

import argparse

from rich.console import Console

from bench import report
from bench.environment import quiet

# isort: split
from bench.outages.away import outages
from bench.outages.budgets import budgets
from bench.outages.people import sign_ins, streams
from bench.outages.price import price
from bench.outages.returns import kills, moments
from bench.outages.revoked import revoked
from bench.outages.sizes import sizes
from bench.outages.waiting import waiting

HEADING = "While Redis is away"
SECTIONS = {
    "away": outages,
    "moments": moments,
    "budgets": budgets,
    "sign-ins": sign_ins,
    "streams": streams,
    "sizes": sizes,
    "kills": kills,
    "revoked": revoked,
    "price": price,
    "waiting": waiting,
}


def main() -> None:
    """Run the sections and write the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help=f"sections, separated by commas: {', '.join(SECTIONS)}")
    chosen = [name for name in parser.parse_args().only.split(",") if name] or list(SECTIONS)
    quiet()
    console = Console()
    for name in chosen:
        with console.status(name):
            tables = SECTIONS[name]()
        for table in tables:
            console.print(str(table), markup=False)
            report.write("outage", HEADING, table)


if __name__ == "__main__":
    main()
