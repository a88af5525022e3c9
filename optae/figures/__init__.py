"""Pictures of a trained model that a student would hand in. Only whoever wants one pays for matplotlib."""

from .curves import curves
from .decoded import decoded_plane
from .letters import letter, reconstructions, walk
from .planes import latent_plane
from .style import made_by, save

__all__ = [
    "curves",
    "decoded_plane",
    "latent_plane",
    "letter",
    "made_by",
    "reconstructions",
    "save",
    "walk",
]
