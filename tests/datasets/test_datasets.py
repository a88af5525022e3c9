"""Every data set obeys the same laws, and every wrong input gets one line that names it."""

import dataclasses
import hashlib
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from places import TOP

from optae.datasets import DATASETS, Dataset, load_dataset
from optae.datasets import fonts as fonts_room
from optae.datasets.bundled import TABLES
from optae.datasets.dataset import quoted, suggestion
from optae.datasets.memory import most_square

DATA = TOP / "optae" / "data"
FONTS = ("font1", "font2", "font3")
IMAGES = ("mnist", "fashion-mnist", "emoji")  # have tests of their own, on fewer images
ANY_RANGE = (*TABLES, "sinc", "spirals")  # for networks that predict
BLANK = [0] * 7
RAMP = [1, 2, 4, 8, 16, 31, 0]


def header(*rows, name="Font3", count="", tail="};", start="int const"):
    """A C header with one font."""
    body = ",\n".join("  {" + ", ".join(f"0x{v:02x}" for v in row) + "}" for row in rows)
    return f"{start} {name}[{count}][7] = {{\n{body}\n{tail}"


def npy(array, **options):
    """The bytes of a .npy file."""
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(spec):
    """The message of the ValueError that `spec` meets."""
    with pytest.raises(ValueError) as caught:
        load_dataset(str(spec))
    return str(caught.value)


def picture(image, shape=(7, 5)):
    return "\n".join("".join(".#"[int(v)] for v in row) for row in image.reshape(shape))


@pytest.fixture
def font_h():
    if "OPTAE_DATA" not in os.environ:
        pytest.skip("OPTAE_DATA names no folder with font.h")
    path = Path(os.environ["OPTAE_DATA"]) / "font.h"
    if not path.is_file():
        pytest.skip("the folder OPTAE_DATA has no font.h")
    return path


# --- laws over the table


@pytest.fixture(params=[name for name in DATASETS if name not in IMAGES])
def dataset(request):
    if request.param in ("digits", *TABLES):
        pytest.importorskip("sklearn", reason=f"'{request.param}' needs scikit-learn")
    return load_dataset(request.param)


def test_values_are_finite_and_those_of_pictures_between_0_and_1(dataset):
    assert dataset.x.dtype == np.float64 and dataset.x.ndim == 2 and dataset.x.flags.c_contiguous
    assert np.isfinite(dataset.x).all()
    if dataset.name not in ANY_RANGE:
        assert dataset.x.min() == 0 and dataset.x.max() == 1


def test_shapes_and_labels_fit(dataset):
    n, d = dataset.x.shape
    assert len(dataset.labels) == n and all(isinstance(label, str) for label in dataset.labels)
    assert dataset.shape[0] * dataset.shape[1] == d
    assert all(label and label.isprintable() for label in dataset.labels)


def test_data_cannot_be_written(dataset):
    with pytest.raises(ValueError, match="read-only"):
        dataset.x[0, 0] = 0.5
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.name = "other"


def test_index_is_the_first_sample_with_the_label(dataset):
    for label in set(dataset.labels):
        at = dataset.index(label)
        assert dataset.labels[at] == label and label not in dataset.labels[:at]


def test_name_source_and_repr_are_short_lines(dataset):
    assert dataset.name in DATASETS
    assert "\n" not in dataset.source and str(DATA) not in dataset.source
    assert "\n" not in repr(dataset) and len(repr(dataset)) < 200


def test_loading_twice_gives_the_same_digest(dataset):
    again = load_dataset(dataset.name)
    assert re.fullmatch("[0-9a-f]{64}", dataset.sha256)
    assert again.sha256 == dataset.sha256 and again.x is not dataset.x


def test_digests_tell_data_sets_apart():
    assert len({load_dataset(name).sha256 for name in FONTS}) == len(FONTS)


def test_digits_are_the_known_ones():
    pytest.importorskip("sklearn", reason="'digits' needs scikit-learn")
    digits = load_dataset("digits")
    assert digits.x.shape == (1797, 64) and digits.shape == (8, 8)
    assert sorted(set(digits.labels)) == list("0123456789")
    assert np.array_equal(digits.x * 16, np.rint(digits.x * 16))


@pytest.mark.parametrize("name", ["digits", *TABLES])
def test_bundled_sets_without_scikit_learn_say_what_to_install(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    message = refusal(name)
    assert "pip install" in message and "optae[sklearn]" in message and "\n" not in message


def test_importing_the_room_loads_no_large_library():
    code = "import optae.datasets, sys; print(sorted({'pandas', 'sklearn', 'matplotlib'} & {*sys.modules}))"
    where = Path(fonts_room.__file__).resolve().parents[2]
    out = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=where, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


# --- the dataset itself


def tiny(**changes):
    fields = {"name": "tiny", "x": np.eye(4), "labels": tuple("abcd"), "shape": (2, 2), "source": "here"}
    return Dataset(**(fields | changes))


def test_a_data_set_copies_its_arrays():
    x = np.eye(4, order="F")
    dataset = tiny(x=x)
    x[:] = 0.5
    assert np.array_equal(dataset.x, np.eye(4)) and x.flags.writeable


@pytest.mark.parametrize(
    "changes",
    [{"x": np.eye(4)[::-1]}, {"labels": tuple("abce")}, {"shape": (4, 1)}],
    ids=lambda c: next(iter(c)),
)
def test_digest_covers_values_labels_and_shape(changes):
    assert tiny(**changes).sha256 != tiny().sha256


def test_digest_ignores_the_name_and_the_sign_of_zero():
    assert tiny(name="other", source="there", x=np.eye(4) * 1.0 - 0.0).sha256 == tiny().sha256
    assert tiny(x=np.where(np.eye(4) == 1, 1.0, -0.0)).sha256 == tiny().sha256


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": (7, 5)}, "shape 7x5"),
        ({"shape": (-2, -2)}, "shape -2x-2"),
        ({"labels": ("a",)}, "1 labels"),
        ({"x": np.full((4, 4), np.nan)}, "nan"),
        ({"x": np.full((4, 4), np.inf)}, "inf"),
        ({"x": np.full((4, 4), 1.5)}, "1.5"),
        ({"x": np.full((4, 4), -1e-9)}, "-1e-09"),
        ({"x": np.zeros((0, 4)), "labels": ()}, "(0, 4)"),
        ({"x": np.zeros(4)}, "(4,)"),
    ],
)
def test_a_data_set_refuses_fields_that_do_not_fit(changes, words):
    with pytest.raises(ValueError) as caught:
        tiny(**changes)
    assert words in str(caught.value) and "tiny" in str(caught.value) and "\n" not in str(caught.value)


