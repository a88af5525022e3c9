"""A hundred epochs of the VAE 784-512-256-2 on MNIST, its dropout chosen without a look at the test images.

    OPTAE_DATA=folder/around/mnist python benchmarks/vae_100.py [--jobs 2]

First the strengths of vae_100_choice.toml train on 50,000 training images; the one with the least mean -ELBO
on the other 10,000 is written into vae_100.toml. Then that spec runs, five seeds on all the training images,
and its runs look at the test images once, at the end. Writes results/vae_100.md. Cells are kept in grids/,
so that a second call goes on where the first one stopped. Half an hour and an hour on one core.
"""

import re
from pathlib import Path

from grids import GRIDS, jobs_asked, run_grid
from pandas import DataFrame
from stamp import HERE, report


def choose(frame: DataFrame) -> str:
    """The noise with the least mean -ELBO on the training images held out."""
    return str(frame.groupby("noise")["negative_elbo"].mean().idxmin())


def rewrite(noise: str) -> Path:
    """Write the chosen noise into vae_100.toml."""
    path = HERE / "vae_100.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'^noise = "[^"]*"', f'noise = "{noise}"', text, flags=re.MULTILINE), encoding="utf-8"
    )
    return path


def main() -> None:
    """Choose, train, write the page."""
    jobs = jobs_asked(__doc__)
    rewrite(choose(run_grid("vae_100_choice", jobs)))
    run_grid("vae_100", jobs)
    print(report("vae_100", [GRIDS / "vae_100_choice", GRIDS / "vae_100"]).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
