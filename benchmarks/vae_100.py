"""A hundred epochs of the VAE 784-512-256-2 on MNIST, its dropout chosen without a look at the test images.

    OPTAE_DATA=folder/around/mnist python benchmarks/vae_100.py [--jobs 2]

First the strengths of vae_100_choice.toml train on 50,000 training images; the one with the least mean -ELBO
on the other 10,000 is written into vae_100.toml. Then that spec runs, five seeds on all the training images,
and its runs look at the test images once, at the end. Writes results/vae_100.md. Cells are kept in grids/,
so that a second call goes on where the first one stopped. Half an hour and an hour on one core.
"""

import argparse
import re
from pathlib import Path
from typing import Any

from decks import Sheet, run_cells
from stamp import HERE, write

from optae.execution.runner import cores
from optae.experiments.grid import read_spec

ABOUT = """# A hundred epochs of the VAE 784-512-256-2 on MNIST, five seeds

The encoder is trained on images of which dropout takes pixels, and reads whole images afterwards. Its
strength was chosen by the -ELBO of 10,000 *training* images held out from runs of the same length on the
other 50,000, on a seed that the second table does not show; {chosen} is the best of the first table. The
runs of the second table train on all 60,000 images, and look at the test images once, at their end.
"""


def choose(frame: Any) -> str:
    """The noise with the least mean -ELBO on the training images held out."""
    return str(frame.groupby("noise")["negative_elbo"].mean().idxmin())


def rewrite(noise: str) -> Path:
    """Write the chosen noise into vae_100.toml."""
    path = HERE / "vae_100.toml"
    text = re.sub(
        r'^noise = "[^"]*"', f'noise = "{noise}"', path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    path.write_text(text, encoding="utf-8")
    return path


def main() -> None:
    """Choose, train, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=cores(), help="runs at a time")
    jobs = parser.parse_args().jobs
    tried = run_cells("vae_100_choice", read_spec(HERE / "vae_100_choice.toml").experiments, jobs)
    noise = choose(tried)
    runs = run_cells("vae_100", read_spec(rewrite(noise)).experiments, jobs)
    columns = ("mean", "sd", "best", "worst", "seconds", "compile")
    sheets = [
        Sheet("negative_elbo", ("noise",), ("mean", "best", "worst")).text(tried),
        Sheet("negative_elbo", ("noise", "label"), columns).text(runs),
        Sheet("negative_iwae", ("noise", "label"), ("mean", "sd", "best", "worst")).text(runs),
    ]
    text = "\n\n".join([ABOUT.format(chosen=f"`{noise}`"), *sheets])
    path = write("vae_100", text, f"one thread a run, {jobs} at a time")
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
