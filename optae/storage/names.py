"""Check that a cell belongs to its name, which is its recipe's hash, and has the fields of that recipe."""

import os
import re

from ..experiments.identity import content_hash
from ..experiments.schema import Words
from ..text import jsonable

HASH = re.compile("[0-9a-f]{16}")  # a cell's name


def misnamed(facts: Words, folder: str) -> str | None:
    """Return why a cell's record does not belong to its name, or None if it does, or is a run of train.

    A folder whose name is not a hash may hold any cell. Raises KeyError, TypeError, ... for a bad record.
    """
    name, place = facts.get("cell"), os.path.basename(os.path.realpath(folder))
    if not name:
        return None
    recipe = facts["recipe"]
    if content_hash(recipe) != name or (HASH.fullmatch(place) and place != name):
        return "its name is not its recipe's hash"
    said = {**facts, **facts["model"], **facts["budget"]}
    strange = [field for field, word in recipe.items() if _other(said, field, word)]
    strange += [
        field for field, word in (facts.get("options") or {}).items() if recipe["options"][field] != word
    ]
    if facts["environment"]["data"]["sha256"] != recipe["dataset"]["sha256"]:
        strange.append("dataset")
    return f"its `{strange[0]}` is not its recipe's" if strange else None


def _other(said: Words, field: str, word: object) -> bool:
    """Return whether a field differs from the recipe, which fills in options, data and a target's metric."""
    spelled_out = isinstance(word, dict) or field == "target"
    return field in said and not spelled_out and jsonable(said[field]) != word
