"""Fields of the members of clusters: means, composites, reconstructions and tests."""

from skvaeclust.composites._cluster_significance import cluster_significance
from skvaeclust.composites._core_members import core_members
from skvaeclust.composites._lead_lag import LeadLagComposites, lead_lag_composites
from skvaeclust.composites._means import cluster_means, decoded_centers
from skvaeclust.composites._reconstruction import (
    ensemble_reconstruction,
    reconstruction_errors,
)
from skvaeclust.composites._unassigned import is_unassigned

__all__ = [
    "LeadLagComposites",
    "cluster_means",
    "cluster_significance",
    "core_members",
    "decoded_centers",
    "ensemble_reconstruction",
    "is_unassigned",
    "lead_lag_composites",
    "reconstruction_errors",
]
