"""Run the code blocks of a page in order, in one folder and one process, and return what each printed."""

import contextlib
import io
import os
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blocks import Block, blocks, commands
from click.testing import CliRunner
from optae.cli.main import main


def run_page(text: str, folder: Path, name: str = "page") -> list[tuple[Block, str]]:
    """Run every block of a page that runs, in `folder`, and return each with its output.

    Commands of optae run in this process, other commands in a shell; blocks of Python share their names. A
    block that fails raises a RuntimeError that names the page, the line and the output.
    """
    done, names = [], dict[str, Any]()
    with contextlib.chdir(folder), _imports_from(folder):
        for block in blocks(text):
            if block.runs:
                try:
                    done.append((block, _run(block, folder, names)))
                except Exception as error:
                    raise RuntimeError(
                        f"{name}, line {block.line}: {type(error).__name__}: {error}"
                    ) from error
    return done


def _run(block: Block, folder: Path, names: dict[str, Any]) -> str:
    if block.file:
        (folder / block.file).write_text(block.code, encoding="utf-8")
        return ""
    if block.language == "python":
        return _python(block, folder, names)
    return "".join(_command(line) for line in commands(block))


def _python(block: Block, folder: Path, names: dict[str, Any]) -> str:
    """Run a block as a file, whose lines then stand in the traceback of an error."""
    path = folder / f".block_{block.line}.py"
    path.write_text(block.code, encoding="utf-8")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        names.update(runpy.run_path(str(path), init_globals=names))
    path.unlink()
    return said.getvalue()


def _command(line: str) -> str:
    words = _expanded(line) if "$(" in line else shlex.split(line, comments=True)
    if words[0] != "optae":
        done = subprocess.run(["sh", "-ec", line], capture_output=True, text=True, check=False)
        code, output = done.returncode, done.stdout + done.stderr
    else:
        result = CliRunner().invoke(main, [os.path.expandvars(word) for word in words[1:]])
        code, output = result.exit_code, result.output
    if code:
        raise ValueError(f"{line}\nended with code {code}:\n{output}")
    return output


def _expanded(line: str) -> list[str]:
    """Return the words of a line after the shell has replaced its commands in parentheses."""
    done = subprocess.run(["sh", "-ec", f"printf '%s\\0' {line}"], capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


@contextlib.contextmanager
def _imports_from(folder: Path) -> Iterator[None]:
    """Let blocks import the files of the folder, as Python does where a person works; forget them then."""
    before = list(sys.path)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path[:] = before
        own = [name for name, module in sys.modules.items() if _lies_in(folder, module)]
        for name in own:
            del sys.modules[name]


def _lies_in(folder: Path, module: object) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).parent == folder


if __name__ == "__main__":  # python docs/executed.py docs/tutorials/*.md runs each in a folder of its own
    from tempfile import TemporaryDirectory

    for page in sys.argv[1:]:
        with TemporaryDirectory() as place:
            steps = run_page(Path(page).read_text(encoding="utf-8"), Path(place), page)
        print(f"{page}: {len(steps)} blocks ran")