def test_index_suggests_the_nearest_label():
    letters = load_dataset("font3")
    for wrong, right in {"Q": "'q'", "spaec": "choose", "dle": "'del'"}.items():
        with pytest.raises(ValueError) as caught:
            letters.index(wrong)
        assert wrong in str(caught.value) and right in str(caught.value) and "\n" not in str(caught.value)


def test_words_of_errors_stay_on_one_short_line():
    assert quoted("a\nb") == r"'a\nb'" and len(quoted("x" * 10_000)) < 300
    assert quoted("C:\\fonts\\font.h") == r"'C:\fonts\font.h'"
    many = suggestion("x", [str(i) for i in range(100_000)])
    assert many.endswith("'39' and 99,960 more") and len(many) < 500


# --- the fonts of the project


def test_checksums_are_those_of_the_readme():
    table = dict(
        re.findall(r"\| `(\S+\.txt)` .*`([0-9a-f]{64})` \|", (DATA / "README.md").read_text("utf-8"))
    )
    assert set(table) == {path.name for path in DATA.glob("*.txt")} == {f"{name}.txt" for name in FONTS}
    for name, digest in table.items():
        data = (DATA / name).read_bytes().replace(b"\r\n", b"\n")  # git may rewrite line ends
        assert hashlib.sha256(data).hexdigest() == digest


def test_readme_shows_the_real_letter_a():
    letters = load_dataset("font2")
    assert "0x41 A\n" + picture(letters.x[letters.index("A")]) in (DATA / "README.md").read_text("utf-8")


@pytest.mark.parametrize(("name", "first"), list(zip(FONTS, (0x20, 0x40, 0x60), strict=True)))
def test_labels_are_the_characters_of_the_code_points(name, first):
    labels = [{0x20: "space", 0x7F: "del"}.get(code, chr(code)) for code in range(first, first + 32)]
    assert list(load_dataset(name).labels) == labels
    codes = re.findall("^0x([0-9a-f]{2}) ", (DATA / f"{name}.txt").read_text("utf-8"), re.MULTILINE)
    assert [int(code, 16) for code in codes] == list(range(first, first + 32))


@pytest.mark.parametrize("name", FONTS)
def test_glyphs_differ_in_at_least_two_pixels(name):
    font = load_dataset(name)
    assert font.x.shape == (32, 35) and font.shape == (7, 5) and set(np.unique(font.x)) == {0.0, 1.0}
    distance = np.abs(font.x[:, None] - font.x[None]).sum(axis=2) + 99 * np.eye(32)
    assert distance.min() >= 2


@pytest.mark.parametrize(("name", "other"), list(zip(FONTS, ("Font1", "Font2", "Font3"), strict=True)))
def test_glyphs_are_the_projects_own(font_h, name, other):
    ours, theirs = load_dataset(name), load_dataset(f"{font_h}:{other}")
    assert ours.labels == theirs.labels
    assert 3 * int((ours.x == theirs.x).all(axis=1).sum()) < 32


def test_an_edited_font_is_read_back(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts_room, "FOLDER", tmp_path)
    text = "\n\n0x41 A\n" + "#...#\n" * 7 + "\n\n\n0xe9 é\n" + ".....\n" * 7
    write(tmp_path, "font2.txt", text.replace("\n", "\r\n"))
    font = load_dataset("font2")
    assert font.labels == ("A", "é") and np.array_equal(font.x[0].reshape(7, 5)[:, 0], np.ones(7))


@pytest.mark.parametrize(
    "text",
    [
        "0x41\n" + "#...#\n" * 7,
        "0x41 A\n" + "#...#\n" * 6,
        "0x41 A\n" + "#..#\n" * 7,
        "0x41 A\n" + "x...#\n" * 7,
    ],
)
def test_a_spoilt_font_is_refused(monkeypatch, tmp_path, text):
    monkeypatch.setattr(fonts_room, "FOLDER", tmp_path)
    write(tmp_path, "font1.txt", text)
    message = refusal("font1")
    assert "font1.txt" in message and "0x41" in message and "\n" not in message


def test_a_missing_font_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts_room, "FOLDER", tmp_path)
    assert "font1.txt" in refusal("font1")


# --- C headers


def test_font_h_is_read_whole(font_h):
    font = load_dataset(f"{font_h}:Font3")
    assert font.x.shape == (32, 35) and font.labels[0] == "`" and font.labels[-1] == "del"
    assert picture(font.x[font.index("e")]).split() == [
        ".....",
        ".....",
        ".###.",
        "#...#",
        "#####",
        "#....",
        ".####",
    ]
    assert font.x[font.index("del")].min() == 1
    assert np.mean((font.x - font.x.mean(axis=0)) ** 2) == pytest.approx(0.2044, abs=5e-5)


def test_font_h_has_three_fonts_and_a_backslash(font_h):
    capitals = load_dataset(f"{font_h}:Font2")
    assert capitals.labels == tuple(map(chr, range(0x40, 0x60)))
    assert picture(capitals.x[capitals.index("]")]).split() == [".###.", *["...#."] * 5, ".###."]
    assert load_dataset(f"{font_h}:Font1").labels[:2] == ("space", "!")
    message = refusal(font_h)
    assert all(name in message for name in ("Font1", "Font2", "Font3")) and "\n" not in message


@pytest.mark.parametrize("name", ["Font1", "Font2", "Font3"])
def test_font_h_survives_single_backslashes_and_windows(font_h, tmp_path, name):
    text = font_h.read_text("utf-8").replace("\\\\", "\\")
    for variant in (
        text,
        text.replace("\n", "\r\n"),
        "\ufeff" + text,
        text.rstrip(),
        text.replace("0x", "0X"),
    ):
        copy = load_dataset(f"{write(tmp_path, 'font.h', variant)}:{name}")
        assert copy.sha256 == load_dataset(f"{font_h}:{name}").sha256


def test_bits_run_from_left_to_right_and_top_to_bottom(tmp_path):
    glyph = load_dataset(str(write(tmp_path, "f.h", header(RAMP, name="Mine"))))
    assert glyph.labels == ("0",) and glyph.shape == (7, 5)
    assert picture(glyph.x[0]).split() == ["....#", "...#.", "..#..", ".#...", "#....", "#####", "....."]


