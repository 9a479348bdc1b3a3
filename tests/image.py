"""The production image as its Dockerfile lays it, in a folder of a test's own: same tree, same packages, same command.

No container is needed: what COPY, ENV, WORKDIR, ENTRYPOINT and CMD say is done with files and processes. Only what the
image's lock names can be imported, and nothing of the project is installed, as nothing is in the image.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from hub.local.embedded import free_port

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Dockerfile:
    """The instructions of a Dockerfile, stage by stage, as (word, rest) pairs."""

    stages: tuple[tuple[tuple[str, str], ...], ...]

    @classmethod
    def read(cls, text: str) -> Dockerfile:
        joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
        stages: list[list[tuple[str, str]]] = []
        for line in filter(None, map(str.strip, joined.splitlines())):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                stages.append([])
            stages[-1].append((word, rest.strip()))
        return cls(tuple(map(tuple, stages)))

    def last(self, word: str) -> str:
        """What the image's own stage says last under this word."""
        return [rest for each, rest in self.stages[-1] if each == word][-1]

    def copies(self, stage: int) -> list[tuple[str, str]]:
        """What a stage takes from the source tree, and where it lays it."""
        found = [rest.split() for word, rest in self.stages[stage] if word == "COPY" and not rest.startswith("--")]
        return [(source, target) for source, target in found]

    def environment(self) -> dict[str, str]:
        return dict(
            pair.split("=", 1) for word, rest in self.stages[-1] if word == "ENV" for pair in rest.split() if pair
        )


@dataclass(frozen=True)
class Image:
    """The image laid out under `root`."""

    file: Dockerfile
    root: Path
    port: int

    @classmethod
    def lay(cls, root: Path, *, without: str = "") -> Image:
        """As the Dockerfile says, less the one thing `without` names."""
        file = Dockerfile.read((ROOT / "Dockerfile").read_text())
        for source, target in file.copies(-1):
            if source != without:
                _copy(ROOT / source, root / target.lstrip("/"), target)
        lock = next(ROOT / source for source, _ in file.copies(0) if source.endswith(".lock"))
        _link_packages(lock, root / "packages")
        image = cls(file, root, free_port())
        (root / file.last("WORKDIR").lstrip("/")).mkdir(parents=True, exist_ok=True)
        return image

    def start(self, command: str = "", **environment: str) -> subprocess.Popen[str]:
        """The entry point with a command; without one the image's own."""
        entry = json.loads(self.file.last("ENTRYPOINT"))
        words = [command] if command else json.loads(self.file.last("CMD"))
        python, *rest = [*entry, *words]
        assert python == "python"
        # -S: nothing is imported from this environment but what was linked for the image.
        return subprocess.Popen(
            [sys.executable, "-S", *rest],
            cwd=self.root / self.file.last("WORKDIR").lstrip("/"),
            env={**self._environment(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Python in the image, to its end."""
        command = [sys.executable, "-S", *arguments]
        return subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)

    def _environment(self) -> dict[str, str]:
        said = self.file.environment()
        said.pop("PATH")
        placed = {name: f"{self.root}{value}" if value.startswith("/") else value for name, value in said.items()}
        placed["PYTHONPATH"] += f":{self.root / 'packages'}"
        return placed | {"FENGHUO_HUB__HOST": "127.0.0.1", "FENGHUO_HUB__PORT": str(self.port), "PATH": "/usr/bin:/bin"}


def _copy(source: Path, target: Path, said: str) -> None:
    """COPY of one source: into a folder where the target ends with a slash, else under the target's own name."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        return
    target = target / source.name if said.endswith("/") else target
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _link_packages(lock: Path, into: Path) -> None:
    """What pip would have installed from the lock, by links to what is installed here."""
    into.mkdir(parents=True)
    for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(), re.MULTILINE):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # its marker is for another platform
        tops = {Path(file).parts[0] for file in found.files or ()} - {"..", "__pycache__"}
        for top in tops:
            if not (into / top).exists():
                (into / top).symlink_to(Path(str(found.locate_file(top))))
