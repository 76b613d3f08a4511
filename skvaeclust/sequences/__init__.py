"""Labels in time: frequencies, trends, residence times, transitions and smoothing."""

from skvaeclust.sequences._frequencies import frequencies
from skvaeclust.sequences._life_cycles import LifeCycles, life_cycles
from skvaeclust.sequences._residence import persistence, residence_times
from skvaeclust.sequences._smoothing import smooth_probabilities
from skvaeclust.sequences._transitions import (
    preferred_transitions,
    transition_counts,
    transition_probabilities,
)
from skvaeclust.sequences._trends import frequency_trends

__all__ = [
    "LifeCycles",
    "frequencies",
    "frequency_trends",
    "life_cycles",
    "persistence",
    "preferred_transitions",
    "residence_times",
    "smooth_probabilities",
    "transition_counts",
    "transition_probabilities",
]
