"""Words of messages."""

from math import ceil


def counted(number, noun):
    """Return a number with its noun, in the plural unless the number is 1."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown(value):
    """Return the representation of a value in one line of at most 60 letters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def duration(seconds):
    """Return a duration, for example "12 s". Seconds are rounded up."""
    if seconds < 90:
        return f"{ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
