"""A small package index for tests: a folder with wheels of made-up packages, and lock files for them."""

import hashlib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True)
class Package:
    """One release. `extras` are pairs of an extra's name and the requirement that it adds."""

    name: str
    version: str = "1.0"
    requires: tuple[str, ...] = ()
    extras: tuple[tuple[str, str], ...] = ()
    marker: str = ""

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"

    @property
    def _stem(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"

    def wheel(self, index: Path) -> Path:
        return index / f"{self._stem}-py3-none-any.whl"

    def write(self, index: Path) -> None:
        """Write the wheel into the folder; writing it again gives the same bytes and so the same hash."""
        names = [f"{self._stem}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD")]
        texts = [self._metadata(), WHEEL, "".join(f"{name},,\n" for name in names)]
        with zipfile.ZipFile(self.wheel(index), "w") as archive:
            for name, text in zip(names, texts, strict=True):
                archive.writestr(zipfile.ZipInfo(name), text)

    def _metadata(self) -> str:
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Dist: {each}" for each in self.requires]
        for extra, requirement in self.extras:
            lines += [f"Provides-Extra: {extra}", f'Requires-Dist: {requirement} ; extra == "{extra}"']
        return "\n".join(lines) + "\n"


def lock(packages: Iterable[Package], *, index: Path) -> str:
    """Return a lock file as `make lock` writes it: for each package its pin, without extras, and its hash."""
    return "".join(f"{_pinned(each)} \\\n    --hash=sha256:{_digest(each.wheel(index))}\n" for each in packages)


def _pinned(package: Package) -> str:
    return f"{package.pin} ; {package.marker}" if package.marker else package.pin


def _digest(wheel: Path) -> str:
    """Return the wheel's hash, or the hash of its name if the index does not have it."""
    return hashlib.sha256(wheel.read_bytes() if wheel.exists() else wheel.name.encode()).hexdigest()
