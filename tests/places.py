"""Where things lie, for tests in any folder."""

from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OLD_CELLS = TOP / "tests" / "fixtures" / "cells_of_0.1.0"
