"""Labels in time: frequencies, residence times, transitions and persistence."""

from skvaeclust.sequences._sequence import (
    persistence,
    transition_counts,
    transition_probabilities,
)
from skvaeclust.sequences._smoothing import smooth_probabilities
from skvaeclust.sequences._statistics import (
    frequencies,
    frequency_trends,
    residence_times,
)
from skvaeclust.sequences._transitions import preferred_transitions

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
