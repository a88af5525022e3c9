"""Check that a cell belongs to its name, which is its recipe's hash, and has the fields of that recipe."""

import os
import re

from ..experiments.identity import stored_hash
from ..experiments.schema import Words
from ..experiments.warm_start import named
from ..text import jsonable

HASH = re.compile("[0-9a-f]{16}")  # a cell's name
NO_START = named("")  # of a recipe that begins with initial weights


def misnamed(facts: Words, folder: str) -> str | None:
    """Return why a cell's record does not belong to its name, or None if it does, or is a run of train.

    A folder whose name is not a hash may hold any cell. Raises KeyError, TypeError, ... for a bad record.
    """
    name, recipe = facts.get("cell"), facts.get("recipe", {})
    if not name:
        return None
    if stored_hash(recipe) != name or not _fits(name, folder):
        return "its name is not its recipe's hash"
    said = {**facts, **facts["model"], **facts["budget"]}
    strange = [name for name, word in recipe.items() if said.get(name) != word and _other(said, name, word)]
    strange += [
        field for field, word in (facts.get("options") or {}).items() if recipe["options"][field] != word
    ]
    if facts["environment"]["data"]["sha256"] != recipe["dataset"]["sha256"]:
        strange.append("dataset")
    if named(facts.get("warm_start") or "") != recipe.get("warm_start", NO_START):
        strange.append("warm_start")
    return f"its `{strange[0]}` is not its recipe's" if strange else None


def _fits(name: str, folder: str) -> bool:
    """Return whether the cell of this name may lie in that folder."""
    place = os.path.basename(folder)
    if place != name:
        place = os.path.basename(os.path.realpath(folder))
    return place == name or not HASH.fullmatch(place)


def _other(said: Words, field: str, word: object) -> bool:
    """Return whether a field differs from the recipe, which fills in options, data and a target's metric."""
    spelled_out = isinstance(word, dict) or field == "target"
    return field in said and not spelled_out and jsonable(said[field]) != word
