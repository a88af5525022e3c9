"""Pages, each one file that opens in any browser without a network."""

from .exhibit import Exhibit, exhibit
from .explorer import explorer
from .page import SOURCE, made_by_us, save

__all__ = ["SOURCE", "Exhibit", "exhibit", "explorer", "made_by_us", "save"]
