"""Which pages of results/ today's code made, and which are stale.

    python benchmarks/results_index.py          writes results/README.md
    python benchmarks/results_index.py --mark   and a first line on every page that is stale, off all others

What makes a page stale stands in benchmarks/stamp.py.
"""

import argparse
import re

import stamp
from stamp import PAGES, RESULTS

from optae.pages.stamp import UNSTAMPED, Stamp

MARK = "> **Stale.** "
BEFORE = "Made before pages were stamped: last changed by commit {} on {}."
HEAD = """# Results

Everything here was generated; nothing was edited by hand. Seconds belong to the machine named on each page.
Ratios of seconds carry over roughly. Counts do so only on a processor that adds in the same order: elsewhere
the last bit of a sum differs, which sends a chaotic method such as Powell's another way. Where a command
reads `font.h` or MNIST, the environment variable `OPTAE_DATA` names the folder that holds them.

This list is written by `python benchmarks/results_index.py`. A page is *today's* when what it was asked is
what its command would ask today (the recipes of its cells, or the program that measured); else it is *stale*,
and says so in its first line.

| page | command | made | by commit | state |
| --- | --- | --- | --- | --- |
"""
TAIL = """
Besides: `pictures/` of the README by `optae train --method lm --target max_pixel_error=0`, `explorer.html`
and `pictures/explorer.png` by `python benchmarks/pages.py example`.
"""


def reason(name: str) -> str | None:
    """Why results/NAME.md is stale, as a sentence; None where it is today's."""
    text = page(name)
    found = Stamp.read(text)
    if found is None:
        return stored_reason(text) or BEFORE.format(*stamp.last_change(name))
    if UNSTAMPED in found.commit:
        return "Some of its rows were made before pages were stamped."
    if not stamp.same(name, found.spec):
        today = stamp.spec(name)
        return f"Made with spec {found.spec}; what `{PAGES[name].command}` asks today is {today}."
    return None


def page(name: str) -> str:
    """The text of results/NAME.md."""
    return (RESULTS / f"{name}.md").read_text(encoding="utf-8")


def stored_reason(text: str) -> str | None:
    """What a marked page says of its staleness."""
    first = text.partition("\n")[0]
    return first.removeprefix(MARK) if first.startswith(MARK) else None


def marked(name: str) -> str:
    """The page as it should read today, with or without its mark."""
    why, text = reason(name), unmarked(name)
    return f"{MARK}{why}\n\n{text}" if why else text


def unmarked(name: str) -> str:
    """The page without its mark."""
    text = page(name)
    return text.partition("\n\n")[2] if stored_reason(text) else text


def pages() -> list[str]:
    """The names that have a page, in the order of `PAGES`."""
    return [name for name in PAGES if (RESULTS / f"{name}.md").exists()]


def row(name: str) -> str:
    """A line of the list."""
    found, why = Stamp.read(page(name)), reason(name)
    if found:
        day, commit, command = found.day, found.commit, found.command
    else:
        last = re.search(r"by commit (\w+) on (\S+)\.", why or "")
        day, commit = (f"last changed {last[2]}", last[1]) if last else ("", "")
        command = PAGES[name].command
    files = ", ".join([f"[`{name}.md`]({name}.md)", *filter(None, [PAGES[name].also])])
    state = ("stale" if found else "before stamps") if why else "today's"
    return f"| {files} | `{command}` | {day} | {commit} | {state} |"


def index() -> str:
    """The text of results/README.md."""
    return HEAD + "\n".join(map(row, pages())) + "\n" + TAIL


def main() -> None:
    """Mark the pages if asked, then write the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mark", action="store_true", help="mark stale pages on their first line")
    if parser.parse_args().mark:
        for name in pages():
            path = RESULTS / f"{name}.md"
            path.write_text(unmarked(name), encoding="utf-8")  # so that git is asked again
            path.write_text(marked(name), encoding="utf-8")
    (RESULTS / "README.md").write_text(index(), encoding="utf-8")
    for name in pages():
        print(f"{name}: {reason(name) or 'today'}")


if __name__ == "__main__":
    main()
