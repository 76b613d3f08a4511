"""Labels in time: frequencies, trends, residence times, transitions and smoothing."""

from skvaeclust.sequences._frequencies import frequencies
from skvaeclust.sequences._residence import persistence, residence_times
from skvaeclust.sequences._smoothing import smooth_probabilities
from skvaeclust.sequences._transitions import (
    preferred_transitions,
    transition_counts,
    transition_probabilities,
)
from skvaeclust.sequences._trends import frequency_trends

__all__ = [
    "frequencies",
    "frequency_trends",
    "persistence",
    "preferred_transitions",
    "residence_times",
    "smooth_probabilities",
    "transition_counts",
    "transition_probabilities",
]
