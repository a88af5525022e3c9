"""Figures of a trained model and of many runs; the first one that is used loads matplotlib."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .curves import curves
from .decoded_plane import decoded_plane
from .files import check_place, made_by, save
from .latent_plane import latent_plane
from .medium import made_for
from .reconstructions import letter, reconstructions, walk

if TYPE_CHECKING:
    from .comparison.boxes import boxes
    from .comparison.convergence import convergence
    from .comparison.critical_difference import critical_difference
    from .comparison.paths import paths
    from .comparison.profiles import data_profile, ecdf, profile
    from .denoising import codes_under_noise, confusion, error_by_level, restored
    from .landscape import slices
    from .mistakes import confused, confusion_matrix
    from .noisy import noisy_pairs
    from .spectrum import curvature, unfolding
    from .vae import bounds, heldout_pairs, quantile_grid, samples, traversal

# Pictures of a comparison import the statistics, which those of a single run do not need. A module here has
# another name than its function, which it would hide.
LATER = {
    "bounds": "vae",
    "boxes": "comparison.boxes",
    "codes_under_noise": "denoising",
    "confused": "mistakes",
    "confusion": "denoising",
    "confusion_matrix": "mistakes",
    "convergence": "comparison.convergence",
    "critical_difference": "comparison.critical_difference",
    "curvature": "spectrum",
    "data_profile": "comparison.profiles",
    "ecdf": "comparison.profiles",
    "error_by_level": "denoising",
    "heldout_pairs": "vae",
    "noisy_pairs": "noisy",
    "paths": "comparison.paths",
    "profile": "comparison.profiles",
    "quantile_grid": "vae",
    "restored": "denoising",
    "samples": "vae",
    "slices": "landscape",
    "traversal": "vae",
    "unfolding": "spectrum",
}

__all__ = [
    "bounds",
    "boxes",
    "check_place",
    "codes_under_noise",
    "confused",
    "confusion",
    "confusion_matrix",
    "convergence",
    "critical_difference",
    "curvature",
    "curves",
    "data_profile",
    "decoded_plane",
    "ecdf",
    "error_by_level",
    "heldout_pairs",
    "latent_plane",
    "letter",
    "made_by",
    "made_for",
    "noisy_pairs",
    "paths",
    "profile",
    "quantile_grid",
    "reconstructions",
    "restored",
    "samples",
    "save",
    "slices",
    "traversal",
    "unfolding",
    "walk",
]


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{LATER[name]}", __name__), name)
