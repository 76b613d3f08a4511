"""Candidate partitions of principal-component scores by several methods."""

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

N_COMPONENTS = 60  # the other components are mostly noise
N_NEIGHBORS = 10
PERPLEXITIES = (5, 10, 30)  # small ones for curved clusters, large for round


def gaussian_mixture(points, n_clusters, covariance_type, seed):
    """Cluster by a Gaussian mixture, regularised by 0.1 % of the mean variance."""
    return GaussianMixture(
        n_clusters,
        covariance_type=covariance_type,
        n_init=10,
        reg_covar=1e-3 * points.var(axis=0).mean() + np.finfo(float).tiny,
        random_state=seed,
    ).fit_predict(points)


@dataclass
class CandidatePartitions:
    """Partitions by methods of different kinds, for different kinds of data.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_components)
        Principal-component scores, in decreasing order of variance.
    seed : int
        Seed of all methods.

    Notes
    -----
    k-means and diagonal mixtures find round clusters, full mixtures elongated ones, the
    graph and t-SNE curved ones. The graph and the t-SNE embeddings are computed once
    for all numbers of clusters.
    """

    scores: np.ndarray
    seed: int

    def __post_init__(self):
        self.scores = self.scores[:, :N_COMPONENTS]
        self._embeddings, self._partitions = {}, {}

    @cached_property
    def graph(self):
        """The fuzzy graph of nearest neighbours."""
        return fuzzy_graph(self.scores, N_NEIGHBORS)

    def embedding(self, perplexity):
        """Compute the t-SNE embedding of the samples, shape (n_samples, 2)."""
        if len(self.scores) < 3 * perplexity:
            raise ValueError(
                f"Expected at least {3 * perplexity} samples for a perplexity of "
                f"{perplexity}, got {len(self.scores)}."
            )
        if perplexity not in self._embeddings:
            self._embeddings[perplexity] = TSNE(
                perplexity=perplexity,
                init="pca" if self.scores.shape[1] > 1 else "random",
                max_iter=1000 if len(self.scores) <= N_DENSE else 500,
                random_state=self.seed,
            ).fit_transform(self.scores)
        return self._embeddings[perplexity]

    def k_means(self, n_clusters):
        """Cluster by k-means."""
        points = self.scores[:, :20]
        return KMeans(n_clusters, n_init=10, random_state=self.seed).fit_predict(points)

    def mixture(self, n_clusters, covariance_type, n_components):
        """Cluster by a Gaussian mixture on the first components."""
        points = self.scores[:, :n_components]
        return gaussian_mixture(points, n_clusters, covariance_type, self.seed)

    def spectral_mixture(self, n_clusters):
        """Cluster by a Gaussian mixture on the first n_clusters - 1 eigenvectors."""
        points = random_walk(self.graph, n_clusters)[1][:, 1:]
        points = points / points.std(axis=0)
        return gaussian_mixture(points, n_clusters, "full", self.seed)

    def spectral_k_means(self, n_clusters):
        """Cluster by k-means on normalised rows of eigenvectors (Ng et al. 2001)."""
        points = random_walk(self.graph, n_clusters)[1]
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
        return KMeans(n_clusters, n_init=10, random_state=self.seed).fit_predict(points)

    def linkage_of_embedding(self, n_clusters, linkage, perplexity):
        """Cluster a t-SNE embedding hierarchically."""
        clusters = AgglomerativeClustering(n_clusters, linkage=linkage)
        return clusters.fit_predict(self.embedding(perplexity))

    def mixture_of_embedding(self, n_clusters, perplexity):
        """Cluster a t-SNE embedding by a Gaussian mixture."""
        points = self.embedding(perplexity)
        return gaussian_mixture(points, n_clusters, "full", self.seed)

    def cheap_methods(self):
        """Return methods by name: functions from a number of clusters to labels."""
        return {
            "k-means": self.k_means,
            "mixture, diagonal, 10 PCs": lambda K: self.mixture(K, "diag", 10),
            "mixture, diagonal, 20 PCs": lambda K: self.mixture(K, "diag", 20),
            "mixture, full, 5 PCs": lambda K: self.mixture(K, "full", 5),
            "mixture, full, 10 PCs": lambda K: self.mixture(K, "full", 10),
            "spectral, mixture": self.spectral_mixture,
            "spectral, k-means": self.spectral_k_means,
        }

    def embedding_methods(self):
        """Return methods by name that cluster t-SNE embeddings."""
        methods = {}
        for p in PERPLEXITIES:
            for linkage in ("ward", "average"):
                methods[f"t-SNE {p}, {linkage} linkage"] = partial(
                    self.linkage_of_embedding, linkage=linkage, perplexity=p
                )
            methods[f"t-SNE {p}, mixture"] = partial(
                self.mixture_of_embedding, perplexity=p
            )
        return methods

    @on_one_thread  # includes OpenMP, to fix the order of sums in t-SNE
    def find(self, n_clusters):
        """Return labels by name of the method; methods that fail are omitted.

        t-SNE is used only if the other methods find different clusters.
        """
        if n_clusters == 1:
            return {"one cluster": np.zeros(len(self.scores), dtype=int)}
        if n_clusters not in self._partitions:
            found = run_methods(self.cheap_methods(), n_clusters)
            if not is_clear(group(list(found.values()))[0]):
                found |= run_methods(self.embedding_methods(), n_clusters)
            self._partitions[n_clusters] = found
        return self._partitions[n_clusters]


candidate_partitions = remember(2)(CandidatePartitions)


def run_methods(methods, n_clusters):
    """TrainedRestart methods; omit those that fail."""
    found = {}
    for name, method in methods.items():
        # With few or equal samples, methods warn or raise one of these errors.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[name] = np.asarray(method(n_clusters))
            except (ValueError, TypeError, LinAlgError):
                continue
    return found