TWO = header(RAMP, BLANK)
READABLE = {
    "plain": TWO,
    "no newline at the end": TWO.rstrip("\n"),
    "windows": TWO.replace("\n", "\r\n"),
    "old macintosh": TWO.replace("\n", "\r"),
    "byte order mark": "\ufeff" + TWO,
    "utf-16": TWO.encode("utf-16"),
    "utf-16, big end first": "\ufeff".encode("utf-16-be") + TWO.encode("utf-16-be"),
    "utf-32": TWO.encode("utf-32"),
    "latin-1": "// Acá tienen\n".encode("latin-1") + TWO.encode(),
    "upper case": TWO.replace("0x1f", "0X1F"),
    "decimal": TWO.replace("0x1f", "31").replace("0x10", "16"),
    "octal": TWO.replace("0x1f", "037"),
    "binary": TWO.replace("0x1f", "0b11111"),
    "suffix": TWO.replace("0x1f", "0x1fU"),
    "trailing commas": TWO.replace("}", ",}").replace("\n,};", ",\n};"),
    "counted": header(RAMP, BLANK, count="2"),
    "counted in hex": header(RAMP, BLANK, count=" 0x02 "),
    "counted by a macro": "#define N 2\n" + header(RAMP, BLANK, count="N"),
    "static const unsigned char": header(RAMP, BLANK, start="static const unsigned char"),
    "in flash": TWO.replace("] =", "] PROGMEM =").replace("};", "} ;"),
    "on one line": TWO.replace("\n", " "),
    "closed without a semicolon": header(RAMP, BLANK, tail="}"),
    "braces in comments": TWO.replace("},", "}, // 0x60, { {{\n /* } { */").replace("};", "}; // }}}"),
    "backslash ends a comment": TWO.replace("},", "},   // 0x5c, \\"),
    "hex in comments": "// 0x00, {0x01, 0x02}\n" + TWO.replace("},", "}, // 0x37, G"),
    "comment marks in comments": TWO.replace("},", "}, // 0x2a, /* \n"),
    "quotes in comments": TWO.replace("},", "}, // 0x22, \" and 0x27, '\n"),
    "comments in rows": TWO.replace("0x04,", "/* { */ 0x04 /* , */,"),
    "quotes in code": "#define Q \"{ // /*\"\nchar q = '\"', r = '{';\n" + TWO,
    "macro with braces": "#define ROW(a) {a, \\\n  {a, {a\n" + TWO,
    "include guard": "#ifndef FONT_H\n#define FONT_H\n#include <stdint.h>\n" + TWO + "\n#endif // don't {",
    "other code": 'extern int Font3[2][7];\nint n[2] = {1, 2};\nchar *s = "int Font9[1][7] = {";\n' + TWO,
    "form feed": TWO.replace("\n", "\n\f\v\t"),
}


@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
def test_real_headers_are_read(tmp_path, text):
    font = load_dataset(str(write(tmp_path, "font.h", text)))
    want = [[v >> k & 1 for v in row for k in (4, 3, 2, 1, 0)] for row in (RAMP, BLANK)]
    assert np.array_equal(font.x, want) and font.labels == ("`", "a")


def test_labels_come_from_the_position_and_the_name(tmp_path):
    rows = [RAMP] * 97
    assert load_dataset(str(write(tmp_path, "a.h", header(*rows[:96], name="Font1")))).labels[-1] == "del"
    assert load_dataset(str(write(tmp_path, "b.h", header(*rows, name="Font1")))).labels[-1] == "96"
    assert load_dataset(str(write(tmp_path, "c.h", header(*rows, name="Other")))).labels[:2] == ("0", "1")


def test_one_font_may_be_named_and_another_may_be_broken(tmp_path):
    path = write(tmp_path, "font.h", TWO + "\n" + header([99] * 7, name="Bad"))
    assert load_dataset(f"{path}:Font3").name == f"{path}:Font3"
    assert "Bad" in refusal(f"{path}:Bad")


def test_only_a_colon_after_the_ending_splits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if os.name != "nt":
        write(tmp_path, "C:font.h", TWO)
        assert load_dataset("C:font.h").labels == load_dataset("C:font.h:Font3").labels == ("`", "a")
    assert r"'C:\fonts\font.h'" in refusal(r"C:\fonts\font.h:Font1")
    write(tmp_path, "FONT.H", TWO)
    assert load_dataset("FONT.H:Font3").name == "FONT.H:Font3"


