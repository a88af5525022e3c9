"""Pictures of a trained model that a student would hand in. Only whoever wants one pays for matplotlib."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .curves import curves
from .decoded import decoded_plane
from .letters import letter, reconstructions, walk
from .planes import latent_plane
from .style import made_by, save

if TYPE_CHECKING:
    from .denoising import codes_under_noise, confusion, error_by_level, restored
    from .descent import convergence
    from .journeys import paths
    from .landscape import slices
    from .mistaken import confused, confusion_matrix
    from .profiles import data_profile, ecdf, profile
    from .ranks import critical_difference
    from .spread import boxes
    from .vae import bounds, heldout_pairs, quantile_grid, samples, traversal

LATER = {  # the pictures of a comparison bring the statistics along, which no single run needs
    "bounds": "vae",
    "boxes": "spread",
    "codes_under_noise": "denoising",
    "confused": "mistaken",
    "confusion": "denoising",
    "confusion_matrix": "mistaken",
    "convergence": "descent",
    "critical_difference": "ranks",
    "data_profile": "profiles",
    "ecdf": "profiles",
    "error_by_level": "denoising",
    "heldout_pairs": "vae",
    "paths": "journeys",
    "profile": "profiles",
    "quantile_grid": "vae",
    "restored": "denoising",
    "samples": "vae",
    "slices": "landscape",
    "traversal": "vae",
}

__all__ = [
    "bounds",
    "boxes",
    "codes_under_noise",
    "confused",
    "confusion",
    "confusion_matrix",
    "convergence",
    "critical_difference",
    "curves",
    "data_profile",
    "decoded_plane",
    "ecdf",
    "error_by_level",
    "heldout_pairs",
    "latent_plane",
    "letter",
    "made_by",
    "paths",
    "profile",
    "quantile_grid",
    "reconstructions",
    "restored",
    "samples",
    "save",
    "slices",
    "traversal",
    "walk",
]


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{LATER[name]}", __name__), name)
