"""Pages that open in any browser from one file, with no network: to look at."""

from .exhibit import Exhibit, exhibit
from .explorer import explorer
from .page import SOURCE, made_by_us, save

__all__ = ["SOURCE", "Exhibit", "exhibit", "explorer", "made_by_us", "save"]
