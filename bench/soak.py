"""`make soak`: run the fault suite in full counts, and naive clients for comparison.

ONLY=flap,kills selects sections; SCALE=0.1 runs a tenth of the counts.
"""

import argparse
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import report
from bench.environment import quiet
from bench.storms.soak_sections import SECTIONS, Section

HEADING = "Soak: nothing lost, nothing counted twice"


def main() -> None:
    """Run the sections; exit with status 1 if a save was lost or doubled, or a promise was not kept."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help=f"sections, separated by commas: {', '.join(SECTIONS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="the fraction of the full counts")
    options = parser.parse_args()
    chosen = [SECTIONS[name] for name in options.only.split(",") if name] or list(SECTIONS.values())
    quiet()
    console = Console()
    results = [_run(section, options.scale, console) for section in chosen]
    sys.exit(0 if all(results) else 1)


def _run(section: Section, scale: float, console: Console) -> bool:
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*shown, console=console) as progress:
        task = progress.add_task(section.name, total=section.steps(scale))
        found = section.run(scale, lambda steps=1: progress.advance(task, steps))
    console.print(f"{found.table}", markup=False)
    if scale >= 1:
        report.write("soak", HEADING, found.table)
    return found.is_clean


if __name__ == "__main__":
    main()
