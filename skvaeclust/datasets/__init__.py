"""Synthetic flow fields with known patterns, and one real data set."""

from skvaeclust.datasets._coastal import make_coastal_circulations
from skvaeclust.datasets._idealized import make_idealized_circulations
from skvaeclust.datasets._north_atlantic import load_north_atlantic_slp

__all__ = [
    "load_north_atlantic_slp",
    "make_coastal_circulations",
    "make_idealized_circulations",
]
