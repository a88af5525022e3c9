"""Reports, tables and pictures in Spanish: all that is said has a phrase, and English stays as it is."""

import re
import tomllib
from string import Formatter

import pytest
from commands import done
from matplotlib.text import Text
from places import TOP
from runs import Grid, run
from runs import frame as frame_of

from optae import figures
from optae.comparison import summarise
from optae.comparison.paired import verdict
from optae.figures.style import in_language
from optae.tables.language import LANGUAGE, translated, translated_page, translated_table

PHRASES = tomllib.loads((TOP / "optae" / "data" / "es.toml").read_text(encoding="utf-8"))["phrases"]
ENGLISH = re.compile(r"\b(the|of|and|which|runs|seeds|over|with|wrong|best|worst|by)\b", re.IGNORECASE)


@pytest.fixture
def spanish():
    token = LANGUAGE.set("es")
    yield
    LANGUAGE.reset(token)


@pytest.fixture(scope="module")
def frame():
    """Two methods on seven seeds, the first always ahead."""
    return frame_of(
        *(run(name, seed, value + seed) for name, value in (("adam", 1), ("lm", 2)) for seed in range(7))
    )


def places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_phrase_keeps_the_places_of_its_english():
    assert {english for english, spanish in PHRASES.items() if places(english) != places(spanish)} == set()


@pytest.mark.parametrize("english", PHRASES)
def test_every_phrase_is_reached(english, spanish):
    values = {f"{i}": f"z{i}" for i in range(10)}
    filled = [
        re.sub(r"\{(\d)\}", lambda place: values[place[1]], text) for text in (english, PHRASES[english])
    ]
    assert translated(filled[0]) == filled[1]


def test_the_sentences_of_a_caption_are_spoken_one_by_one(spanish):
    text = "The latent plane. Each of 32 dots is a sample, with its label. "
    assert translated(text) == "El plano latente. Cada uno de los 32 puntos es una muestra, con su nombre. "
    assert translated("A name of a user. no wrong pixel in any image") == (
        "A name of a user. ningún píxel equivocado en ninguna imagen"
    )


def test_a_verdict_is_spanish_from_end_to_end(frame, spanish):
    text = translated_table(verdict(frame, "adam", "lm").table).caption
    assert not ENGLISH.search(text), text


def test_a_table_is_spanish_but_for_names(frame, spanish):
    table = translated_table(summarise(frame, None, "value", "max_pixel_error=0"))
    said = [word for column in table.columns for word in (column.head, column.meaning)]
    assert [text for text in said if ENGLISH.search(text)] == []


def test_a_figure_is_spanish(spanish):
    figure = in_language(figures.boxes(Grid().frame, "bce"))
    texts = [text.get_text() for text in figure.findobj(Text)]
    assert [text for text in texts if ENGLISH.search(text)] == []


def test_english_is_left_as_it_is(frame):
    assert translated("seeds") == "seeds" and translated_page(">Verdict<") == ">Verdict<"
    table = summarise(frame, None)
    assert translated_table(table) is table


def test_the_command_line_chooses_and_does_not_remember(here, monkeypatch):
    asked = []
    monkeypatch.setattr("optae.cli.methods.methods.callback", lambda **_: asked.append(LANGUAGE.get()))
    for words in (["--lang", "es"], []):
        done(*words, "methods")
    monkeypatch.setenv("OPTAE_LANG", "es")
    done("methods")
    assert asked == ["es", "en", "es"] and LANGUAGE.get() == "en"
