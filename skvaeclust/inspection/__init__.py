"""Composites and pictures of what a model has found."""

from skvaeclust.inspection._composites import (
    cluster_means,
    core_members,
    ensemble_reconstruction,
    reconstruction_errors,
)
from skvaeclust.inspection._lead_lag import LeadLagComposites, lead_lag_composites

__all__ = [
    "LeadLagComposites",
    "cluster_means",
    "core_members",
    "ensemble_reconstruction",
    "lead_lag_composites",
    "reconstruction_errors",
]
