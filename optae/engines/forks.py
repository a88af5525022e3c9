"""A process that was forked after JAX had started cannot use JAX: the threads that JAX waits for are gone."""

import os
from dataclasses import dataclass


@dataclass
class Home:
    """The process in which an array library has started."""

    process: int | None = None

    def check(self) -> None:
        """Remember the first process. Raises ValueError in one that was forked from it."""
        if self.process is None:
            self.process = os.getpid()
        elif self.process != os.getpid():
            raise ValueError(
                "JAX had started before this process was forked, and would wait here forever: start processes"
                ' with multiprocessing.get_context("spawn"), or use engine numpy'
            )
