"""Rows kept in results/NAME.csv as they come, so that a second call goes on where the first one stopped."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
from stamp import RESULTS

from optae.pages.stamp import UNSTAMPED, commit

Row = dict[str, Any]
Job = tuple[Row, Callable[[], list[Row]]]  # its keys, which stand in each of its rows, and the work


def collect(name: str, jobs: Iterable[Job]) -> pd.DataFrame:
    """Run what the file does not hold yet; a row names the commit that made it."""
    path = RESULTS / f"{name}.csv"
    known = pd.read_csv(path, dtype={"commit": str, "code": str}) if path.exists() else pd.DataFrame()
    rows: list[Row] = known.to_dict("records")
    for keys, run in jobs:
        if any(all(row.get(key) == value for key, value in keys.items()) for row in rows):
            continue
        rows += [{**keys, **row, "commit": commit()} for row in run()]
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(path, index=False, float_format="%.6g")
    return pd.DataFrame(rows)


def commits(frame: pd.DataFrame) -> list[str]:
    """Which commits made these rows."""
    if "commit" not in frame:
        return [UNSTAMPED]
    return sorted(set(frame["commit"].fillna(UNSTAMPED)))
