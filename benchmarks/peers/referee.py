"""Who looks at every peer's vector: off the clock, by one measure, until no pixel is wrong or time is up."""

import time

import numpy as np

import optae
from optae.evaluation.metrics import wrong_pixels


class Over(Exception):
    """The run has come to its end."""


class Referee:
    """Processor seconds until max_pixel_error was 0; else the least that was seen, and when."""

    def __init__(self, problem: optae.Problem, limit: float) -> None:
        assert isinstance(problem.model, optae.Autoencoder)
        self._model, self._problem, self.limit = problem.model, problem, limit
        self.wrong, self.seconds = np.inf, 0.0
        self._away, self._started = 0.0, time.process_time()

    def restart(self) -> None:
        """What was done before, such as compilation, does not count."""
        self._away, self._started = 0.0, time.process_time()

    def look(self, theta: np.ndarray) -> None:
        """At a vector (size,) in optae's order; raises `Over`."""
        began = time.process_time()
        y = self._model.reconstruct(np.asarray(theta, dtype=float), self._problem.x)
        self._away += time.process_time() - began
        self.look_at(y)

    def look_at(self, y: np.ndarray) -> None:
        """At what comes back, (n, d); raises `Over`."""
        began = time.process_time()
        spent = began - self._started - self._away
        wrong = wrong_pixels(y, self._problem.x).max()
        if wrong < self.wrong:
            self.wrong, self.seconds = float(wrong), spent
        self._away += time.process_time() - began
        if self.wrong == 0 or spent >= self.limit:
            raise Over
