"""Classifiability of a fitted model: separation in latent space and in the data."""

import math
import sys
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator

from skvaeclust._arguments import check_number
from skvaeclust._components import principal_components
from skvaeclust._fields import Layout
from skvaeclust._graph import fuzzy_graph, isolations
from skvaeclust._limits import FRACTION, checked, real
from skvaeclust._memory import remember
from skvaeclust._steps import (
    RESAMPLE,
    as_final_step_sees,
    final_step,
    require_estimator,
)
from skvaeclust._threads import on_one_thread
from skvaeclust.model_selection._rule import MIN_FRACTION, distinctness
from skvaeclust.model_selection._separation import (
    separations_along_lines,
    separations_of_samples,
    smallest,
)

N_COMPONENTS, N_NEIGHBORS = 10, 6  # of the graph in which isolation is computed


@dataclass(frozen=True)
class Thresholds:
    """Conditions of :func:`classifiability_report`, described there."""

    min_separation: float = 1.0
    min_agreement: float = 0.7
    min_fraction: float = 0.05

    def conditions(self, separation, agreement, fraction):
        """Return whether each condition is met, by name; omit agreement if NaN."""
        met = {"separation": separation > self.min_separation}
        if not math.isnan(agreement):
            met["agreement"] = agreement >= self.min_agreement
        met["fraction"] = fraction >= self.min_fraction
        return {name: bool(value) for name, value in met.items()}


@dataclass(frozen=True)
class ClassifiabilityReport:
    """Separation of the clusters of a model. ``print`` shows it as a table.

    Attributes
    ----------
    distances : ndarray of shape (n_clusters, n_clusters)
        Distance between the centroids, in latent space.
    spreads : ndarray of shape (n_clusters, n_clusters)
        Standard deviation of cluster i along the line from its centroid to that of j.
    ratios : ndarray of shape (n_clusters, n_clusters)
        Distance divided by the sum of the two spreads; NaN on the diagonal.
    weights : ndarray of shape (n_clusters,)
        Fraction of the samples in each cluster.
    agreement : float
        Mean adjusted Rand index with the partitions of the other starts; NaN if there
        are none.
    thresholds : Thresholds
        Thresholds of the conditions.
    """

    distances: np.ndarray
    spreads: np.ndarray
    ratios: np.ndarray
    weights: np.ndarray
    agreement: float
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def min_separation(self):
        """Minimum ratio; 0 for a single cluster or if a cluster is empty."""
        return smallest(self.ratios) if np.all(self.weights > 0) else 0.0

    @property
    def min_distance(self):
        """Minimum distance; 0 for a single cluster or if a cluster is empty."""
        return smallest(self.distances) if np.all(self.weights > 0) else 0.0

    @property
    def conditions(self):
        """Whether each condition is met, by name."""
        return self.thresholds.conditions(
            self.min_separation, self.agreement, self.weights.min()
        )

    @property
    def satisfied(self):
        """Whether all conditions are met."""
        return all(self.conditions.values())

    def to_frame(self):
        """Return a table of all pairs of clusters.

        Returns
        -------
        frame : pandas.DataFrame
            One row per pair "i", "j", with "distance", "spread_i", "spread_j" and
            "ratio".
        """
        import pandas as pd

        return pd.DataFrame(self._rows()).set_index(["i", "j"])

    def _rows(self):
        i, j = np.triu_indices(len(self.weights), 1)
        return {
            "i": i,
            "j": j,
            "distance": self.distances[i, j],
            "spread_i": self.spreads[i, j],
            "spread_j": self.spreads[j, i],
            "ratio": self.ratios[i, j],
        }

    def __str__(self):
        rows = self._rows()
        lines = ["  i   j  distance  spread i  spread j   ratio"]
        for i, j, d, s, t, r in zip(*rows.values(), strict=True):
            lines.append(f"{i:3d} {j:3d} {d:9.3g} {s:9.3g} {t:9.3g} {r:7.2f}")
        limits, met = self.thresholds, self.conditions
        values = {
            "separation": (self.min_separation, f"> {limits.min_separation:g}"),
            "agreement": (self.agreement, f">= {limits.min_agreement:g}"),
            "fraction": (self.weights.min(), f">= {limits.min_fraction:g}"),
        }
        for name, (value, limit) in values.items():
            answer = {True: "yes", False: "no"}.get(met.get(name), "unknown")
            lines.append(f"minimum {name} {value:.2f} ({limit}): {answer}")
        return "\n".join(lines)


