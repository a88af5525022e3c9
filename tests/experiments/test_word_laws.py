"""Laws of everything that people type: it works, or one line refuses it, at once and in little memory."""

import sys
import time
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from optae.cli.bench import AXES as OPTIONS
from optae.cli.main import main
from optae.cli.options import pairs

from optae import load_dataset
from optae.evaluation.metrics import METRICS, Target
from optae.experiments.grid import AXES, READERS, grid
from optae.experiments.identity import cell
from optae.experiments.readers import method_words
from optae.experiments.schema import Vocabulary
from optae.experiments.spec import parse_spec, read_spec
from optae.methods import METHODS

SECONDS, BYTES = 1.0, 500e6
FEW = settings(max_examples=max(1, settings.default.max_examples // 4))
NAMES = [name for read in READERS.values() if isinstance(read, Vocabulary) for name in read.names]
NUMBERS = ["0", "1", "2.5", "-1", "1e-7", "1e999", "inf", "nan", "10-3", "0x1", "9" * 30, "9" * 5000]
SIGNS = [*":,=.-[]{}@%~#+", "$X", "${Y}", " ", "\n", "\0", '"']
STRANGE = ["\x1b[31m", "[/x]", "\udcff", "é", "\u202e", "²", "[" * 3000, "a" * 3000]
KEYS = [key for known in METHODS.values() for key in known.options]
PARTS = st.sampled_from([*NAMES, *METHODS, *METRICS, *KEYS]) | st.sampled_from([*NUMBERS, *SIGNS, *STRANGE])
TEXTS = st.lists(PARTS, max_size=8).map("".join) | st.text(max_size=20)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers() | st.floats() | st.sampled_from([10**23, 10**400, -(10**400)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "encoder", *KEYS]), inner, max_size=3)
    ),
    max_leaves=4,
)


@pytest.fixture(autouse=True, scope="module")
def nowhere(tmp_path_factory):
    """An empty folder, so that no word is a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("nowhere"))
        yield


@pytest.fixture(autouse=True)
def little_memory():
    """Fail a test whose process has grown far."""
    before = peak()
    yield
    assert peak() - before < BYTES


def peak():
    """The most memory of this process so far, in bytes; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextmanager
def works_or_is_refused():
    started = time.process_time()
    try:
        yield
    except ValueError as error:
        assert str(error) and "\n" not in str(error), error
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("name", READERS)
@FEW
@given(value=TEXTS | VALUES)
def test_a_field_is_read_or_refused(name, value):
    with works_or_is_refused():
        READERS[name](name, value)


@FEW
@given(axes=st.dictionaries(st.sampled_from(AXES), VALUES, max_size=4))
def test_a_grid_is_made_or_refused(axes, letters):
    with works_or_is_refused():
        for experiment in grid(**{"max_seconds": 1, **axes})[:3]:
            cell(experiment, letters)


@given(TEXTS)
def test_other_words_are_read_or_refused(text):
    for read in (Target.parse, method_words, lambda text: pairs([text]), load_dataset):
        with works_or_is_refused():
            read(text)


@given(
    words=st.dictionaries(
        st.sampled_from([*AXES, "title", "question", "grid", "table", "x"]), VALUES, max_size=4
    )
)
def test_a_spec_is_read_or_refused(words):
    with works_or_is_refused():
        parse_spec({"max_seconds": 1, **words})


@given(st.lists(PARTS | st.sampled_from(["\n", " = ", "[[grid]]\n", '"', *AXES]), max_size=12).map("".join))
def test_a_file_is_a_spec_or_refused(text):
    with open("x.toml", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    with works_or_is_refused():
        read_spec("x.toml")


@FEW
@given(typed=st.lists(st.tuples(st.sampled_from([option.opts[0] for option in OPTIONS]), TEXTS), max_size=3))
def test_a_command_line_is_planned_or_refused(typed):
    words = [
        part for option, text in typed for part in ([option, text] if "bias" not in option else [option])
    ]
    command = ["bench", "--max-iterations", "1", *words, "--out", "out", "--dry-run"]
    found = CliRunner().invoke(main, command)
    assert found.exit_code in (0, 2) and (
        found.exception is None or isinstance(found.exception, SystemExit)
    ), found.exception
    assert all(line.isprintable() for line in found.output.split("\n"))
