"""What runs had spent when they first had so few wrong pixels, in a few bytes a run."""

from array import array
from collections.abc import Iterator, Mapping
from math import nan
from typing import Any

from ..text import Record

SPENT = ("seconds", "evaluations", "operations", "iterations")
WIDTH = 1 + 2 * len(SPENT)  # wrong pixels, what was spent, and what was spent at the look before
Costs = dict[str, Any]


class FirstSeen(Mapping[int, Costs]):
    """The costs by the number of wrong pixels, as `reached` in a record; nan if one is not on record.

    A table of 10,000 runs holds 100,000 of them, so they are packed into one array a run.

    >>> FirstSeen({"3": {"seconds": 0.5, "evaluations": 7}})[3]["evaluations"]
    7.0
    """

    __slots__ = ("_packed",)

    def __init__(self, reached: Mapping[str, Record]) -> None:
        """Pack the record. Raises TypeError, ValueError, ... if it is malformed."""
        self._packed = array("d")
        for wrong, spent in reached.items():
            before = spent.get("after") or dict.fromkeys(SPENT, 0.0)
            numbers = (*map(spent.get, SPENT), *map(before.get, SPENT))
            self._packed.append(int(wrong))
            self._packed.extend(nan if x is None else x for x in numbers)

    @classmethod
    def of(cls, packed: bytes) -> "FirstSeen":
        """Return the costs that were `packed` on this machine."""
        costs = cls({})
        costs._packed.frombytes(packed)
        return costs

    @property
    def packed(self) -> bytes:
        """The numbers as bytes."""
        return self._packed.tobytes()

    def __getitem__(self, wrong: int) -> Costs:
        counts = self._packed[::WIDTH]
        if wrong not in counts:
            raise KeyError(wrong)
        start = WIDTH * counts.index(wrong) + 1
        by, after = (self._packed[at : at + len(SPENT)] for at in (start, start + len(SPENT)))
        return {**dict(zip(SPENT, by, strict=True)), "after": dict(zip(SPENT, after, strict=True))}

    def __iter__(self) -> Iterator[int]:
        return map(int, self._packed[::WIDTH])

    def __len__(self) -> int:
        return len(self._packed) // WIDTH
