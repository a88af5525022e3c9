"""Checks of gradients, layer by layer, and of methods and metrics of one's own."""

from .certificate import Certificate
from .conformance import Conformance, conforms
from .derivatives import certify
from .files import load_function
from .grades import Grade, grade
from .metrics import measures
from .skeleton import template

__all__ = [
    "Certificate", "Conformance", "Grade", "certify", "conforms", "grade", "load_function", "measures",
    "template",
]  # fmt: skip
