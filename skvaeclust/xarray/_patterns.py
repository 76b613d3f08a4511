"""Models from given patterns, such as those that were published."""

import numpy as np
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.utils.validation import check_is_fitted, validate_data

from skvaeclust._arguments import check_flag
from skvaeclust._grids._grid import GridMismatchError
from skvaeclust._grids._variables import as_dataset
from skvaeclust._threads import on_one_thread
from skvaeclust._warnings import warn
from skvaeclust.xarray._results import squared_distances
from skvaeclust.xarray._transformer import FieldTransformer

PATTERN = "pattern of a cluster"  # stands for "cluster", a name of the results


class PatternClusterer(ClusterMixin, BaseEstimator):
    """Assign samples to given patterns.

    Parameters
    ----------
    patterns : ndarray of shape (n_clusters, n_features)
        Features of the patterns.
    rows : ndarray of shape (n_clusters, n_valid)
        The same at all valid points, as anomalies, for the regime index.
    names : ndarray of shape (n_clusters,), default=None
        Names of the clusters. Default: their indices.
    assignment : {"distance", "correlation"}, default="distance"
    point_weights : ndarray of shape (n_features,), default=None
        Square roots of the weights, which features contain; for correlations.
    channel : ndarray of int of shape (n_features,), default=None
        Variable of each feature; for correlations.
    """

    def __init__(
        self,
        patterns,
        rows,
        *,
        names=None,
        assignment="distance",
        point_weights=None,
        channel=None,
    ):
        self.patterns = patterns
        self.rows = rows
        self.names = names
        self.assignment = assignment
        self.point_weights = point_weights
        self.channel = channel

    def fit(self, X, y=None):
        """Assign samples to the patterns."""
        validate_data(self, X)
        self.cluster_centers_ = np.array(self.patterns)
        self.labels_ = self.predict(X)
        return self

    @on_one_thread
    def predict(self, X):
        """Return the nearest or the most correlated pattern, the first of equals."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        if self.assignment == "distance":
            return squared_distances(X, self.cluster_centers_).argmin(axis=1)
        return self._correlation(X).argmax(axis=1)

    def _correlation(self, X):
        """Return weighted correlations, shape (n_samples, n_clusters)."""
        rows = [self._centered(rows) for rows in (X, self.cluster_centers_)]
        return cosine_similarity(*rows)

    def _centered(self, rows):
        """Subtract the weighted mean of each variable."""
        rows, root = rows.copy(), self.point_weights
        for i in np.unique(self.channel):
            own = self.channel == i
            mean = rows[:, own] @ root[own] / np.square(root[own]).sum()
            rows[:, own] -= mean[:, None] * root[own]
        return rows


def align_patterns(patterns, grid):
    """Align patterns with a grid.

    Parameters
    ----------
    patterns : DataArray, Dataset or list of DataArrays
        With the dimension "cluster".
    grid : Grid

    Returns
    -------
    rows : ndarray of shape (n_clusters, n_points)
    names : ndarray or None
        Coordinate of the clusters.
    """
    data = as_dataset(patterns, "patterns")
    if "cluster" not in data.dims:
        raise ValueError(
            f"patterns must have the dimension 'cluster', got {[*data.dims]}. Rename "
            "it, for example patterns.rename(regime='cluster')."
        )
    if data.sizes["cluster"] == 0:
        raise ValueError("patterns must have at least 1 cluster, got 0.")
    names = data["cluster"].values if "cluster" in data.coords else None
    if names is not None and len(np.unique(names)) < len(names):
        raise ValueError(
            "The names of patterns in the coordinate 'cluster' must differ, got "
            f"{names.tolist()}."
        )
    outside = [d for d in data.dims if d not in (*grid.dims, "cluster")]
    try:
        data = grid.align(data.rename(cluster=PATTERN))
    except GridMismatchError as error:
        raise ValueError(
            f"patterns must be on the grid of reference. {error} Interpolate them, for "
            "example patterns.interp_like(reference), or patterns.interp(lat=..., "
            "lon=...)."
        ) from None
    if outside:
        raise ValueError(
            f"patterns must have 'cluster' and the grid {grid.dims} only, got the "
            f"dimension {outside[0]!r}. Select one index of it."
        )
    return grid.rows(data).astype(float), names


def fit_reference(reference, params):
    """Fit a FieldTransformer to the reference of patterns."""
    unknown = {*params} - {*FieldTransformer().get_params()} | {*params} & {"output"}
    if unknown:
        raise TypeError(
            f"from_patterns has no parameter {min(unknown)!r}. Expected those of "
            "FieldClustering, without estimator and output."
        )
    as_dataset(reference, "reference")  # raises errors that name it
    return FieldTransformer(**params).fit(reference)


def refuse_missing(rows, transformer):
    """Raise an error for the first value that patterns lack at a valid point."""
    missing = ~np.isfinite(rows)
    if missing.any():
        k, point = np.argwhere(missing)[0]
        place = transformer.grid_.place(np.flatnonzero(transformer.valid_)[point])
        value = "NaN" if np.isnan(rows[k, point]) else rows[k, point]
        raise ValueError(
            f"patterns must have data where reference has, got {value} in pattern {k} "
            f"at {place}."
        )


def are_anomalies(patterns, normal):
    """Check whether patterns are anomalies from a climatology, or fields.

    A mean of the patterns, weighted by the frequencies of the clusters, is 0 for
    anomalies, and the climatology for fields.

    Parameters
    ----------
    patterns : ndarray of shape (n_clusters, n_valid)
    normal : ndarray of shape (n_valid,)

    Returns
    -------
    anomalies : bool
    """
    if np.linalg.norm(normal) <= 1e-9 * np.linalg.norm(patterns) or not patterns.any():
        return True
    from_zero, from_normal = (
        distance_to_means(patterns - target) for target in (0.0, normal)
    )
    if max(from_zero, from_normal) < 2 * min(from_zero, from_normal):
        raise ValueError(
            "Cannot tell whether the patterns are anomalies: their weighted means are "
            f"at least {from_zero:.3g} from 0 and {from_normal:.3g} from the "
            "climatology of reference. Pass anomalies=True or anomalies=False."
        )
    return bool(from_zero < from_normal)


def distance_to_means(rows):
    """Return the smallest norm of a weighted mean of rows."""
    factor = np.linalg.qr(rows.T, mode="r")
    size = 1e3 * np.abs(factor).max()  # of the equation: the weights sum to 1
    system = np.vstack([factor, np.full(len(rows), size)])
    weights, _ = nnls(system, np.append(np.zeros(len(factor)), size))
    return np.linalg.norm(factor @ weights) / weights.sum()


def make_clusterer(patterns, transformer, assignment, anomalies):
    """Make the clusterer of given patterns; see `FieldClustering.from_patterns`.

    Parameters
    ----------
    patterns : DataArray, Dataset or list of DataArrays
    transformer : FieldTransformer
        Fitted to the reference.
    assignment : {"distance", "correlation"}
    anomalies : bool or None

    Returns
    -------
    clusterer : PatternClusterer
    """
    if assignment not in ("distance", "correlation"):
        raise ValueError(
            f"assignment must be 'distance' or 'correlation', got {assignment!r}."
        )
    if anomalies is not None:
        check_flag(anomalies, "anomalies")
    values, names = align_patterns(patterns, transformer.grid_)
    rows = values[:, transformer.valid_]
    refuse_missing(rows, transformer)
    normal, root = transformer.regression_.mean, transformer.point_weights_
    if anomalies is None:
        anomalies = are_anomalies(rows * root, normal * root)
        if not anomalies and transformer.regression_.design.needs_time:
            warn(
                "The patterns are taken as fields, from which the mean of the "
                "climatology is subtracted: the dates of their samples are unknown. "
                "Pass anomalies, such as cluster_anomalies_, or anomalies=False.",
                UserWarning,
            )
    rows = rows if anomalies else rows - normal
    removes = transformer.regression_.removes
    rows, values = (
        array / transformer.scale_ * root
        for array in (rows, rows if removes else rows + normal)
    )
    params = {}
    if assignment == "correlation":
        if transformer.n_components is not None or not removes:
            raise ValueError(
                "assignment='correlation' compares anomalies at all points. Expected "
                "n_components=None and a climatology, got n_components="
                f"{transformer.n_components} and climatology={transformer.climatology}."
            )
        params = {"point_weights": root, "channel": transformer.channel_of_point}
    return PatternClusterer(
        transformer.reduce(values), rows, names=names, assignment=assignment, **params
    )
