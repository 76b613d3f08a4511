"""Separation of the clusters of a fitted model, in latent space and in the data."""

import math
import sys
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator

from skvaeclust._fields import Layout, on_one_thread, principal_components
from skvaeclust._graph import fuzzy_graph, isolations
from skvaeclust._memory import remember
from skvaeclust._steps import as_final_step_sees, final_step
from skvaeclust.model_selection._rule import distinctness

# Graph that isolation is measured in: 8 to 12 components and 5 to 7 neighbours find the
# number of clusters equally often, on tuning seeds 0 to 7.
N_COMPONENTS, N_NEIGHBORS = 10, 6


@dataclass(frozen=True)
class Thresholds:
    """Conditions for clusters to count as distinct.

    Attributes
    ----------
    min_separation : float, default=1
        Minimum ratio r_ij; at 1, an equal mixture of two Gaussians becomes bimodal.
    min_agreement : float, default=0.7
        Minimum mean adjusted Rand index with the other starts.
    min_fraction : float, default=0.05
        Minimum fraction of the samples in a cluster.
    """

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


def separations_along_lines(means, spread):
    r"""Compute distances, spreads and their ratios for all pairs of clusters.

    Parameters
    ----------
    means : ndarray of shape (n_clusters, n_dimensions)
        Centroids; NaN for a cluster without one.
    spread : callable
        ``spread(k, direction)`` is the standard deviation of cluster k along a unit
        vector, or along a zero vector if two centroids coincide.

    Returns
    -------
    distances : ndarray of shape (n_clusters, n_clusters)
        :math:`d_{ij}`, the distance between centroids.
    spreads : ndarray of shape (n_clusters, n_clusters)
        :math:`s_{ij}`, the standard deviation of cluster i along the line to j.
    ratios : ndarray of shape (n_clusters, n_clusters)
        :math:`r_{ij} = d_{ij} / (s_{ij} + s_{ji})`, NaN on the diagonal.
    """
    n_clusters = len(means)
    distances = np.zeros((n_clusters, n_clusters))
    spreads, ratios = np.full((2, n_clusters, n_clusters), np.nan)
    for i, j in combinations(range(n_clusters), 2):
        line = means[j] - means[i]
        d = distances[i, j] = distances[j, i] = np.linalg.norm(line)
        line = line / d if d > 0 else line
        s = spreads[i, j], spreads[j, i] = spread(i, line), spread(j, line)
        if d == 0:
            ratios[i, j] = ratios[j, i] = 0
        else:
            ratios[i, j] = ratios[j, i] = d / sum(s) if sum(s) != 0 else math.inf
    return distances, spreads, ratios


def separations_of_samples(positions, labels, n_clusters):
    """Compute distances, spreads and their ratios for all pairs from samples.

    Parameters
    ----------
    positions : ndarray of shape (n_samples, n_dimensions)
    labels : ndarray of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    distances, spreads, ratios : ndarray of shape (n_clusters, n_clusters)
        NaN for clusters of fewer than two samples, which have no spread.
    """
    members = [positions[labels == k] for k in range(n_clusters)]
    means = np.full((n_clusters, positions.shape[1]), np.nan)
    for k, rows in enumerate(members):
        if len(rows) > 1:
            means[k] = rows.mean(axis=0)

    def spread(k, line):
        return np.std(members[k] @ line, ddof=1) if len(members[k]) > 1 else math.nan

    return separations_along_lines(means, spread)


def smallest(ratios):
    """Return the minimum off the diagonal; 0 for one cluster or if any is NaN."""
    values = ratios[np.triu_indices(len(ratios), 1)]
    if values.size == 0 or np.isnan(values).any():
        return 0.0
    return float(values.min())


