"""Cards of notebooks: texts are escaped, pictures are the data, and no script is in them."""

import base64
import io

import numpy as np
import pytest

from optae.tables.card import IMAGES, card, curve, mosaic, rows


def test_texts_are_escaped():
    html = card("<b>", {"a&b": "<script>"}) + rows(["<i>"], [["<u>"]])
    assert "<script" not in html and "&lt;script&gt;" in html and "a&amp;b" in html and "&lt;u&gt;" in html


def test_a_curve_spans_its_room_and_leaves_out_what_is_no_number():
    html = curve([0, 1, 2, 3], [4.0, np.nan, 2.0, 1.0], "loss")
    points = html.split('points="')[1].split('"')[0].split()
    assert len(points) == 3 and points[0] == "4.0,4.0" and points[-1] == "256.0,86.0"
    assert 'aria-label="loss"' in html
    assert "(logarithmic)" in curve([0, 1], [100.0, 1.0], "loss")


@pytest.mark.parametrize("y", [[], [1.0], [np.nan, np.nan]])
def test_too_few_points_make_no_curve(y):
    assert curve(range(len(y)), y, "loss") == ""


def test_the_mosaic_shows_the_images():
    from PIL import Image

    images = np.zeros((IMAGES + 5, 6))
    images[0, 0] = 1
    html = mosaic(images, (3, 2), 'the "letters"')
    data = html.split("base64,")[1].split('"')[0]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert picture[0, 0] == 0 and picture.min() == 0 and (picture == 0).sum() == 9
    assert "&quot;letters&quot;" in html
