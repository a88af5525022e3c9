"""Tables on paper and in narrow terminals: what a real LaTeX makes of them, and where lines break."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from runs import frame, run

from optae.comparison import summarise
from optae.tables.render import render
from optae.tables.table import Column, Table

RUNS = frame(
    *(run(f"adam lr={rate} batch=8", seed, 1.0 + seed) for rate in (0.001, 0.01) for seed in range(12))
)
DOCUMENT = r"\documentclass{article}\usepackage{booktabs}\begin{document}%s\end{document}"


def test_a_caption_and_a_label_are_latexs():
    text = render(summarise(RUNS), "latex", caption="Adam & friends", label="tab:adam")
    assert text.startswith("% needs \\usepackage{booktabs}")
    assert "\\caption{Adam \\& friends}" in text and "\\label{tab:adam}" in text
    caption, below = text.split("\\begin{tabular}")
    assert "half of the runs" not in caption and "half of the runs" in below
    assert render(summarise(RUNS), "markdown", caption="Adam").startswith("Adam\n")
    with pytest.raises(ValueError, match="`label` is for `format` latex"):
        render(summarise(RUNS), "markdown", label="tab:adam")


def test_columns_that_do_not_fit_a_page_are_named():
    names = [f"column{k}" for k in range(12)]
    table = Table(pd.DataFrame({name: [1.0] for name in names}), tuple(Column(name, name) for name in names))
    text = render(table, "latex")
    (left_out,) = re.findall(r"% left out, to fit a page: (.*); name the columns that you want", text)
    shown = text[text.index("toprule") :]
    assert all((name in shown) != (name in left_out.split(", ")) for name in names)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.parametrize("target", [None, "max_pixel_error=0"])
def test_a_real_latex_compiles_it_and_it_fits_the_page(tmp_path, target):
    text = render(summarise(RUNS, target=target), "latex", label="tab:adam")
    (tmp_path / "t.tex").write_text(DOCUMENT % text)
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    said = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    if "booktabs.sty' not found" in said.stdout:
        pytest.skip("needs the LaTeX package booktabs")
    assert said.returncode == 0, said.stdout[-2000:]
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", said.stdout)]
    assert max(wide, default=0.0) < 2


@pytest.mark.parametrize("width", [40, 50, 60, 80])
def test_words_are_not_cut_in_a_narrow_terminal(width):
    text = render(summarise(RUNS), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert all(word in text for word in ("lr=0.001", "batch=8", "median", "processor"))


def test_a_word_longer_than_the_terminal_is_cut():
    table = Table.of(pd.DataFrame({"x" * 50: ["y" * 60], "z": [np.pi]}))
    assert max(map(len, render(table, width=40).splitlines())) <= 40
