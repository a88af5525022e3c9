"""The programs that time compiled epochs call them as they are today."""

import vae_speed


def test_an_epoch_of_the_vae_runs_and_can_be_repeated():
    once = vae_speed.epoch((6, 4, 2), batch=3, steps=2, precision="float32")
    once()


def test_times_are_a_step_s_milliseconds_and_the_share_is_that_of_the_products():
    best = {vae_speed.BOUND: (1.0, 2.0), "float32": (4.0, 6.0)}
    text = vae_speed.table(best, steps=2)
    assert "| float32 | 4.00 | 6.00 |" in text and "| 25 % |" in text
