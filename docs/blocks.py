"""Find the code blocks of a Markdown page, and what the page says is to be done with each."""

import re
from dataclasses import dataclass

FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n+)?(?P<fence>```+)(?P<language>[^\n`]*)\n(?P<code>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
EXECUTED = ("sh", "python")
OUTPUT = "text"  # the language of what a command printed
KEPT = ("run", "test")  # two commands of README that other tests and CI run
FILE, SKIPPED = "file: ", "not run: "


@dataclass(frozen=True)
class Block:
    """A code block: its language, its text, its first line, and the comment in the line above it."""

    language: str
    code: str
    line: int
    mark: str
    start: int  # characters before the block's comment
    stop: int

    @property
    def is_markup(self) -> bool:
        """Whether the fence holds a directive of the site, such as {toctree}, instead of code."""
        return self.language.startswith("{")

    @property
    def file(self) -> str:
        """The name of the file that this block is written to, or nothing."""
        return self.mark.removeprefix(FILE) if self.mark.startswith(FILE) else ""

    @property
    def runs(self) -> bool:
        """Whether the block is a step of its page: it is executed, or written to a file."""
        return bool(self.file) or (self.language in EXECUTED and not self.mark)

    @property
    def is_accounted_for(self) -> bool:
        """Whether the block runs, is output, or is marked with the reason why it does not run."""
        skipped = self.mark.startswith(SKIPPED) and len(self.mark) > len(SKIPPED)
        return self.is_markup or self.runs or self.language == OUTPUT or skipped or self.mark in KEPT


def blocks(text: str) -> list[Block]:
    """Return the code blocks of a page, in order.

    >>> [found.runs for found in blocks("```sh\\noptae list\\n```\\n<!-- not run: slow -->\\n```sh\\n```\\n")]
    [True, False]
    """
    found = []
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("fence")) + 1
        mark = match["mark"] or ""
        found.append(Block(match["language"].strip(), match["code"], line, mark, match.start(), match.end()))
    return found


def commands(block: Block) -> list[str]:
    """Return the commands of a block of the shell, each on one line, without comments that stand alone."""
    lines = block.code.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