HOSTILE = {
    "open comments": "/*" * 400_000,
    "slashes": "/" * 900_000,
    "comment ends": "*/" * 400_000,
    "open braces": "{" * 900_000,
    "one name": "a" * 900_000,
    "names": "a " * 450_000,
    "open brackets": "a[" * 450_000,
    "brackets": "a[7]" * 220_000,
    "declarations": "a[7][7]" * 120_000,
    "words after a declaration": "a[7][7] " + "b" * 900_000,
    "spaces": "a [" + " " * 900_000,
    "spaces in lines": (" " * 999 + "\n") * 900,
    "quotes": '"' * 900_000,
    "escaped quotes": '\\"' * 450_000,
    "backslashes": "\\" * 900_000,
    "backslashes in a string": '"' + "\\" * 900_000,
    "apostrophes": "'" * 900_000,
    "hashes": "#\\\n" * 300_000,
    "rows": "int Font1[][7] = {" + "{0,0,0,0,0,0,0}," * 55_000,
    "empty rows": "int Font1[][7] = {" + "{}" * 400_000,
    "digits": "int Font1[][7] = {{" + "9" * 900_000 + ",0,0,0,0,0,0}};",
    "commas": "int Font1[][7] = {{" + "," * 900_000 + "}};",
    "arrays": "int A[1][7]={{0}};" * 50_000,
    "format characters": "%s%n{0.__class__}" * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_headers_are_refused_at_once(tmp_path, text):
    path = write(tmp_path, "hostile.h", text)
    start = time.perf_counter()
    message = refusal(path)
    assert time.perf_counter() - start < 10  # seconds: a quadratic pattern takes minutes
    assert "hostile.h" in message and "\n" not in message and len(message) < 1000


# --- lists of Python and JSON


def as_list(*rows, form="{}"):
    return "[" + ",\n ".join("[" + ", ".join(form.format(v) for v in row) + "]" for row in rows) + "]"


LISTS = {
    "font3.py": ("Font3 = " + as_list(RAMP, BLANK, form="0x{:02x}"), ""),
    "typed.py": ("Font3: list[list[int]] = " + as_list(RAMP, BLANK, form="0b{:05b}"), ""),
    "numpy.py": ("import numpy as np\nFont3 = np.array(" + as_list(RAMP, BLANK) + ", dtype=np.uint8)", ""),
    "tuples.py": ("Font3 = " + as_list(RAMP, BLANK).replace("[", "(").replace("]", ",)"), ""),
    "comments.py": (
        '"""Fonts such as F = [[0]]."""\n# Old = [[1]]\nFont3 = '
        + as_list(RAMP, BLANK).replace("],", "], # `]"),
        "",
    ),
    "two.py": ("Font1 = [[0, 1]]\nFont3 = " + as_list(RAMP, BLANK), ":Font3"),
    "dict.py": ("fonts = {'Font1': [[0]], 'Font3': " + as_list(RAMP, BLANK, form="0o{:o}") + "}", ":Font3"),
    "Font3.json": (as_list(RAMP, BLANK), ""),
    "fonts.json": ('{"Font1": [[0]], "Font3": ' + as_list(RAMP, BLANK) + "}", ":Font3"),
}


@pytest.mark.parametrize("file", LISTS)
def test_lists_of_bytes_are_read_as_headers_are(tmp_path, file):
    text, after = LISTS[file]
    font = load_dataset(f"{write(tmp_path, file, text)}{after}")
    assert font.sha256 == load_dataset(str(write(tmp_path, "font.c", TWO))).sha256
    assert font.labels == ("`", "a")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Font3 = [[0, 1]]", "2 numbers"),
        ("Font3 = [[0, 0, 0, 0, 0, 0, 32]]", "'32'"),
        ("Font3 = [[0, 0, 0, 0, 0, 0, 0],", "cut off after glyph 1"),
        ("Font3 = [[0, 0, 0, 0, 0, 0, 0], 5]", "has '5]'"),
        ("Font3 = [0, 0, 0, 0, 0, 0, 0]", "no font"),
        ("import os; os.abort()", "no font"),
        ("A = [[0]]; B = [[1]]", "'A', 'B'"),
        ("[" * 500_000, "cut off"),
    ],
)
@pytest.mark.parametrize("ending", ["py", "json"])
def test_lists_that_are_not_fonts_are_refused(tmp_path, text, words, ending):
    assert words in refusal(write(tmp_path, f"a.{ending}", text))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_lists_are_refused_at_once(tmp_path, text):
    path = write(tmp_path, "hostile.py", text.replace("{", "[").replace("}", "]"))
    start = time.perf_counter()
    message = refusal(path)
    assert time.perf_counter() - start < 10
    assert "hostile.py" in message and "\n" not in message and len(message) < 1000


# --- arrays


def test_npy_keeps_values_and_numbers_its_samples(tmp_path):
    x = np.random.default_rng(0).uniform(size=(3, 35))
    dataset = load_dataset(str(write(tmp_path, "x.npy", npy(x))))
    assert np.array_equal(dataset.x, x) and dataset.shape == (7, 5) and dataset.labels == ("0", "1", "2")


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "<i8", ">i4", "<f4", ">f8", "f2", "g"])
def test_npy_of_any_real_type_is_read(tmp_path, dtype):
    x = np.eye(4).astype(dtype)
    for array in (x, np.asfortranarray(x)):
        dataset = load_dataset(str(write(tmp_path, "x.npy", npy(array))))
        assert np.array_equal(dataset.x, np.eye(4)) and dataset.x.dtype == np.float64
        assert type(dataset.x) is np.ndarray and dataset.x.flags.c_contiguous


def test_npy_of_images_gives_their_shape(tmp_path):
    x = np.random.default_rng(0).uniform(size=(2, 3, 4))
    path = write(tmp_path, "x.npy", npy(x))
    assert load_dataset(str(path)).shape == (3, 4) and load_dataset(f"{path}@2x6").shape == (2, 6)
    assert np.array_equal(load_dataset(str(path)).x, x.reshape(2, 12))


@pytest.mark.parametrize(("d", "shape"), {35: (7, 5), 64: (8, 8), 13: (13, 1), 1: (1, 1), 12: (4, 3)}.items())
def test_images_are_as_square_as_possible(d, shape):
    assert most_square(d) == shape


def test_an_image_size_may_follow(tmp_path):
    path = write(tmp_path, "a@b.npy", npy(np.eye(35)))
    assert load_dataset(str(path)).shape == (7, 5)
    assert load_dataset(f"{path}@5x7").shape == (5, 7) and load_dataset(f"{path}@5x7").name == f"{path}@5x7"


