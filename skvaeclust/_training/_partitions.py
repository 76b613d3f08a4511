"""Candidate partitions of principal-component scores by several methods."""

import warnings
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy.linalg import LinAlgError
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.manifold import TSNE
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier

from skvaeclust._components import subset
from skvaeclust._graph import N_DENSE, fuzzy_graph, random_walk
from skvaeclust._memory import remember
from skvaeclust._mixtures import mixture_from_labels
from skvaeclust._threads import on_one_thread
from skvaeclust._training._groups import CONSENSUS, group, is_clear
from skvaeclust._training._likelihood import (
    log_densities,
    regularisation,
    split_well_determined,
)

N_COMPONENTS = 60  # the other components are mostly noise
N_NEIGHBORS = 10
PERPLEXITIES = (5, 10, 30)  # small ones for curved clusters, large for round
# Samples of which a random subset is enough for the best of several initialisations,
# for the graph, and for t-SNE.
N_LANDMARKS, N_EMBEDDED = 2000, 1000
LEADING = 20  # components that k-means uses, and mixtures at most
# Numbers of components that mixtures are searched on, of initialisations, and of those
# that are refined on the leading components.
SEARCHED, N_SEARCHED, N_REFINED = (5, 10, LEADING), 60, 8
# With more samples, in all and per cluster, mixtures may have many parameters.
MANY, MANY_PER_CLUSTER = 500, 125


