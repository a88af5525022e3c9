"""The files of pictures: the same bytes each time, text as text, and nobody else's file is overwritten."""

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure
from optae.cli.main import main

import optae
from optae import figures
from optae.figures import check_place, made_by, save


def figure():
    drawn = Figure(figsize=(3, 2))
    drawn.subplots().set_title("Lösung of adam")
    return drawn


@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_equal_pictures_are_equal_files_that_name_their_source(tmp_path, form):
    paths = [save(figure(), tmp_path / f"{name}.{form}", "optae plot") for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert made_by("optae plot", paths[0]) and not made_by("optae train", paths[0])
    assert check_place(paths[0], "optae plot") == paths[0]
    with pytest.raises(ValueError, match="is not a picture of optae train"):
        check_place(paths[0], "optae train")


def test_text_stays_text(tmp_path):
    svg = save(figure(), tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ">Lösung of adam</text>" in svg
    pdf = save(figure(), tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf


@pytest.mark.parametrize("form", ["pdf", "svg"])
def test_a_file_of_another_program_is_kept(tmp_path, form):
    path = tmp_path / f"a.{form}"
    path.write_bytes(b"%PDF-1.4 somebody's" if form == "pdf" else b"<svg></svg>")
    with pytest.raises(ValueError, match="choose another place"):
        check_place(path, "optae plot")


def test_another_ending_is_a_plain_line(tmp_path):
    with pytest.raises(ValueError, match=r"end it with \.png, \.pdf or \.svg"):
        save(figure(), tmp_path / "a.jpg")


def test_plot_writes_the_format_that_is_asked_for(tmp_path):
    problem = {"dataset": "font2[ABCD]", "arch": "35,3,2", "max_evaluations": 9}
    optae.bench(problem | {"method": ["adam", "l-bfgs"], "seed": 2}, tmp_path / "grid", jobs=1)

    def run(*words):
        return CliRunner().invoke(main, ["plot", "boxes", str(tmp_path / "grid"), *map(str, words)])

    assert run("--out", tmp_path / "a.pdf").exit_code == 0 and (tmp_path / "a.pdf").is_file()
    assert run("--format", "svg").exit_code == 0 and (tmp_path / "grid-boxes.svg").is_file()
    said = run("--format", "svg", "--out", tmp_path / "b.pdf")
    assert said.exit_code == 2 and "end its name with .svg" in " ".join(said.output.split())


def test_no_module_hides_the_function_of_its_name():
    """A module that is imported becomes an attribute of the package, before the function is looked up."""
    assert not [name for name, place in figures.LATER.items() if name == place]