CSVS = {
    "plain": ("0.0,1\n1,0\n0.5,1e-3\n", ("0", "1", "2")),
    "no newline at the end": ("0,1.0\n1,0\n0.5,1e-3", ("0", "1", "2")),
    "windows": ("0,1.\r\n1,0\r\n0.5,1e-3\r\n", ("0", "1", "2")),
    "old macintosh": ("0,1.\r1,0\r0.5,1e-3\r", ("0", "1", "2")),
    "byte order mark and blank lines": ("\ufeff\n0,1e0\n\n1,0\n  \n0.5, 1e-3 \n\n", ("0", "1", "2")),
    "utf-16": ("\ufeff0.0,1\n1,0\n0.5,1e-3\n".encode("utf-16-le"), ("0", "1", "2")),
    "utf-16, big end first": ("\ufeff0.0,1\n1,0\n0.5,1e-3\n".encode("utf-16-be"), ("0", "1", "2")),
    "header": ("ink,paper\n0,1\n1,0\n0.5,1e-3\n", ("0", "1", "2")),
    "header in quotes": ('"ink\nand more","paper"\n0,1\n1,0\n0.5,1e-3\n', ("0", "1", "2")),
    "semicolons": ("0;1\n1;0\n0.5;1e-3\n@header=no", ("0", "1", "2")),
    "decimal comma": ("ink;paper\n0;1\n1;0\n0,5;0,001\n", ("0", "1", "2")),
    "decimal comma late": ("0;1,0\n1;0\n0,5;1e-3\n", ("0", "1", "2")),
    "decimal point, comma in labels": ("label;a;b\nx,y;0;1\ny;1;0\nz;0.5;1e-3\n", ("x,y", "y", "z")),
    "tabs": ("ink\tpaper\n0\t1\n1\t0\n0,5\t1e-3\n", ("0", "1", "2")),
    "white space": ("0.0  1.0\n1  0\n 0.5\t1e-3\n", ("0", "1", "2")),
    "labels first": ("label,a,b\nx,0,1\ny,1,0\nz,0.5,1e-3\n", ("x", "y", "z")),
    "labels inside": ("a,label,b\n0,x,1\n1,y,0\n0.5,z,1e-3\n", ("x", "y", "z")),
    "labels last": ("0,1,Label\n0,1,x\n1,0,y\n0.5,1e-3,x\n", ("x", "y", "x")),
    "labels of any name": ("class,0,1\nx,0,1\ny,1,0\nx,0.5,1e-3\n@label=class", ("x", "y", "x")),
    "labels without a header": ("x,0,1\ny,1,0\nx,0.5,1e-3\n@label=first", ("x", "y", "x")),
    "labels by their number": ("0,1,x\n1,0,y\n0.5,1e-3,x\n@label=3", ("x", "y", "x")),
    "quoted labels": ('label,0,1\n"a, ""b""",0,1\n"c\nd",1,0\né,0.5,1e-3\n', ('a, "b"', "c d", "é")),
    "numeric labels": ("label,0,1\n7,0,1\n3,1,0\n9,0.5,1e-3\n", ("7", "3", "9")),
    "empty labels": ("label,0,1\n,0,1\n3,1,0\n,0.5,1e-3\n", ("", "3", "")),
    "index of pandas": (",0,1\n0,0,1\n1,1,0\n2,0.5,1e-3\n", ("0", "1", "2")),
    "index of R": ('"","V1","V2"\n"1",0,1\n"2",1,0\n"3",0.5,1e-3\n', ("1", "2", "3")),
    "index of names": (",ink,paper\nx,0,1\ny,1,0\nz,0.5,1e-3\n", ("x", "y", "z")),
    "index of numbers": ("id,ink,paper\n7,0,1\n5,1,0\n6,0.5,1e-3\n", ("7", "5", "6")),
    "index without a header": ("0,0,1\n1,1,0\n2,0.5,1e-3\n@header=no", ("0", "1", "2")),
    "index and labels": (",ink,label,paper\n0,0,x,1\n1,1,y,0\n2,0.5,x,1e-3\n", ("x", "y", "x")),
    "integer header, if it is one": ("0,1\n0,1\n1,0\n0.5,1e-3\n@header=yes", ("0", "1", "2")),
    "a first line that is none": ("0,1\n1,0\n0.5,1e-3\n@header=no", ("0", "1", "2")),
    "a scale": ("0,3.0\n3,0\n1.5,3e-3\n@scale=3", ("0", "1", "2")),
    "no separator but the one named": ("a b\n0 1\n1 0\n0.5 1e-3\n@sep=space", ("0", "1", "2")),
}


@pytest.mark.parametrize(("text", "labels"), CSVS.values(), ids=CSVS)
def test_csv_is_read(tmp_path, text, labels):
    at, after = b"@" if isinstance(text, bytes) else "@", ""
    text, _, after = text.partition(at)
    path = write(tmp_path, "x.CSV", text)
    dataset = load_dataset(f"{path}@{after}" if after else str(path))
    assert np.array_equal(dataset.x, [[0, 1], [1, 0], [0.5, 1e-3]]) and dataset.labels == labels
    assert dataset.shape == (2, 1)


def test_csv_and_npy_of_the_same_values_have_the_same_digest(tmp_path):
    x = load_dataset("font1").x
    write(tmp_path, "x.npy", npy(x))
    np.savetxt(tmp_path / "x.csv", x, delimiter=",")
    assert load_dataset(str(tmp_path / "x.npy")).sha256 == load_dataset(f"{tmp_path / 'x.csv'}@7x5").sha256


# --- what is refused: (file, content or None for a missing file, what follows the path, words of the answer)