def n_initialisations(n_clusters):
    """Return the number of initialisations: fewer for many clusters, to save time."""
    return max(3, min(10, 100 // n_clusters))


def gaussian_mixture(points, n_clusters, covariance_type, seed, **params):
    """Make a Gaussian mixture with regularised covariances."""
    return GaussianMixture(
        n_clusters,
        covariance_type=covariance_type,
        reg_covar=regularisation(points),
        random_state=seed,
        **params,
    )


def continued(mixture, points):
    """Make a mixture for other points that starts from a fitted one."""
    return gaussian_mixture(
        points,
        mixture.n_components,
        mixture.covariance_type,
        mixture.random_state,
        weights_init=mixture.weights_,
        means_init=mixture.means_,
        precisions_init=mixture.precisions_,
    )


def search_mixtures(points, n_clusters, seed):
    """Fit full mixtures shortly, from many initialisations; return the best labels.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
    n_clusters, seed : int

    Returns
    -------
    found : list of ndarray of shape (n_samples,)
        Labels of the mixtures with the highest likelihood, in decreasing order.
    """
    rng, found = np.random.RandomState(seed), []
    n_searched = max(6, N_SEARCHED * 4 // max(4, n_clusters))
    for _ in range(n_searched):
        mixture = gaussian_mixture(
            points,
            n_clusters,
            "full",
            rng.randint(np.iinfo(np.int32).max),
            init_params="k-means++",
            max_iter=15,
            tol=1e-2,
        )
        labels = mixture.fit_predict(points)
        found.append((mixture.lower_bound_, labels))
    found.sort(key=lambda pair: -pair[0])
    return [labels for _, labels in found[: min(N_REFINED, n_searched // 6)]]


def needs_likelihood(n_samples, means):
    """Return whether a likelihood selects the start, since partitions disagree.

    ``means`` are the mean agreements of `group`.
    """
    return n_samples > MANY and means[0] < CONSENSUS


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

    k-means and mixtures use all samples; with more than 2000, the best of several
    initialisations is found on a random subset. The graph has at most 2000 samples and
    t-SNE, if there are more, 1000: others get the label of most of their neighbours.
    """

    scores: np.ndarray
    seed: int

    def __post_init__(self):
        self.scores = self.scores[:, :N_COMPONENTS]
        n_samples = len(self.scores)
        self.landmarks = subset(n_samples, N_LANDMARKS, self.seed)
        self.embedded = self.landmarks
        if n_samples > N_LANDMARKS:
            self.embedded = subset(n_samples, N_EMBEDDED, self.seed)
        self._eigenvectors, self._embeddings, self._partitions = {}, {}, {}

    @cached_property
    def graph(self):
        """The fuzzy graph of nearest neighbours of the landmarks."""
        return fuzzy_graph(self.scores[self.landmarks], N_NEIGHBORS)

    def embedding(self, perplexity):
        """Compute a t-SNE embedding, shape (n_embedded, 2)."""
        points = self.scores[self.embedded]
        if len(points) < 3 * perplexity:
            raise ValueError(
                f"Expected at least {3 * perplexity} samples for a perplexity of "
                f"{perplexity}, got {len(points)}."
            )
        if perplexity not in self._embeddings:
            self._embeddings[perplexity] = TSNE(
                perplexity=perplexity,
                init="pca" if points.shape[1] > 1 else "random",
                max_iter=1000 if len(self.scores) <= N_DENSE else 500,
                random_state=self.seed,
            ).fit_transform(points)
        return self._embeddings[perplexity]

    def extend(self, labels, samples):
        """Extend the labels of some samples to all, by their nearest neighbours."""
        if len(samples) == len(self.scores):
            return labels
        neighbors = KNeighborsClassifier(N_NEIGHBORS).fit(self.scores[samples], labels)
        extended = neighbors.predict(self.scores)
        extended[samples] = labels
        return extended

    def k_means(self, n_clusters):
        """Cluster by k-means."""
        points = self.scores[:, :LEADING]
        first = KMeans(
            n_clusters, n_init=n_initialisations(n_clusters), random_state=self.seed
        )
        labels = first.fit_predict(points[self.landmarks])
        if len(labels) == len(points):
            return labels
        refined = KMeans(
            n_clusters, init=first.cluster_centers_, n_init=1, random_state=self.seed
        )
        return refined.fit_predict(points)

    def mixture(self, n_clusters, covariance_type, n_components):
        """Cluster by a Gaussian mixture on the first components."""
        points = self.scores[:, :n_components]
        first = gaussian_mixture(
            points,
            n_clusters,
            covariance_type,
            self.seed,
            n_init=n_initialisations(n_clusters),
        )
        labels = first.fit_predict(points[self.landmarks])
        if len(labels) == len(points):
            return labels
        return continued(first, points).fit_predict(points)

    def searched_mixture(self, n_clusters, n_components):
        """Cluster by a full mixture: a search on few components, refined on more."""
        points = self.scores[self.landmarks]
        found = search_mixtures(points[:, :n_components], n_clusters, self.seed)
        points = points[:, :LEADING]
        ridge = regularisation(points)
        refined = [
            mixture_from_labels(points, of_one, "full", ridge) for of_one in found
        ]
        best = max(refined, key=lambda mixture: mixture.fit(points).lower_bound_)
        if len(points) == len(self.scores):
            return best.predict(points)
        every = self.scores[:, :LEADING]
        return continued(best, every).fit_predict(every)

    def eigenvectors(self, n_clusters):
        """Return the leading eigenvectors of a random walk on the graph."""
        # The dense eigensolver finds all of them in any case.
        is_dense = len(self.landmarks) <= N_DENSE
        n_vectors = len(self.landmarks) if is_dense else n_clusters
        if n_vectors not in self._eigenvectors:
            self._eigenvectors[n_vectors] = random_walk(self.graph, n_vectors)[1]
        return self._eigenvectors[n_vectors][:, :n_clusters]

    def spectral_mixture(self, n_clusters):
        """Cluster by a Gaussian mixture on the first n_clusters - 1 eigenvectors."""
        points = self.eigenvectors(n_clusters)[:, 1:]
        points = points / points.std(axis=0)
        mixture = gaussian_mixture(
            points, n_clusters, "full", self.seed, n_init=n_initialisations(n_clusters)
        )
        return self.extend(mixture.fit_predict(points), self.landmarks)

    def spectral_k_means(self, n_clusters):
        """Cluster by k-means on normalised rows of eigenvectors (Ng et al. 2001)."""
        points = self.eigenvectors(n_clusters)
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
        clusters = KMeans(
            n_clusters, n_init=n_initialisations(n_clusters), random_state=self.seed
        )
        return self.extend(clusters.fit_predict(points), self.landmarks)

    def linkage_of_embedding(self, n_clusters, linkage, perplexity):
        """Cluster a t-SNE embedding hierarchically."""
        clusters = AgglomerativeClustering(n_clusters, linkage=linkage)
        labels = clusters.fit_predict(self.embedding(perplexity))
        return self.extend(labels, self.embedded)

    def mixture_of_embedding(self, n_clusters, perplexity):
        """Cluster a t-SNE embedding by a Gaussian mixture."""
        points = self.embedding(perplexity)
        mixture = gaussian_mixture(
            points, n_clusters, "full", self.seed, n_init=n_initialisations(n_clusters)
        )
        return self.extend(mixture.fit_predict(points), self.embedded)

    def mixtures(self, n_clusters, n_samples):
        """Return mixtures by name, each with a different number of components."""
        n_components = self.scores.shape[1]
        many = n_samples > max(MANY, MANY_PER_CLUSTER * n_clusters)
        kinds = [("diag", 10), ("diag", LEADING), ("full", 5), ("full", 10)]
        found = {}
        for kind, most in [*kinds, ("full", LEADING)] if many else kinds:
            used = min(n_components, most)
            name = "diagonal" if kind == "diag" else kind
            found[f"mixture, {name}, {used} PCs"] = partial(
                self.mixture, covariance_type=kind, n_components=used
            )
        for most in SEARCHED if many else ():
            used = min(n_components, most)
            found[f"mixture, full, searched on {used} PCs"] = partial(
                self.searched_mixture, n_components=used
            )
        return found

    def cheap_methods(self, n_clusters, n_samples=None):
        """Return methods by name: functions from a number of clusters to labels.

        They are those for ``n_samples`` samples, by default for all.
        """
        return {
            "k-means": self.k_means,
            **self.mixtures(n_clusters, n_samples or len(self.scores)),
            "spectral, mixture": self.spectral_mixture,
            "spectral, k-means": self.spectral_k_means,
        }

    def embedding_methods(self, n_clusters):
        """Return methods by name that cluster t-SNE embeddings."""
        methods = {}
        whole = len(self.embedded) == len(self.scores)
        for p in PERPLEXITIES if whole and n_clusters <= 10 else PERPLEXITIES[-1:]:
            for linkage in ("ward", "average"):
                methods[f"t-SNE {p}, {linkage} linkage"] = partial(
                    self.linkage_of_embedding, linkage=linkage, perplexity=p
                )
            methods[f"t-SNE {p}, mixture"] = partial(
                self.mixture_of_embedding, perplexity=p
            )
        return methods

    def half_sample_agreement(self, name, n_clusters):
        """Fit a method to random halves; compare how these fits classify all samples.

        Returns
        -------
        agreement : float
            Adjusted Rand index; 0 if the method fails. The labels of a half are
            extended by one Gaussian per cluster.
        """
        n_samples, extended = len(self.scores), []
        points, halves, ridge = split_well_determined(
            self.scores, n_clusters, self.seed
        )
        for half in halves:
            part = CandidatePartitions(self.scores[half], self.seed)
            methods = part.cheap_methods(n_clusters, n_samples)
            methods |= part.embedding_methods(n_clusters)
            found = run_methods({name: methods[name]}, n_clusters)
            if not found:
                return 0.0
            densities = log_densities(points[half], found[name], points, ridge)
            extended.append(densities.argmax(axis=0))
        return adjusted_rand_score(*extended)

    @on_one_thread
    def is_reproducible(self, name, n_clusters):
        """Return whether halves agree as well as for k-means, or by `CONSENSUS`."""
        agreement = self.half_sample_agreement(name, n_clusters)
        return agreement >= CONSENSUS or (
            agreement >= self.half_sample_agreement("k-means", n_clusters)
        )

    @on_one_thread
    def find(self, n_clusters):
        """Return labels by name of the method; methods that fail are omitted.

        t-SNE is used only if the other methods find different clusters, unless a
        likelihood selects the start: t-SNE does not raise it.
        """
        if n_clusters == 1:
            return {"one cluster": np.zeros(len(self.scores), dtype=int)}
        if n_clusters not in self._partitions:
            found = run_methods(self.cheap_methods(n_clusters), n_clusters)
            groups, means = group(list(found.values()))
            if not (is_clear(groups) or needs_likelihood(len(self.scores), means)):
                found |= run_methods(self.embedding_methods(n_clusters), n_clusters)
            self._partitions[n_clusters] = found
        return self._partitions[n_clusters]


candidate_partitions = remember(2)(CandidatePartitions)


def run_methods(methods, n_clusters):
    """Run methods; omit those that fail."""
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
