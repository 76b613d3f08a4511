"""Displays of fitted models, fields and statistics of clusters."""

from skvaeclust._plotting._grid import MapGrid
from skvaeclust.inspection._cluster_maps import ClusterMapsDisplay
from skvaeclust.inspection._field_maps import FieldMapsDisplay
from skvaeclust.inspection._frequency_display import FrequencyDisplay
from skvaeclust.inspection._latent_space import LatentSpaceDisplay
from skvaeclust.inspection._life_cycles_display import LifeCyclesDisplay
from skvaeclust.inspection._loss_curve import LossCurveDisplay
from skvaeclust.inspection._number_of_clusters import NumberOfClustersDisplay
from skvaeclust.inspection._probabilities_display import ProbabilitiesDisplay
from skvaeclust.inspection._residence_display import ResidenceTimesDisplay
from skvaeclust.inspection._separation import SeparationDisplay
from skvaeclust.inspection._skill_display import (
    ForecastSkillDisplay,
    ReliabilityDisplay,
)
from skvaeclust.inspection._timeline import TimelineDisplay
from skvaeclust.inspection._transitions_display import TransitionsDisplay

__all__ = [
    "ClusterMapsDisplay",
    "FieldMapsDisplay",
    "ForecastSkillDisplay",
    "FrequencyDisplay",
    "LatentSpaceDisplay",
    "LifeCyclesDisplay",
    "LossCurveDisplay",
    "MapGrid",
    "NumberOfClustersDisplay",
    "ProbabilitiesDisplay",
    "ReliabilityDisplay",
    "ResidenceTimesDisplay",
    "SeparationDisplay",
    "TimelineDisplay",
    "TransitionsDisplay",
]