NPY = npy(np.zeros((2, 35)))
CLAIM = NPY.replace(b"(2, 35)", b"(9999999, 9999999)")
WRONG = {
    "missing header": ("gone.h", None, ":Font1", "check the path"),
    "missing npy": ("gone.npy", None, "", "check the path"),
    "missing csv": ("gone.csv", None, "@7x5", "check the path"),
    "empty header": ("a.h", "", "", "empty"),
    "empty npy": ("a.npy", "", "", "empty"),
    "empty csv": ("a.csv", "", "", "empty"),
    "other ending": ("a.png", "x", "", "'font1'"),
    "size after a header": ("a.h", TWO, "@7x5", "'font1'"),
    "no font": ("a.h", "int x;", "", "no font"),
    "commented font": ("a.h", "/* " + TWO, "", "no font"),
    "one dimension": ("a.h", "int Font1[7] = {0,0,0,0,0,0,0};", "", "no font"),
    "binary header": ("a.h", b"\x00\x01\x02" * 99, "", "not text"),
    "utf-16 without a mark": ("a.h", TWO.encode("utf-16-le"), "", "not text"),
    "odd utf-16": ("a.h", TWO.encode("utf-16") + b"x", "", "not text"),
    "pointer": ("a.h", "version https://git-lfs.github.com/spec/v1\nsize 9\n", "", "Git LFS pointer"),
    "large header": ("a.h", " " * 1_000_001, "", "1,000,000 bytes"),
    "unknown font": ("a.h", TWO, ":Fnt3", "'Fnt3' in"),
    "unknown font suggests": ("a.h", TWO, ":font3", "did you mean 'Font3'"),
    "no name after the colon": ("a.h", TWO, ":", "''"),
    "several fonts": ("a.h", TWO + header(BLANK, name="Font1"), "", "'Font3', 'Font1'"),
    "cut after a row": ("a.h", TWO[: TWO.index("},") + 2], "", "cut off after glyph 1"),
    "cut in a row": ("a.h", TWO[: TWO.index("},") - 3], "", "cut off after glyph 0"),
    "cut before another font": (
        "a.h",
        TWO[: TWO.index("},") + 2] + header(BLANK, name="B"),
        ":Font3",
        "after 1 rows",
    ),
    "row of 6": ("a.h", header(RAMP, RAMP[:6]), "", "glyph 1 of Font3"),
    "row of 8": ("a.h", header([*RAMP, 0]), "", "8 numbers"),
    "empty row": ("a.h", header(RAMP, []), "", "0 numbers"),
    "flat rows": ("a.h", "int Font1[][7] = {0, 0, 0, 0, 0, 0, 0};", "", "'0, 0, 0, 0, 0, 0, 0}...'"),
    "no rows": ("a.h", "int Font1[0][7] = {};", "", "no glyph"),
    "number too large": ("a.h", header(RAMP, [32] * 7), "", "'0x20'"),
    "negative number": ("a.h", TWO.replace("0x1f", "-1"), "", "'-1'"),
    "not a number": ("a.h", TWO.replace("0x1f", "INK"), "", "'INK'"),
    "not octal": ("a.h", TWO.replace("0x1f", "08"), "", "'08'"),
    "count too large": ("a.h", header(RAMP, count="32"), "", "[32]"),
    "wrong width": ("a.h", TWO.replace("[7]", "[8]"), "", "[8]"),
    "text as npy": ("a.npy", "0,1\n", "", "numpy.save"),
    "binary as npy": ("a.npy", os.urandom(999), "", "numpy.save"),
    "zip as npy": ("a.npy", b"PK\x03\x04" + bytes(99), "", "numpy.save"),
    "truncated npy": ("a.npy", NPY[:-1], "", "numpy.save"),
    "truncated head": ("a.npy", NPY[:20], "", "numpy.save"),
    "npy that claims too much": ("a.npy", CLAIM, "", "numpy.save"),
    "hostile head": ("a.npy", NPY.replace(b"(2, 35)", b"(" * 7), "", "numpy.save"),
    "objects": ("a.npy", npy(np.array([["a", None]], dtype=object), allow_pickle=True), "", "numpy.save"),
    "complex": ("a.npy", npy(np.zeros((2, 2), complex)), "", "complex128"),
    "strings": ("a.npy", npy(np.array([["0", "1"]])), "", "<U1"),
    "dates": ("a.npy", npy(np.zeros((2, 2), "M8[s]")), "", "datetime64"),
    "records": ("a.npy", npy(np.zeros((2, 2), [("a", "f8")])), "", "'a'"),
    "scalar": ("a.npy", npy(np.float64(0)), "", "shape ()"),
    "one axis": ("a.npy", npy(np.zeros(35)), "", "shape (35,)"),
    "four axes": ("a.npy", npy(np.zeros((2, 3, 4, 5))), "", "shape (2, 3, 4, 5)"),
    "no samples": ("a.npy", npy(np.zeros((0, 35))), "", "(0, 35)"),
    "no pixels": ("a.npy", npy(np.zeros((2, 0))), "", "(2, 0)"),
    "nan": ("a.npy", npy(np.full((2, 2), np.nan)), "", "nan"),
    "infinite": ("a.npy", npy(np.full((2, 2), -np.inf)), "", "-inf"),
    "whole numbers of any scale": ("a.npy", npy(np.full((2, 2), 16)), "", "@scale=16 or @scale=255"),
    "scale of nothing": ("a.npy", NPY, "@scale=0", "@scale=255, or @scale=no"),
    "scale twice": ("a.npy", NPY, "@scale=2@scale=3", "gives the scale twice"),
    "unknown word": ("a.npy", NPY, "@skale=2", "unknown word after the @"),
    "label of an array": ("a.npy", NPY, "@label=first", "unknown word after the @"),
    "labels that are none": ("a.csv", "ink,paper\n0,1\n", "@label=inc", "did you mean 'ink'"),
    "label beyond": ("a.csv", "0.5,1\n", "@label=3", "no column '3'"),
    "a header twice": ("a.csv", "ink,ink\n0,1\n", "@label=ink", "2 columns 'ink'"),
    "one column for two": ("a.csv", "ink,b,c\n0,1,0\n", "@label=ink@y=ink", "named twice"),
    "an answer that is none": ("a.csv", "ink,b,c\n0,1,0\n", "@header=perhaps", "unknown answer"),
    "a separator that is none": ("a.csv", "ink,b,c\n0,1,0\n", "@sep=dot", "unknown separator"),
    "a header or a sample": ("a.csv", "0,1\n1,0\n", "", "@header=yes or @header=no"),
    "an index or a pixel": ("a.csv", "0,0.5\n1,0\n", "", "@index=yes or @index=no"),
    "an index or time": ("a.csv", "0,.5,1\n1,0,3\n2,0,3\n", "@y=3", "@index=yes or @index=no"),
    "a named count": ("a.csv", "nr,a\n0,.5\n1,0\n2,1\n", "", "nr of"),
    "labels or a pixel": ("a.csv", "1,.5,1\n0,0,.3\n1,1,1\n", "", "@label=first or @label=no"),
    "labels or a last pixel": ("a.csv", "a,b,c\n.5,1,7\n0,.3,3\n1,1,4\n", "", "@label=c or @label=no"),
    "labels or a pixel of 255": ("a.csv", "5,0,255\n3,9,255\n5,1,0\n", "", "@label=first or @label=no"),
    "an odd name": ("a.csv", "0,1,2,digit\n0,1,.5,0\n1,2,0,1\n", "", "@label=digit or @label=no"),
    "an odd name in front": ("a.csv", "kind,p1,p2,p3\n0,1,.5,0\n1,2,0,1\n", "", "@label=kind or @label=no"),
    "a named column of words": ("a.csv", "a,leaf kind\n0,x\n", "", "label by @label=leaf kind,"),
    "words and numbers to predict": (
        "a.csv",
        "a,b\n0,1\n1,2\n2,NA\n",
        "@y=b@index=no",
        "as classes by @label=b",
    ),
    "words in two targets": ("a.csv", "a,b,c\n0,1,x\n1,2,y\n", "@y=b+c", "give it alone, as @y=c"),
    "words beside a label": ("a.csv", "a,b,c\n0,1,x\n1,2,y\n", "@y=c@label=b", "give it alone, as @y=c"),
    "decimal points and commas": ("a.csv", "a;b\n0,5;1\n0.5;2,5\n", "", "a decimal point"),
    "negative": ("a.npy", npy(np.full((2, 2), -0.5)), "", "-0.5"),
    "size that does not fit": ("a.npy", NPY, "@7x4", "7x4"),
    "size of nothing": ("a.npy", NPY, "@0x35", "0x35"),
    "size that is none": ("a.npy", NPY, "@7", "rows x columns"),
    "empty size": ("a.csv", "0,1", "@", "rows x columns"),
    "huge size": ("a.csv", "0,1", "@" + "9" * 5000 + "x1", "rows x columns"),
    "ragged": ("a.csv", "1,0\n0\n", "", "line 2 of"),
    "not numeric": ("a.csv", "1,0\n0,x\n", "", "'x'"),
    "typing error in the first line": ("a.csv", "0,x\n0,1\n", "", "'x'"),
    "empty cell": ("a.csv", "1,0\n0,\n", "", "line 2 of"),
    "empty cells": ("a.csv", "1,0\n,\n", "", "line 2 of"),
    "empty first cells": ("a.csv", ",\n0,1\n", "", "line 1 of"),
    "short line with a label": ("a.csv", "a,b,label\n0,1\n", "", "line 2 of"),
    "long line": ("a.csv", "1,0\n0,1,1\n", "", "line 2 of"),
    "an open quote": ("a.csv", '1,0\n"0,1\n1,0\n', "", "line 3 of"),
    "header alone": ("a.csv", "label,a,b\n", "", "no samples"),
    "blank lines alone": ("a.csv", "\n \n\n", "", "no samples"),
    "labels alone": ("a.csv", "label\nx\n", "", "no column of values left"),
    "nan cell": ("a.csv", "0,nan\n", "", "nan"),
    "infinite cell": ("a.csv", "0,1e999\n", "", "1e999|inf"),  # pandas 2 reads no inf
    "cell too large": ("a.csv", "0,2.5\n", "", "holds 2.5"),
    "binary csv": ("a.csv", bytes(range(256)), "", "not text"),
    "long cell": ("a.csv", '0,"' + "1" * 200_000 + '"\n', "", "line 1 of"),
}


