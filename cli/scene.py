"""What a training shows in a terminal that is tall enough: letters as they come back, the curve, a line."""

import sys
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from optae.model.autoencoder import Autoencoder
from optae.training.trace import Trace

from .characters import curve, glyph, side_by_side

if TYPE_CHECKING:
    from optae.datasets import Dataset
    from optae.model.chain import Chain

LEAST = 14  # lines of a terminal that shows more than a line
CURVE = 6  # lines of the curve, without its axis
AROUND = 4  # lines of the axis, the progress line and the blanks between
WIDEST = 120
PAUSE, SHARE = 0.3, 20  # seconds between two pictures, and at least this many times what the last one took


class Scene:
    """Draws a training's moments: what the best vector so far makes of the letters, and its loss."""

    def __init__(self, model: "Chain", data: "Dataset", line: Callable[[Trace], str]) -> None:
        self._model, self._data, self._line = model, data, line
        self._drawn, self._due, self._size = list[str](), 0.0, (0, 0)
        self._fancy = "utf" in (sys.stderr.encoding or "").lower()

    def __call__(self, trace: Trace, width: int, height: int) -> str:
        """Return the lines for a terminal of this size; the progress line alone if it is too small."""
        if height < LEAST:
            return self._line(trace)
        began = perf_counter()
        if began >= self._due or self._size != (width, height):
            self._drawn = self._picture(trace, min(width, WIDEST), height)
            now = perf_counter()
            self._due, self._size = now + max(PAUSE, SHARE * (now - began)), (width, height)
        return "\n".join([*self._drawn, self._line(trace)])

    def _picture(self, trace: Trace, width: int, height: int) -> list[str]:
        rows = trace.history.rows
        x, y = [max(row.evaluations, 1.0) for row in rows], [row.best for row in rows]
        drawn = curve(x, y, width - 1, CURVE, self._fancy, "evaluations")
        return [*self._letters(trace, width, height - CURVE - AROUND), *drawn, ""]

    def _letters(self, trace: Trace, width: int, room: int) -> list[str]:
        """Return the lines of reconstructions, as many as there is room for; wrong pixels are red."""
        tall, wide = self._data.shape
        lines = 1 + (-(-tall // 2) if self._fancy else tall)
        each, many = (width + 2) // (wide + 2), room // lines
        if not isinstance(self._model, Autoencoder) or trace.best.theta is None or not each or not many:
            return []
        import numpy as np

        x = self._data.x[: each * many]
        with np.errstate(all="ignore"):
            y = np.nan_to_num(self._model.reconstruct(trace.best.theta, x))
        shape = self._data.shape
        blocks = [glyph(b.reshape(shape), a.reshape(shape), self._fancy) for a, b in zip(x, y, strict=True)]
        shown = (side_by_side(blocks[i : i + each]) for i in range(0, len(blocks), each))
        return [line for row in shown for line in (*row, "")]
