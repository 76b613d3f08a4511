"""Regime index: standardised projections of anomalies on patterns."""

from dataclasses import dataclass, replace

import numpy as np

from skvaeclust._attrs import CLUSTERED
from skvaeclust._threads import on_one_thread
from skvaeclust.xarray._evaluation import has_data
from skvaeclust.xarray._results import label_columns

ATTRS = {
    "long_name": "regime index",
    "description": "standardised projection of anomalies on the patterns of clusters",
    "units": "1",
}


@dataclass(frozen=True)
class Projection:
    """Projections of samples on patterns, and their distribution in the fit.

    Attributes
    ----------
    patterns : ndarray of shape (n_clusters, n_valid)
        Weighted and scaled anomalies; NaN for an empty cluster.
    center : ndarray of shape (n_valid,)
        Mean of the rows of samples if they are not anomalies, otherwise 0.
    total : float
        Sum of the weights.
    mean, std : ndarray of shape (n_clusters,)
        Of the projections of the samples of the fit.
    """

    patterns: np.ndarray
    center: np.ndarray
    total: float
    mean: np.ndarray = 0.0
    std: np.ndarray = 1.0

    @on_one_thread
    def __call__(self, rows):
        """Return the standardised projections, shape (n_samples, n_clusters)."""
        projections = (rows - self.center) @ self.patterns.T / self.total
        with np.errstate(invalid="ignore", divide="ignore"):
            return (projections - self.mean) / self.std


def fit_projection(model, batches, labels):
    """Fit the projection on the clusters of a model.

    Parameters
    ----------
    model : FieldClustering
        Its patterns are the means of the clusters, unless its clusterer has others.
    batches : callable
        Returns an iterable of the rows (n, n_valid) of the samples of the fit.
    labels : ndarray of int of shape (n_samples,)

    Returns
    -------
    projection : Projection
    """
    transformer = model.transformer_
    center, means = average(batches(), labels, model._n_clusters)
    if transformer.regression_.removes:
        center = np.zeros_like(center)
    patterns = getattr(model.estimator_, "rows", means - center)
    total = float(np.square(transformer.point_weights_).sum())
    project = Projection(patterns, center, total)
    found = np.concatenate([project(rows) for rows in batches()])
    return replace(project, mean=found.mean(axis=0), std=found.std(axis=0))


@on_one_thread
def average(batches, labels, n_clusters):
    """Average rows over all samples, and over those of each cluster."""
    total, sums, start = 0.0, 0.0, 0
    for rows in batches:
        own = labels[start : start + len(rows)] == np.arange(n_clusters)[:, None]
        sums = sums + own.astype(float) @ rows
        total = total + rows.sum(axis=0)
        start += len(rows)
    counts = np.bincount(labels[labels >= 0], minlength=n_clusters)[:, None]
    with np.errstate(invalid="ignore"):
        return total / start, sums / counts


def regime_index(model, X):
    """Compute the index of labelled fields; see `FieldClustering.regime_index`."""
    transformer, project = model.transformer_, model._projection
    n_clusters = model._n_clusters

    def columns(rows):
        found = np.full((len(rows), n_clusters), np.nan)
        present = has_data(rows)
        found[present] = project(rows[present])
        return found

    data = transformer.align(X)
    values = transformer.apply(data, columns, (n_clusters,), reduced=False)
    dims = transformer.grid_.sample_dims(data)
    names, sizes, clusters = ["regime_index"], [n_clusters], model._clusters
    index = label_columns(values, names, sizes, data, dims, clusters)
    clustered = {CLUSTERED: ", ".join(map(str, data.data_vars))}
    return index["regime_index"].assign_attrs(ATTRS | clustered)
