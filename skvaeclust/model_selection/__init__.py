"""Selection of the number of clusters and of other parameters."""

from skvaeclust._resampling._surrogates import (
    gaussian_surrogates,
    phase_randomized_surrogates,
    unimodal_surrogates,
)
from skvaeclust.model_selection._choose import choose_n_clusters
from skvaeclust.model_selection._classifiability import (
    ClassifiabilityReport,
    classifiability_report,
    classifiability_scorer,
)
from skvaeclust.model_selection._index import classifiability_index
from skvaeclust.model_selection._reproducibility import (
    HalfSampleAgreement,
    half_sample_agreement,
)
from skvaeclust.model_selection._result import NumberOfClusters
from skvaeclust.model_selection._selection import all_samples_cv, select_classifiable
from skvaeclust.model_selection._stability import cluster_stability
from skvaeclust.model_selection._stability_result import ClusterStability

__all__ = [
    "ClassifiabilityReport",
    "ClusterStability",
    "HalfSampleAgreement",
    "NumberOfClusters",
    "all_samples_cv",
    "choose_n_clusters",
    "classifiability_index",
    "classifiability_report",
    "classifiability_scorer",
    "cluster_stability",
    "gaussian_surrogates",
    "half_sample_agreement",
    "phase_randomized_surrogates",
    "select_classifiable",
    "unimodal_surrogates",
]
