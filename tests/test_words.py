"""Tests of the words of messages."""

import pytest

from skvaeclust._words import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.1, "1 s"), (12.2, "13 s"), (120, "2 min"), (7200, "2.0 h")],
)
def test_a_remaining_time_is_zero_only_at_the_end(seconds, text):
    assert duration(seconds) == text
