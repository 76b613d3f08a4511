"""Result of the stability of clusters, as a sentence and a table."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from skvaeclust._resampling._halves import rank_level, rank_p_value
from skvaeclust._words import counted

FOUND = 0.5  # Jaccard index above which a cluster is found


def mean(values):
    """Average over the first axis without NaN; NaN if there is nothing else."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        return np.nanmean(values, axis=0)


@dataclass(frozen=True)
class ClusterStability:
    """Result of :func:`cluster_stability`. ``print`` shows it as a sentence.

    Attributes
    ----------
    estimator : estimator
        The estimator, fitted to all samples.
    labels : ndarray of int of shape (n_samples,) or DataArray
        Its labels.
    similarities : ndarray of shape (n_splits, n_clusters)
        Jaccard index of each cluster in each half sample.
    map_correlations : ndarray of shape (n_splits, n_clusters)
        Correlation of ``maps`` with the maps of each half sample; NaN if the cluster
        has no partner.
    maps : ndarray of shape (n_clusters, ...), DataArray or Dataset
        Mean anomaly of each cluster, in the units of X; NaN on land.
    standard_error : ndarray of shape (n_clusters, ...), DataArray or Dataset
        Standard error of the maps, in the units of X.
    sign_agreement : ndarray of shape (n_clusters, ...), DataArray or Dataset
        Fraction of the half samples in which the anomaly has the sign of ``maps``; NaN
        on land. ``sign_agreement >= 0.95`` is a mask for ``significant=`` of
        :class:`~skvaeclust.inspection.FieldMapsDisplay`.
    samples : ndarray of shape (n_samples,) or DataArray
        Fraction of the fits without the sample that put it into the cluster of
        ``labels``; NaN for samples that have no cluster or were never left out.
        ``np.where(samples >= 0.5, labels, -1)`` marks samples that change cluster as
        "no cluster".
    surrogates : str
        Kind of surrogates.
    surrogate_similarity : ndarray of shape (n_surrogates,)
        Mean Jaccard index of each surrogate.
    found : ndarray of shape (n_clusters,)
        Fraction of the half samples in which the cluster is found: its Jaccard index
        exceeds 0.5.
    similarity : ndarray of shape (n_clusters,)
        Mean of ``similarities`` over the half samples.
    map_correlation : ndarray of shape (n_clusters,)
        Mean of ``map_correlations`` over the half samples.
    level : float
        Mean Jaccard index that 5 % of data without clusters exceed; NaN without
        surrogates.
    summary : str
        Sentence with the result.
    """

    estimator: object = field(repr=False)
    labels: np.ndarray = field(repr=False)
    similarities: np.ndarray = field(repr=False)
    map_correlations: np.ndarray = field(repr=False)
    maps: np.ndarray = field(repr=False)
    standard_error: np.ndarray = field(repr=False)
    sign_agreement: np.ndarray = field(repr=False)
    samples: np.ndarray = field(repr=False)
    surrogates: str
    surrogate_similarity: np.ndarray = field(repr=False)

    @property
    def found(self):
        """Fraction of the half samples in which each cluster is found."""
        missing = np.isnan(self.similarities)
        return mean(np.where(missing, np.nan, self.similarities > FOUND))

    @property
    def similarity(self):
        """Mean Jaccard index of each cluster."""
        return mean(self.similarities)

    @property
    def map_correlation(self):
        """Mean correlation of the map of each cluster."""
        return mean(self.map_correlations)

    @property
    def level(self):
        """Mean Jaccard index that 5 % of data without clusters exceed."""
        return rank_level(self.surrogate_similarity)

    @property
    def summary(self):
        """Sentence with the result."""
        overall = np.mean(self.similarity)
        halves = counted(len(self.similarities), "half sample")
        n = len(self.surrogate_similarity)
        against = ", not compared with data without clusters (n_surrogates=0)"
        if n:
            usual = np.median(self.surrogate_similarity)
            p_value = rank_p_value(overall, self.surrogate_similarity)
            against = (
                f". Data without clusters have {usual:.2f} in the median, and "
                f"at most 5 % of them exceed {self.level:.2f}: "
                f"p = {p_value:.2g} against {n} {self.surrogates} surrogates"
            )
        found = ", ".join(f"{k}: {part:.0%}" for k, part in enumerate(self.found))
        return (
            f"The mean Jaccard index over {halves} is {overall:.2f}"
            f"{against}. Half samples in which each cluster is found: {found}."
        )

    __str__ = summary.fget

    def to_frame(self):
        """Return a table of the clusters.

        Returns
        -------
        frame : pandas.DataFrame
            One row per cluster, with "fraction" (of the samples with a cluster),
            "found", "similarity" and "map_correlation".
        """
        import pandas as pd

        labels = np.asarray(self.labels)
        counts = np.bincount(labels[labels >= 0], minlength=len(self.found))
        columns = {
            "fraction": counts / counts.sum(),
            "found": self.found,
            "similarity": self.similarity,
            "map_correlation": self.map_correlation,
        }
        return pd.DataFrame(columns, pd.RangeIndex(len(counts), name="cluster"))
