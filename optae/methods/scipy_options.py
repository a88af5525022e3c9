"""The values that SciPy's methods take for their options.

SciPy refuses some values only when it runs, and never returns with others, so they are refused here, before
anything runs. The ranges are those of SciPy's documentation and of the errors that it raises.
"""

from ..registry import lookup
from ..text import shortest
from .scipy_work import Options

TOLERANCE, RADIUS = "[0, 1e100]", "[1e-100, 1e100]"
RANGES = {
    **dict.fromkeys(("xtol", "ftol", "gtol", "xatol", "fatol", "xrtol", "tol"), TOLERANCE),
    **dict.fromkeys(("c1", "c2", "restart_temp_ratio"), "(0, 1)"),
    **dict.fromkeys(("initial_tr_radius", "initial_trust_radius", "max_trust_radius"), RADIUS),
    "final_tr_radius": TOLERANCE,
    "eta": "[0, 0.25)",
    "maxcor": "[1, 1000]",
    "maxls": "[1, 1000]",
    "f_scale": RADIUS,
    "bound": RADIUS,
    "initial_temp": "[0.01, 5e4]",
    "visit": "(1, 3]",
    "accept": "(-1e4, -5]",
    "popsize": "[1, 1000]",
    "recombination": "[0, 1]",
    "T": TOLERANCE,
    "stepsize": RADIUS,
}
OF_ONE_METHOD = {
    "TNC": dict.fromkeys(("ftol", "gtol", "xtol", "eta", "stepmx", "rescale"), "[-1, 1e100]"),
    "lm": dict.fromkeys(
        ("ftol", "gtol", "xtol"), "[2.3e-16, 1e100]"
    ),  # MINPACK asks for a float64's rounding
}
WORDS = {
    "tr_solver": ("exact", "lsmr"),
    "loss": ("linear", "soft_l1", "huber", "cauchy", "arctan"),
    "strategy": tuple(
        f"{base}{crossing}"
        for base in ("best1", "best2", "rand1", "rand2", "randtobest1", "currenttobest1")
        for crossing in ("bin", "exp")
    ),
}
ORDER = {
    ("c1", "c2"): "below",
    ("initial_trust_radius", "max_trust_radius"): "below",
    ("final_tr_radius", "initial_tr_radius"): "at most",
}


def check(options: Options, method: str = "") -> None:
    """Raise ValueError for options that SciPy's method of that name refuses or never returns with."""
    ranges = {**RANGES, **OF_ONE_METHOD.get(method, {})}
    for name, value in options.items():
        if name in WORDS:
            lookup(name, value, dict.fromkeys(WORDS[name]))
        elif name in ranges and not inside(value, ranges[name]):
            raise ValueError(f"option {name}={shortest(value)}: give a number in {ranges[name]}")
    _check_order(options)


def inside(value: float, interval: str) -> bool:
    """Return whether a number lies in an interval, whose round brackets leave out their ends.

    >>> inside(0.25, "[0, 0.25)"), inside(0, "[0, 0.25)")
    (False, True)
    """
    low, high = map(float, interval[1:-1].split(","))
    return (
        low <= value <= high and (value > low or interval[0] == "[") and (value < high or interval[-1] == "]")
    )


def _check_order(options: Options) -> None:
    for (low, high), relation in ORDER.items():
        if low in options and high in options:
            a, b = options[low], options[high]
            if a > b or (a == b and relation == "below"):
                raise ValueError(
                    f"option {low}={shortest(a)}: give a number {relation} {high}, which is {shortest(b)}"
                )