@checked(
    {
        "min_separation": [real(0, None, closed="left")],
        "min_agreement": [real(-1, 1)],
        "min_fraction": [FRACTION],
    }
)
def classifiability_report(
    estimator, X=None, *, min_separation=1.0, min_agreement=0.7, min_fraction=0.05
):
    r"""Report how well the clusters of a fitted model are separated.

    Parameters
    ----------
    estimator : fitted VAEClustering, Pipeline that ends in one, or FieldClustering
        Other estimators need ``latent_means_``, ``latent_variances_`` and ``weights_``.
    X : array-like of shape (n_samples, ...) or labelled fields, default=None
        Samples, flat or fields, from whose latent positions and labels the centroids,
        spreads and fractions are computed. Default: those of p(z|k). Samples without a
        cluster (-1) are included only in the denominator of the fractions.
    min_separation : float, default=1
        Condition "separation": every ratio exceeds this value.
    min_agreement : float, default=0.7
        Condition "agreement": ``restart_agreement_``, the mean adjusted Rand index with
        the partitions of the other starts, is at least this value. Omitted if there was
        only one start.
    min_fraction : float, default=0.05
        Condition "fraction": each cluster has at least this fraction of the samples.

    Returns
    -------
    report : ClassifiabilityReport
        Distances, spreads, ratios, and the conditions by name.

    See Also
    --------
    classifiability_scorer : Distinctness of the clusters, for a search.
    choose_n_clusters : Test whether there are clusters at all.

    Notes
    -----
    With the centroids :math:`\mu_i` and the unit vector :math:`u` along
    :math:`\mu_j - \mu_i`, the ratio of a pair is

    .. math:: r_{ij} = \frac{d_{ij}}{s_i + s_j}, \qquad d_{ij} = |\mu_j - \mu_i|,
              \qquad s_i^2 = u^T \Sigma_i u,

    following the conditions of [1]_ on centroids and variances in latent space. It is
    related to Ashman's :math:`D = \sqrt 2\, d / \sqrt{s_i^2 + s_j^2}` [2]_, which is 2r
    for equal spreads; D > 2 is called a clean separation. An equal mixture of two
    Gaussians of equal spread has two modes if and only if d > 2 s [3]_, that is, r > 1.

    A ratio above 1 does not prove that there are clusters: the halves of a single
    Gaussian have :math:`r = \sqrt{2/\pi} / \sqrt{1 - 2/\pi} = 1.32`, and the networks
    can separate them further. Use :func:`choose_n_clusters` to compare with data
    without clusters.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`
    .. [2] K. M. Ashman, C. M. Bird, S. E. Zepf, "Detecting bimodality in astronomical
       datasets", Astronomical Journal 108, 1994. :doi:`10.1086/117248`
    .. [3] J. Behboodian, "On the modes of a mixture of two normal distributions",
       Technometrics 12, 1970. :doi:`10.1080/00401706.1970.10488640`

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.model_selection import classifiability_report
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> report = classifiability_report(model)
    >>> report.to_frame().shape
    (3, 4)
    >>> report.conditions["fraction"]
    True
    """
    require_estimator(estimator, "fit")
    model = final_step(estimator, otherwise=RESAMPLE)
    weights = model.weights_
    if X is None:
        means, variances = model.latent_means_, model.latent_variances_
        separations = separations_along_lines(
            means, lambda k, line: math.sqrt(variances[k] @ line**2)
        )
    else:
        labels = np.ravel(estimator.predict(X))
        counts = np.bincount(labels[labels >= 0], minlength=len(weights))
        weights = counts / len(labels)
        positions = np.asarray(estimator.transform(X))
        positions = positions.reshape(len(labels), -1)
        separations = separations_of_samples(positions, labels, len(weights))
    return ClassifiabilityReport(
        *separations,
        weights=weights,
        agreement=getattr(model, "restart_agreement_", math.nan),
        thresholds=Thresholds(min_separation, min_agreement, min_fraction),
    )


