"""Partitions of principal-component scores by cheap methods of scikit-learn."""

import warnings
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy.linalg import LinAlgError
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture

from skvaeclust._fields import on_one_thread
from skvaeclust._graph import N_DENSE, fuzzy_graph, random_walk
from skvaeclust._memory import remember
from skvaeclust._training._groups import group, is_clear

N_COMPONENTS = 60  # as in the prototypes of the starts; more are mostly noise
N_NEIGHBORS = 10  # as in the prototypes
PERPLEXITIES = (5, 10, 30)  # small ones find bent clusters, large ones round ones


def gaussian_mixture(points, n_clusters, covariance_type, seed):
    """Cluster by a Gaussian mixture; covariances grow by 0.1 % of the variance."""
    return GaussianMixture(
        n_clusters,
        covariance_type=covariance_type,
        n_init=10,
        reg_covar=1e-3 * points.var(axis=0).mean() + np.finfo(float).tiny,
        random_state=seed,
    ).fit_predict(points)


@dataclass
class Portfolio:
    """Partitions by methods of different kinds, each good on other data.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_components)
        Principal-component scores, the largest variance first.
    seed : int
        Seed of all methods.

    Notes
    -----
    k-means and diagonal mixtures find round clusters, full ones long ones, the graph
    and t-SNE bent ones. The graph and the layouts serve all numbers of clusters.
    """

    scores: np.ndarray
    seed: int

    def __post_init__(self):
        self.scores = self.scores[:, :N_COMPONENTS]
        self._layouts, self._partitions = {}, {}

    @cached_property
    def graph(self):
        """The fuzzy graph of nearest neighbours."""
        return fuzzy_graph(self.scores, N_NEIGHBORS)

    def layout(self, perplexity):
        """Compute the map of t-SNE, shape (n_samples, 2)."""
        if len(self.scores) < 3 * perplexity:
            raise ValueError(f"Too few samples for a perplexity of {perplexity}.")
        if perplexity not in self._layouts:
            self._layouts[perplexity] = TSNE(
                perplexity=perplexity,
                init="pca" if self.scores.shape[1] > 1 else "random",
                max_iter=1000 if len(self.scores) <= N_DENSE else 500,
                random_state=self.seed,
            ).fit_transform(self.scores)
        return self._layouts[perplexity]

    def k_means(self, n_clusters):
        """Cluster by k-means."""
        points = self.scores[:, :20]
        return KMeans(n_clusters, n_init=10, random_state=self.seed).fit_predict(points)

    def mixture(self, n_clusters, covariance_type, n_components):
        """Cluster by a Gaussian mixture on the first components."""
        points = self.scores[:, :n_components]
        return gaussian_mixture(points, n_clusters, covariance_type, self.seed)

    def spectral_mixture(self, n_clusters):
        """Cluster by a mixture on the first n_clusters - 1 spectral coordinates."""
        points = random_walk(self.graph, n_clusters)[1][:, 1:]
        points = points / points.std(axis=0)
        return gaussian_mixture(points, n_clusters, "full", self.seed)

    def spectral_k_means(self, n_clusters):
        """Cluster directions of spectral coordinates by k-means (Ng et al. 2001)."""
        points = random_walk(self.graph, n_clusters)[1]
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
        return KMeans(n_clusters, n_init=10, random_state=self.seed).fit_predict(points)

    def linkage_of_layout(self, n_clusters, linkage, perplexity):
        """Cluster the map of t-SNE by a hierarchy."""
        clusters = AgglomerativeClustering(n_clusters, linkage=linkage)
        return clusters.fit_predict(self.layout(perplexity))

    def mixture_of_layout(self, n_clusters, perplexity):
        """Cluster the map of t-SNE by a mixture."""
        points = self.layout(perplexity)
        return gaussian_mixture(points, n_clusters, "full", self.seed)

    def cheap_methods(self):
        """List functions from a number of clusters to labels, by name."""
        return {
            "k-means": self.k_means,
            "mixture, diagonal, 10 PCs": lambda K: self.mixture(K, "diag", 10),
            "mixture, diagonal, 20 PCs": lambda K: self.mixture(K, "diag", 20),
            "mixture, full, 5 PCs": lambda K: self.mixture(K, "full", 5),
            "mixture, full, 10 PCs": lambda K: self.mixture(K, "full", 10),
            "spectral, mixture": self.spectral_mixture,
            "spectral, k-means": self.spectral_k_means,
        }

    def layout_methods(self):
        """List functions from a number of clusters to labels, on maps of t-SNE."""
        methods = {}
        for p in PERPLEXITIES:
            for linkage in ("ward", "average"):
                methods[f"t-SNE {p}, {linkage} linkage"] = partial(
                    self.linkage_of_layout, linkage=linkage, perplexity=p
                )
            methods[f"t-SNE {p}, mixture"] = partial(
                self.mixture_of_layout, perplexity=p
            )
        return methods

    @on_one_thread  # of OpenMP too: sums of t-SNE then have one order
    def partitions(self, n_clusters):
        """Return labels by the name of the method, except those that cannot run.

        Maps are drawn only where the cheap methods find different clusters.
        """
        if n_clusters == 1:
            return {"one cluster": np.zeros(len(self.scores), dtype=int)}
        if n_clusters not in self._partitions:
            found = run_methods(self.cheap_methods(), n_clusters)
            if not is_clear(group(list(found.values()))[0]):
                found |= run_methods(self.layout_methods(), n_clusters)
            self._partitions[n_clusters] = found
        return self._partitions[n_clusters]


shared_portfolio = remember(2)(Portfolio)


def run_methods(methods, n_clusters):
    """Run methods; leave out those that cannot run."""
    found = {}
    for name, method in methods.items():
        # Few or equal samples: methods warn, or refuse with one of these errors.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[name] = np.asarray(method(n_clusters))
            except (ValueError, TypeError, LinAlgError):
                continue
    return found
