"""Checks of gradients, layer by layer: the models' own, and a user's."""

from .certificate import Certificate
from .conformance import Conformance, conforms
from .derivatives import certify
from .files import load_function
from .grades import Grade, grade
from .skeleton import template

__all__ = [
    "Certificate", "Conformance", "Grade", "certify", "conforms", "grade", "load_function", "template",
]  # fmt: skip