@remember(2)
def neighbor_graph(rows):
    """Compute the neighbour graph of the scores on the leading components."""
    mean, components, _ = principal_components(rows)
    if not len(components):  # all samples are equal
        return csr_array((len(rows), len(rows)))
    return fuzzy_graph((rows - mean) @ components[:N_COMPONENTS].T, N_NEIGHBORS)


def isolation_in_data(estimator, X):
    """Compute the minimum isolation of two clusters, in X as the clusterer sees it."""
    model = final_step(estimator, otherwise=RESAMPLE)
    seen = as_final_step_sees(estimator, X)
    _, rows = Layout.fit(BaseEstimator(), seen, min_samples=1)
    graph = neighbor_graph(rows.astype(float, copy=False))
    return smallest(isolations(graph, model.predict(seen), len(model.weights_)))


@on_one_thread
def scores_of(estimator, X):
    """Return the scores of a fitted model by name; higher is better.

    Parameters
    ----------
    estimator : fitted estimator
    X : array-like of shape (n_samples, ...) or labelled fields

    Returns
    -------
    scores : dict of float
        All are finite, except that "agreement" is NaN if there was no other start.

        ===================  ==========================================================
        "distinctness"       from isolation and agreement
        "isolation"          minimum over pairs of clusters, in the neighbour graph of
                             X
        "agreement"          mean adjusted Rand index with the other starts
        "separation"         minimum ratio of p(z|k)
        "distance"           minimum distance between two centroids of p(z|k)
        "smallest_fraction"  minimum fraction of the training samples in a cluster
        "elbo"               ``score`` of the estimator
        ===================  ==========================================================
    """
    report = classifiability_report(estimator)
    isolation = isolation_in_data(estimator, X)
    return {
        "distinctness": distinctness(isolation, report.agreement),
        "isolation": isolation,
        "agreement": report.agreement,
        "separation": min(report.min_separation, sys.float_info.max),
        "distance": min(report.min_distance, sys.float_info.max),
        "smallest_fraction": float(report.weights.min()),
        "elbo": float(estimator.score(X)),
    }


@on_one_thread
def classifiability_scorer(estimator, X, y=None, *, min_fraction=MIN_FRACTION):
    """Return the distinctness of the clusters of a model, for ``scoring=`` of a search.

    Parameters
    ----------
    estimator : fitted VAEClustering, Pipeline that ends in one, or FieldClustering
        Fitted model; it is not refitted.
    X : array-like of shape (n_samples, ...) or labelled fields
        Samples in whose neighbour graph the isolation of the clusters is computed.
    y : Ignored
        Not used, present for API consistency by convention.
    min_fraction : float, default=0.05
        Minimum fraction of the training samples in a cluster. To change it, pass
        ``functools.partial(classifiability_scorer, min_fraction=0.02)`` to the search.

    Returns
    -------
    distinctness : float
        Between 0 and 1, higher is better; see :func:`choose_n_clusters`. 0 for a single
        cluster, or if a cluster is smaller than ``min_fraction``.

    See Also
    --------
    select_classifiable : Rule for ``refit=``, which prefers more clusters.
    classifiability_report : Distances and spreads of the clusters of one model.

    Examples
    --------
    Without ``refit``, a search selects the most distinct clusters:

    >>> from sklearn.model_selection import GridSearchCV
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.model_selection import (
    ...     classifiability_scorer,
    ...     select_classifiable,
    ... )
    >>> model, grid = VAEClustering(), {"n_clusters": [2, 3, 4], "latent_dim": [2, 3]}
    >>> search = GridSearchCV(model, grid, scoring=classifiability_scorer)

    With :func:`select_classifiable`, it selects the largest number of clusters that are
    nearly the most distinct:

    >>> search = GridSearchCV(
    ...     model, grid, scoring=classifiability_scorer, refit=select_classifiable
    ... )
    """
    check_number(min_fraction, "min_fraction", 0, 1)
    report = classifiability_report(estimator)
    if report.weights.min() < min_fraction:
        return 0.0
    return distinctness(isolation_in_data(estimator, X), report.agreement)
