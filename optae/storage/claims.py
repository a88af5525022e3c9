"""Claims of names in a folder, so that only one process on any machine works on each.

A claim is a file with its owner's host and process. It is free again when the owner releases it or ends. A
process of this host is looked up; one of another host counts as ended after ten minutes without a sign of
life.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from ..files import CLAIM, gone, owner, sweep

BEAT = 60.0  # seconds between two signs of life


class Claims:
    """The names in a folder that this process works on; as a context, it releases all of them at its end."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._owner = folder, owner()
        self._held: dict[str, Path] = {}
        self._over = Event()

    def __enter__(self) -> Self:
        Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.release(tuple(self._held))

    def take(self, name: str) -> bool:
        """Claim a name; return False if another process has it. Raises OSError if nothing can be written."""
        path = self._path(name)
        if not self._create(path):
            if not gone(path):
                return False
            sweep(self._folder)
            if not self._create(path):
                return False
        self._held[name] = path
        return True

    def release(self, names: Iterable[str]) -> None:
        """Release names that this process has claimed."""
        for path in [self._held.pop(name) for name in names if name in self._held]:
            with suppress(OSError):  # it was deleted together with its folder
                if path.read_text(encoding="utf-8") == self._owner:
                    path.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{CLAIM}{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    def _create(self, path: Path) -> bool:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(self._owner)
        except FileExistsError:
            return False
        except OSError:  # a full disk takes the name, not the text
            path.unlink(missing_ok=True)
            raise
        return True

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            for path in tuple(self._held.values()):
                with suppress(OSError):
                    os.utime(path)
