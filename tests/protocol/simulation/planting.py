"""Plant a fault in the real code: replace a text of a source file, and run what the changed source says.

Functions get the code that was compiled from the changed source, so everybody who has them runs it.
"""

import sys
import types
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from redis_models.operations import scripts

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Plant:
    """A fault: the text of a protection (once in its file), the text that replaces it, and the seed of a life.

    In the life of this seed a promise is broken with the fault, and kept without it. `seen_as` is the complaint.
    """

    protection: str
    file: str
    protected: str
    unprotected: str
    seed: int
    seen_as: str

    @property
    def changed(self) -> str:
        """Return the changed source; raises LookupError unless the protection is there once."""
        source = (ROOT / self.file).read_text()
        if source.count(self.protected) != 1:
            raise LookupError(f"{self.file} does not have this text once: {self.protected}")
        return source.replace(self.protected, self.unprotected)


@contextmanager
def planted(plant: Plant) -> Iterator[None]:
    """Let the program run with the fault during the block."""
    with _in_lua(plant) if plant.file.endswith(".lua") else _in_python(plant):
        yield


@contextmanager
def _in_python(plant: Plant) -> Iterator[None]:
    module = sys.modules[plant.file.removesuffix(".py").replace("/", ".")]
    space = {"__name__": module.__name__, "__package__": module.__package__, "__file__": str(ROOT / plant.file)}
    fresh = types.ModuleType(module.__name__)
    fresh.__dict__.update(space)
    with patch.dict(sys.modules, {module.__name__: fresh}):
        exec(compile(plant.changed, str(ROOT / plant.file), "exec"), fresh.__dict__)
    theirs = dict(_functions(fresh))
    with ExitStack() as swapped:
        for name, function in _functions(module):
            other = theirs.get(name)
            if other is not None and other.__code__ != function.__code__:
                swapped.callback(setattr, function, "__code__", function.__code__)
                function.__code__ = other.__code__
        yield


def _functions(holder: Any) -> Iterator[tuple[str, types.FunctionType]]:
    """Yield the functions of a module or class, with those of its classes, properties and context managers."""
    module = holder.__name__ if isinstance(holder, types.ModuleType) else holder.__module__
    for value in list(vars(holder).values()):
        found = getattr(value, "fget", None) or getattr(value, "__wrapped__", value)
        if isinstance(found, types.FunctionType) and found.__module__ == module:
            yield found.__qualname__, found
        if isinstance(value, type) and value.__module__ == module:
            yield from _functions(value)


@contextmanager
def _in_lua(plant: Plant) -> Iterator[None]:
    original = ROOT / plant.file
    found = scripts.file_of
    with TemporaryDirectory() as folder, ExitStack() as undone:
        copy = Path(folder, original.name)
        copy.write_text(plant.changed)

        def file_of(name: str) -> Path:
            file = found(name)
            return copy if file == original else file

        undone.callback(scripts.script.cache_clear)
        with patch.object(scripts, "file_of", file_of):
            scripts.script.cache_clear()
            yield