@pytest.mark.parametrize(("file", "content", "after", "words"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_named_in_one_line(tmp_path, file, content, after, words):
    if content is not None:
        write(tmp_path, file, content)
    message = refusal(f"{tmp_path / file}{after}")
    assert file in message and any(word in message for word in words.split("|"))
    assert "\n" not in message and len(message) < 700


@pytest.mark.parametrize("ending", ["h", "npy", "csv"])
def test_a_folder_is_not_a_file(tmp_path, ending):
    (tmp_path / f"a.{ending}").mkdir()
    assert "is a folder" in refusal(tmp_path / f"a.{ending}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    assert "a.csv" in refusal(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "spec", ["", " ", "fnt2", "FONT2", "font", "mnits", "a\nb", "font2.txt", "x" * 9999, "..", "."]
)
def test_unknown_names_get_the_list_of_names(spec):
    message = refusal(spec)
    assert all(name in message for name in DATASETS) and repr(spec[:50])[1:-1] in message
    assert "\n" not in message and len(message) < 700


@pytest.mark.parametrize(("spec", "near"), {"fnt2": "font2", "FONT3": "font3", "digit": "digits"}.items())
def test_unknown_names_get_a_suggestion(spec, near):
    assert f"did you mean '{near}'" in refusal(spec)


@pytest.mark.parametrize(
    "spec", ["a\0b.h", "a\nb.csv", "\ud800.npy", "x" * 9999 + ".h", "a\r\n.h:b\n", "/dev/null/x.csv"]
)
def test_strange_paths_are_refused_in_one_line(spec):
    message = refusal(spec)
    assert "\n" not in message and message.isprintable() and len(message) < 700


def test_a_path_object_is_accepted(tmp_path):
    assert load_dataset(write(tmp_path, "x.csv", "0,1\n")).x.shape == (1, 2)
    with pytest.raises(ValueError, match="no data set '5'"):
        load_dataset(5)


@pytest.mark.parametrize(
    "spec, labels",
    [
        ("font2[XHIR]", "XHIR"),
        ("font2[X,H,I,R]", "XHIR"),
        ("font2[[]]", "[]"),
        ("font1[,+-]", ",+-"),
        ("font1[space]", ["space"]),
        ("font1[0,space,A]".replace("A", "9"), ["0", "space", "9"]),
    ],
)
def test_letters_of_a_font_by_their_labels(spec, labels):
    whole, part = load_dataset(spec[:5]), load_dataset(spec)
    assert part.labels == tuple(labels) and part.name == spec
    assert (part.x == whole.x[[whole.index(label) for label in labels]]).all()


def test_letters_of_a_header(tmp_path):
    font = "int const Font2[2][7] = {{1, 2, 3, 4, 5, 6, 7}, {7, 6, 5, 4, 3, 2, 1}};"
    (tmp_path / "my[1].h").write_text(font)
    part = load_dataset(f"{tmp_path}/my[1].h:Font2[A]")
    assert part.labels == ("A",) and part.source.startswith("1 of 2 of Font2")


def test_a_part_keeps_every_sample_of_a_label():
    pytest.importorskip("sklearn")
    part, whole = load_dataset("digits[31]"), load_dataset("digits")
    assert set(part.labels) == {"3", "1"} and len(part.x) == whole.labels.count("3") + whole.labels.count("1")


@pytest.mark.parametrize(
    "spec, words",
    [
        ("font2[]", "no label"),
        ("font2[XX]", "a label twice"),
        ("font2[Xx]", "labelled 'x'"),
        ("fontt2[X]", "did you mean"),
        ("missing.h[X]", "there is no file 'missing.h'"),
    ],
)
def test_invalid_parts_are_refused(spec, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        load_dataset(spec)


# --- what a file says and what is said of it


def test_bytes_are_divided_by_255_and_a_note_says_so(tmp_path):
    x = np.array([[0, 51], [255, 102]])
    for file, content in {
        "a.npy": npy(x.astype("u1")),
        "b.npy": npy(x.astype("i8")),
        "c.csv": "a,b\n0,51\n255,102\n",
    }.items():
        data = load_dataset(str(write(tmp_path, file, content)))
        assert np.array_equal(data.x, x / 255) and data.notes == ("values are divided by 255",)
        assert data.remarks[0].endswith(f"{file}': values are divided by 255")
    assert load_dataset(f"{write(tmp_path, 'd.npy', npy(x.astype('u1') // 100))}").x.max() == 2 / 255
    assert load_dataset(f"{tmp_path / 'd.npy'}@scale=2").x.max() == 1
    assert not load_dataset(f"{write(tmp_path, 'e.npy', npy(np.eye(2, dtype='u1')))}").notes


def test_assumptions_about_a_csv_are_noted(tmp_path):
    counted = load_dataset(str(write(tmp_path, "a.csv", "0,0,.5\n1,1,0\n2,.1,.3\n")))
    assert "counts the samples" in counted.notes[0] and counted.labels == ("0", "1", "2")
    data = load_dataset(
        f"{write(tmp_path, 'b.csv', 'a,kind' + chr(10) + ('1,0' + chr(10) + '2,1' + chr(10)) * 5)}@y=kind"
    )
    assert data.notes == ("'kind': whole numbers, read as numbers; as classes by @label=kind",)


IRIS = "size;leaf;species\n5,1;3;setosa\n4,9;3,5;virginica\n6;2,9;setosa\n"


def test_a_column_to_predict_holds_words_or_numbers(tmp_path):
    path = write(tmp_path, "iris.csv", IRIS)
    data = load_dataset(f"{path}@y=species")
    assert data.x.tolist() == [[5.1, 3], [4.9, 3.5], [6, 2.9]] and data.columns == ("setosa", "virginica")
    assert data.y.tolist() == [[1, 0], [0, 1], [1, 0]] and data.labels == ("setosa", "virginica", "setosa")
    assert "no column of values" in refusal(f"{path}@y=leaf+size@label=species")
    one = load_dataset(f"{path}@y=leaf@label=species")
    assert one.y.tolist() == [[3], [3.5], [2.9]] and one.columns == ("leaf",)
    assert one.labels[0] == "setosa" and one.sha256 != data.sha256


def test_integer_headers_of_three_columns_or_more_are_headers(tmp_path):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(np.random.default_rng(0).uniform(size=(4, 3)))
    for index in (True, False):
        frame.to_csv(tmp_path / "a.csv", index=index)
        assert np.array_equal(load_dataset(str(tmp_path / "a.csv")).x, frame.to_numpy())
    frame.to_csv(tmp_path / "a.csv", header=False)
    assert np.array_equal(load_dataset(str(tmp_path / "a.csv")).x, frame.to_numpy())


def test_many_columns_are_read_as_few_are(tmp_path):
    x = np.random.default_rng(0).uniform(size=(3, 2500))
    np.savetxt(tmp_path / "a.csv", x, delimiter=";", fmt="%.18g")
    assert np.array_equal(load_dataset(f"{tmp_path / 'a.csv'}").x, x)
    text = (tmp_path / "a.csv").read_text().replace(".", ",")
    assert np.array_equal(load_dataset(str(write(tmp_path, "b.csv", text))).x, x)
    labelled = "\n".join(f"{line};{label}" for line, label in zip(text.split(), "aba", strict=True))
    data = load_dataset(f"{write(tmp_path, 'c.csv', labelled)}@label=last")
    assert np.array_equal(data.x, x) and data.labels == ("a", "b", "a")
    assert "line 2 of" in refusal(
        write(tmp_path, "d.csv", text.replace("\n", ";9\n", 2).replace(";9", "", 1))
    )


def savez(folder, **arrays):
    np.savez_compressed(folder / "a.npz", **arrays)
    return folder / "a.npz"


def test_npz_keeps_samples_and_targets(tmp_path):
    x = np.random.default_rng(0).uniform(size=(4, 2, 3))
    data = load_dataset(str(savez(tmp_path, x=x, other=x)))
    assert np.array_equal(data.x, x.reshape(4, 6)) and data.shape == (2, 3) and data.y is None
    assert load_dataset(str(savez(tmp_path, faces=x))).x.shape == (4, 6)
    numbers = load_dataset(f"{savez(tmp_path, X=9 * x, y=np.arange(4.0))}@3x2")
    assert numbers.y.ravel().tolist() == [0, 1, 2, 3] and numbers.x.max() > 1 and numbers.shape == (3, 2)
    classes = load_dataset(str(savez(tmp_path, x=x, labels=np.array(["b", "a", "b", "b"]))))
    assert classes.labels == ("b", "a", "b", "b") and classes.columns == ("a", "b")


def test_npz_of_keras_holds_out_its_test(tmp_path):
    x = np.arange(24).reshape(4, 6).astype("u1") * 10
    path = savez(tmp_path, x_train=x[:3], y_train=[1, 0, 1], x_test=x[3:], y_test=[7])
    data = load_dataset(str(path))
    assert np.array_equal(data.x, x[:3] / 255) and np.array_equal(data.heldout.x, x[3:] / 255)
    assert data.columns == data.heldout.columns == ("0", "1", "7")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": np.eye(2), "b": np.eye(2)}, "no array 'x'"),
        ({"x_test": np.eye(2), "b": np.eye(2)}, "no array 'x'"),
        ({"x": np.array([None, 1])}, "use numpy.savez"),
        ({"x": np.eye(2), "y": np.array([1j, 0])}, "complex128 targets"),
        ({"x": np.eye(2), "y": np.zeros(3)}, "targets of shape (3, 1)"),
        ({"x": np.eye(2, dtype=complex)}, "complex128"),
        ({"x": np.zeros(3)}, "shape (3,)"),
    ],
)
def test_archives_that_do_not_fit_are_refused(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays, allow_pickle=True)
    message = refusal(tmp_path / "a.npz")
    assert words in message and "\n" not in message and "a.npz" in message


def claiming(shape, dtype="u1"):
    """The head of a .npy file that says how much follows."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue()


def test_sizes_are_checked_before_memory_is_taken(tmp_path):
    path = write(tmp_path, "a.npy", claiming((600_000, 784)))
    with path.open("r+b") as file:
        file.truncate(1000 + 600_000 * 784)  # sparse
    assert "give at most 400,000,000 (3.2 GB), not 470,400,000" in refusal(path)
    for shape, dtype, words in [
        ((600_000, 784), "u1", "give at most 400,000,000"),
        ((10_000, 10_000), "<f8", "float64 (10000, 10000) in"),
        ((2, 2), "<U9999999", "<U9999999"),
    ]:
        with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", claiming(shape, dtype) + bytes(100_000))
        assert words in refusal(tmp_path / "b.npz")
    write(tmp_path, "c.npz", b"PK\3\4 and no more")
    assert "is not a .npz file" in refusal(tmp_path / "c.npz")
