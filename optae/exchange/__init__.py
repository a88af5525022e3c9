"""Networks in the formats of other libraries: one file a format, `FORMATS` their registry."""

from .formats import FORMATS as FORMATS
from .formats import load_network as load_network
from .formats import save_network as save_network
from .runs import export_run as export_run
from .runs import import_run as import_run
