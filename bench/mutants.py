"""`make mutants`: switch off each protection in turn, in a copy of the tree; its test must then fail.

It is an error if the text of a protection is not found, or if a test fails without any mutation.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench import report
from bench.mutations import MUTATIONS, Mutation
from bench.report import Table
from tests.faults.harness.zygote import ROOT, unmeasured

TIMEOUT_S = 900
NO_TEST_RAN = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of one mutation; `is_noticed` is True if its test passes without it and fails with it."""

    mutation: Mutation
    is_noticed: bool
    verdict: str
    took_s: float


def main() -> None:
    """Try the mutations; exit with status 1 if one goes unnoticed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="names of protections, separated by commas")
    only = [name for name in parser.parse_args().only.split(",") if name]
    console = Console()
    chosen = [mutation for mutation in MUTATIONS if not only or mutation.protection in only]
    trials = []
    for mutation in chosen:
        with console.status(mutation.protection):
            trials.append(_tried(mutation))
        console.print(f"{mutation.protection}: {trials[-1].verdict}")
    rows = [
        [
            trial.mutation.protection,
            f"`{trial.mutation.file}`",
            f"`{trial.mutation.test}`",
            trial.verdict,
            f"{trial.took_s:.0f} s",
        ]
        for trial in trials
    ]
    about = "Each protection is switched off in a copy of the tree by one small replacement; its test must then fail."
    table = Table(
        "Each protection switched off", about, ("protection", "switched off in", "test", "found", "took"), rows
    )
    if not only:
        report.write("mutants", "Tests that fail when they should", table)
    sys.exit(0 if all(trial.is_noticed for trial in trials) else 1)


def _tried(mutation: Mutation) -> Trial:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = _copied(Path(folder, "tree"))
        file = copy / mutation.file
        text = file.read_text()
        if text.count(mutation.protected) != 1:
            return Trial(mutation, is_noticed=False, verdict="TEXT NOT FOUND", took_s=0)
        if not _passes(copy, mutation.test):
            return Trial(mutation, is_noticed=False, verdict="FAILS WITHOUT MUTATION", took_s=time.monotonic() - begun)
        file.write_text(text.replace(mutation.protected, mutation.unprotected))
        is_noticed = not _passes(copy, mutation.test)
    verdict = "noticed" if is_noticed else "UNNOTICED"
    return Trial(mutation, is_noticed, verdict, time.monotonic() - begun)


def _copied(folder: Path) -> Path:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def _passes(copy: Path, test: str) -> bool:
    """Return whether the test passes in the copy; raises LookupError if it cannot be run."""
    options = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", test, *options],
        cwd=copy,
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if ended.returncode not in (0, 1):
        raise LookupError(f"{test} cannot be run: {ended.stdout[-300:]}{ended.stderr[-300:]}")
    return ended.returncode == 0


if __name__ == "__main__":
    main()