@dataclass(frozen=True)
class ClassifiabilityReport:
    """Separation of clusters, which ``print`` shows as a table.

    Attributes
    ----------
    distances : ndarray of shape (n_clusters, n_clusters)
        Distance between the centroids, in latent space.
    spreads : ndarray of shape (n_clusters, n_clusters)
        Standard deviation of cluster i along the line from its centroid to that of j.
    ratios : ndarray of shape (n_clusters, n_clusters)
        Distance over the sum of the two spreads; NaN on the diagonal.
    weights : ndarray of shape (n_clusters,)
        Fraction of the samples in each cluster.
    agreement : float
        Mean adjusted Rand index of the clusters with the partitions of the other
        starts; NaN if there are none.
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
        """The smallest ratio; 0 for a single cluster or if a cluster is empty."""
        return smallest(self.ratios) if np.all(self.weights > 0) else 0.0

    @property
    def min_distance(self):
        """The smallest distance; 0 for a single cluster or if a cluster is empty."""
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
            verdict = {True: "yes", False: "no"}.get(met.get(name), "not known")
            lines.append(f"smallest {name} {value:.2f} ({limit}): {verdict}")
        return "\n".join(lines)


def classifiability_report(
    estimator, X=None, *, min_separation=1.0, min_agreement=0.7, min_fraction=0.05
):
    r"""Report how well the clusters of a fitted model are separated.

    Parameters
    ----------
    estimator : fitted VAEClustering, or Pipeline that ends in one
        Any estimator with ``latent_means_``, ``latent_variances_`` and ``weights_`` is
        accepted.
    X : array-like of shape (n_samples, ...), default=None
        Samples, flat or fields. If given, centroids, spreads and fractions are computed
        from their latent positions (``transform``) and labels (``predict``); otherwise,
        they are those of the model.
    min_separation : float, default=1
        Condition "separation": every ratio is larger than this value.
    min_agreement : float, default=0.7
        Condition "agreement": the mean adjusted Rand index of the clusters with the
        partitions of the other starts (``restart_agreement_``) is at least this value.
        Omitted if there was only one start.
    min_fraction : float, default=0.05
        Condition "fraction": every cluster has at least this fraction of the samples.

    Returns
    -------
    report : ClassifiabilityReport
        Distances, spreads, ratios, and the conditions by name.

    See Also
    --------
    separation_scorer : The smallest ratio, for a search.
    choose_n_clusters : Test whether there are clusters at all.

    Notes
    -----
    With the centroids :math:`\mu_i` and the unit vector :math:`u` along
    :math:`\mu_j - \mu_i`, the ratio of a pair is

    .. math:: r_{ij} = \frac{d_{ij}}{s_i + s_j}, \qquad d_{ij} = |\mu_j - \mu_i|,
              \qquad s_i^2 = u^T \Sigma_i u,

    following the conditions of [1]_ on centroids and variances in latent space, which
    need no samples. It is related to Ashman's
    :math:`D = \sqrt 2\, d / \sqrt{s_i^2 + s_j^2}` [2]_, which is 2r for equal spreads;
    D > 2 is called a clean separation. An equal mixture of two Gaussians of equal
    spread has two modes if and only if d > 2 s [3]_, that is, r > 1. However, a single
    Gaussian cut into halves has
    :math:`r = \sqrt{2/\pi} / \sqrt{1 - 2/\pi} = 1.32`, so a ratio above 1 does not
    prove clusters, and networks that cut a cloud pull its parts further apart. Compare
    with surrogates, see :func:`choose_n_clusters`.

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
    model = final_step(estimator)
    weights = model.weights_
    if X is None:
        means, variances = model.latent_means_, model.latent_variances_
        separations = separations_along_lines(
            means, lambda k, line: math.sqrt(variances[k] @ line**2)
        )
    else:
        labels = estimator.predict(X)
        weights = np.bincount(labels, minlength=len(weights)) / len(labels)
        positions = np.asarray(estimator.transform(X))
        separations = separations_of_samples(positions, labels, len(weights))
    return ClassifiabilityReport(
        *separations,
        weights=weights,
        agreement=getattr(model, "restart_agreement_", math.nan),
        thresholds=Thresholds(min_separation, min_agreement, min_fraction),
    )


def separation_scorer(estimator, X, y=None):
    """Return the minimum separation of two clusters, as a scorer for searches.

    Parameters
    ----------
    estimator : fitted VAEClustering, or Pipeline that ends in one
        Fitted model; it is not refitted.
    X : Ignored
        The separation is that of p(z|k), which needs no samples.
    y : Ignored
        Not used, present for API consistency by convention.

    Returns
    -------
    separation : float
        The smallest ratio of :func:`classifiability_report`, higher is better; 0 for a
        single cluster or if a cluster is empty.

    See Also
    --------
    classifiability_scorer : This and other scores by name, as needed by
        :func:`select_classifiable`.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.model_selection import separation_scorer
    >>> search = GridSearchCV(
    ...     VAEClustering(),
    ...     {"n_clusters": [2, 3, 4]},
    ...     scoring=separation_scorer,
    ... )
    """
    return _finite(classifiability_report(estimator).min_separation)


@remember(2)
def neighbor_graph(rows):
    """Compute the graph of neighbours on the leading principal components."""
    mean, components, _ = principal_components(rows)
    if not len(components):  # all samples are equal
        return csr_array((len(rows), len(rows)))
    return fuzzy_graph((rows - mean) @ components[:N_COMPONENTS].T, N_NEIGHBORS)


def isolation_in_data(estimator, X):
    """Compute the smallest isolation of two clusters, in X as the clusterer sees it."""
    model, seen = final_step(estimator), as_final_step_sees(estimator, X)
    _, rows = Layout.fit(BaseEstimator(), seen, min_samples=1)
    graph = neighbor_graph(rows.astype(float, copy=False))
    return smallest(isolations(graph, model.predict(seen), len(model.weights_)))


@on_one_thread
def classifiability_scorer(estimator, X, y=None):
    """Return several scores by name, for ``scoring=classifiability_scorer``.

    Parameters
    ----------
    estimator : fitted VAEClustering, or Pipeline that ends in one
        Fitted model; it is not refitted.
    X : array-like of shape (n_samples, n_features) or \
            (n_samples, channels, height, width)
        Samples, for "distinctness", "isolation" and "elbo".
    y : Ignored
        Not used, present for API consistency by convention.

    Returns
    -------
    scores : dict of float
        "distinctness" and its factors "isolation" and "agreement" (see
        :func:`choose_n_clusters`), "separation" (the smallest ratio of p(z|k), see
        :func:`classifiability_report`), "distance" (the smallest distance between two
        centroids of p(z|k)), "smallest_fraction" (smallest fraction of the training
        samples in a cluster) and "elbo" (``score`` of the estimator). Higher is better.
        All are finite except "agreement", which is NaN if there was no other start.
    """
    report = classifiability_report(estimator)
    isolation = isolation_in_data(estimator, X)
    return {
        "distinctness": distinctness(isolation, report.agreement),
        "isolation": isolation,
        "agreement": report.agreement,
        "separation": _finite(report.min_separation),
        "distance": _finite(report.min_distance),
        "smallest_fraction": float(report.weights.min()),
        "elbo": float(estimator.score(X)),
    }


def _finite(value):
    return min(value, sys.float_info.max)
