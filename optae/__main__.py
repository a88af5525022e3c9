"""Run the command line by `python -m optae`, from an installation or from a source tree."""

import sys
from importlib import import_module
from pathlib import Path


def program() -> str:
    """Return the command line's module: inside an installed package, or beside it in a source tree."""
    here = Path(__file__).resolve().parent
    if (here / "cli").is_dir() or not (here.parent / "cli" / "program.py").is_file():
        return "optae.cli.main"
    sys.path.insert(0, str(here.parent))
    return "cli.main"


if __name__ == "__main__":
    import_module(program()).main(prog_name="optae")
