"""Compiled: SciPy's line search (bracket, then Brent, 1973) and its sweep over the directions, step for step.

The names and constants are SciPy's (`scipy.optimize.bracket`, `Brent`, `_linesearch_powell`).
"""

import numpy as np
from numba import njit

from ...engines import Array
from .line import ALL, Line, aim, loss
from .network import LEVEL, At, copy
from .products import PLAIN, entry
from .walk import along, keep, settle

GOLD, TINY, GROW, MOST_STEPS = 1.618034, 1e-21, 110.0, 1000
MINTOL, CG, MOST_BRENT = 1.0e-11, 0.3819660, 500


@njit(**PLAIN)
def bracket(at: At, ints: Array, reals: Array, stored: Array, line: Line) -> Array:
    """Return three points that bracket a minimum, searched downhill from 0 and 1, and their losses."""
    xa, xb = 0.0, 1.0
    fa = along(at, ints, reals, stored, line, xa)
    fb = along(at, ints, reals, stored, line, xb)
    if fa < fb:
        xa, xb, fa, fb = xb, xa, fb, fa
    xc = xb + GOLD * (xb - xa)
    fc = along(at, ints, reals, stored, line, xc)
    for _ in range(MOST_STEPS):
        if not fc < fb:
            break
        tmp1 = (xb - xa) * (fb - fc)
        tmp2 = (xb - xc) * (fb - fa)
        val = tmp2 - tmp1
        denom = 2.0 * TINY if abs(val) < TINY else 2.0 * val
        w = xb - ((xb - xc) * tmp2 - (xb - xa) * tmp1) / denom
        wlim = xb + GROW * (xc - xb)
        if (w - xc) * (xb - w) > 0.0:
            fw = along(at, ints, reals, stored, line, w)
            if fw < fc:
                xa, xb, fa, fb = xb, w, fb, fw
                break
            if fw > fb:
                xc, fc = w, fw
                break
            w = xc + GOLD * (xc - xb)
        elif (w - wlim) * (wlim - xc) >= 0.0:
            w = wlim
        elif (w - wlim) * (xc - w) > 0.0:
            fw = along(at, ints, reals, stored, line, w)
            if fw < fc:
                xb, xc, fb, fc = xc, w, fc, fw
                w = xc + GOLD * (xc - xb)
            else:
                xa, xb, xc, fa, fb, fc = xb, xc, w, fb, fc, fw
                continue
        else:
            w = xc + GOLD * (xc - xb)
        fw = along(at, ints, reals, stored, line, w)
        xa, xb, xc, fa, fb, fc = xb, xc, w, fb, fc, fw
    return xa, xb, xc, fa, fb, fc


@njit(**PLAIN)
def brent(at: At, ints: Array, reals: Array, stored: Array, line: Line, points: Array, tol: float) -> float:
    """Return the lowest point inside a bracket (Brent, 1973)."""
    xa, x, xc, _, fx, _ = points
    w = v = x
    fw = fv = fx
    a, b = (xa, xc) if xa < xc else (xc, xa)
    deltax = rat = 0.0
    for _ in range(MOST_BRENT):
        tol1 = tol * abs(x) + MINTOL
        tol2 = 2.0 * tol1
        xmid = 0.5 * (a + b)
        if abs(x - xmid) < (tol2 - 0.5 * (b - a)):
            break
        golden = abs(deltax) <= tol1
        if not golden:
            tmp1 = (x - w) * (fx - fv)
            tmp2 = (x - v) * (fx - fw)
            p = (x - v) * tmp2 - (x - w) * tmp1
            tmp2 = 2.0 * (tmp2 - tmp1)
            if tmp2 > 0.0:
                p = -p
            tmp2 = abs(tmp2)
            dx_temp, deltax = deltax, rat
            if (p > tmp2 * (a - x)) and (p < tmp2 * (b - x)) and (abs(p) < abs(0.5 * tmp2 * dx_temp)):
                rat = p * 1.0 / tmp2
                u = x + rat
                if (u - a) < tol2 or (b - u) < tol2:
                    rat = tol1 if xmid - x >= 0 else -tol1
            else:
                golden = True
        if golden:
            deltax = a - x if x >= xmid else b - x
            rat = CG * deltax
        step = rat if not abs(rat) < tol1 else tol1 if rat >= 0 else -tol1
        u = x + step
        fu = along(at, ints, reals, stored, line, u)
        if fu > fx:
            if u < x:
                a = u
            else:
                b = u
            if fu <= fw or w == x:
                v, w, fv, fw = w, u, fw, fu
            elif fu <= fv or v in (x, w):
                v, fv = u, fu
        else:
            if u >= x:
                a = x
            else:
                b = x
            v, w, x, fv, fw, fx = w, x, u, fw, fx, fu
    return x


@njit(**PLAIN)
def search(at: At, ints: Array, reals: Array, stored: Array, parameter: int, tol: float) -> float:
    """Move theta to the lowest point along a direction and return the distance."""
    line = aim(at, ints, reals, parameter)
    points = bracket(at, ints, reals, stored, line)
    xa, xb, xc, fa, fb, fc = points
    falls = (fb < fc and fb <= fa) or (fb < fa and fb <= fc)
    ordered = xa < xb < xc or xc < xb < xa
    if falls and ordered and np.isfinite(xa) and np.isfinite(xb) and np.isfinite(xc):
        alpha = brent(at, ints, reals, stored, line, points, tol)
    elif np.isnan(xa) or np.isnan(xb) or np.isnan(xc):
        alpha = 0.0  # SciPy's search ends in nan here
    else:
        alpha = xa if fa <= fb and fa <= fc else xb if fb <= fc else xc
    settle(at, ints, reals, stored, line, alpha)
    return alpha


def sweeper(sources: int) -> Array:
    """Return `sweep`, compiled or from Numba's cache; `sources` is the checksum of the modules it uses."""

    def sweep(
        at: At, ints: Array, reals: Array, stored: Array, order: Array, first: int, quota: int, tol: float
    ) -> Array:
        """Search along these directions from the first until the quota of evaluations is spent.

        The number `at.size` in place of a direction moves theta to `trial`. Returns the next direction, the
        greatest gain and the place of its direction, and the length of the last search.
        """
        assert sources
        gain, place, alpha, i = 0.0, -1, 0.0, first
        while i < len(order) and ints[at.counts] < quota:
            before = reals[at.values + LEVEL]
            if order[i] == at.size:
                copy(reals[at.theta : at.theta + at.size], reals[at.trial :])
                line = aim(at, ints, reals, ALL)
                loss(at, ints, reals, line)
                keep(at, ints, reals, line)
            else:
                alpha = search(at, ints, reals, stored, order[i], tol)
            if before - reals[at.values + LEVEL] > gain:
                gain, place = before - reals[at.values + LEVEL], i
            i += 1
        return i, gain, place, alpha

    return entry(sweep)
