"""Split large data into slices: they take less memory, and half to a quarter of the time if cached."""

MANY = 20_000_000  # numbers up to which data are not split
SLICE = 400_000  # numbers in a slice of larger data: 3 MB, which fits into a processor's cache


def slices(n: int, width: int, numbers: int | None = None) -> list[slice]:
    """Return one slice of n samples of `width` numbers, or several if there are more than `MANY` numbers.

    These hold `numbers`, by default `SLICE`.

    >>> slices(5, 10)
    [slice(0, 5, None)]
    >>> len(slices(50_000, 784))
    99
    """
    step = n if n * width <= MANY else max(1, (numbers or SLICE) // width)
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
