"""Composites and displays of the clusters of a fitted model."""

from skvaeclust._style import cluster_color
from skvaeclust.inspection._cluster_maps import ClusterMapsDisplay
from skvaeclust.inspection._composites import (
    cluster_means,
    core_members,
    ensemble_reconstruction,
    reconstruction_errors,
)
from skvaeclust.inspection._field_maps import FieldMapsDisplay
from skvaeclust.inspection._frequency_display import FrequencyDisplay
from skvaeclust.inspection._latent_space import LatentSpaceDisplay
from skvaeclust.inspection._lead_lag import LeadLagComposites, lead_lag_composites
from skvaeclust.inspection._loss_curve import LossCurveDisplay
from skvaeclust.inspection._persistent import persistent_probabilities
from skvaeclust.inspection._residence_display import ResidenceTimesDisplay
from skvaeclust.inspection._separation import SeparationDisplay
from skvaeclust.inspection._sequence import (
    persistence,
    transition_counts,
    transition_probabilities,
)
from skvaeclust.inspection._statistics import (
    frequencies,
    frequency_trends,
    residence_times,
)
from skvaeclust.inspection._timeline import TimelineDisplay
from skvaeclust.inspection._transitions import preferred_transitions
from skvaeclust.inspection._transitions_display import TransitionsDisplay
from skvaeclust.inspection._unexplained import without_cluster

__all__ = [
    "ClusterMapsDisplay",
    "FieldMapsDisplay",
    "FrequencyDisplay",
    "LatentSpaceDisplay",
    "LeadLagComposites",
    "LossCurveDisplay",
    "ResidenceTimesDisplay",
    "SeparationDisplay",
    "TimelineDisplay",
    "TransitionsDisplay",
    "cluster_color",
    "cluster_means",
    "core_members",
    "ensemble_reconstruction",
    "frequencies",
    "frequency_trends",
    "lead_lag_composites",
    "persistence",
    "persistent_probabilities",
    "preferred_transitions",
    "reconstruction_errors",
    "residence_times",
    "transition_counts",
    "transition_probabilities",
    "without_cluster",
]
