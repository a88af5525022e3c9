"""The command line as tests call it, in this process."""

from click.testing import CliRunner, Result
from optae.cli.main import main


def run(*words: object) -> Result:
    """Run `optae` with these words."""
    return CliRunner().invoke(main, [str(word) for word in words])


def done(*words: object) -> str:
    """Run `optae`, which must succeed, and return what it printed."""
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.output
