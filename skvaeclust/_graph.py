"""Nearest-neighbour graph, and the isolation of clusters in it."""

from itertools import combinations

import numpy as np
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import eigsh
from sklearn.neighbors import NearestNeighbors

N_DENSE = 1000  # maximum number of samples for the dense eigensolver
EDGE = 0.25  # added to each cut, so that isolation is finite without edges


def fuzzy_graph(points, n_neighbors):
    r"""Compute the fuzzy nearest-neighbour graph of UMAP.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
    n_neighbors : int

    Returns
    -------
    weights : sparse array of shape (n_samples, n_samples)
        Symmetric, between 0 and 1.

    Notes
    -----
    Let :math:`d_{ij}` be the distance from sample i to its neighbour j, and
    :math:`\rho_i` the distance to its nearest neighbour. The directed weights are
    :math:`w_{ij} = \exp(-(d_{ij} - \rho_i) / \sigma_i)`, where :math:`\sigma_i` is
    such that the weights of sample i sum to :math:`\log_2` of ``n_neighbors + 1``. The
    symmetric weights are :math:`w + w^T - w w^T`, element by element [1]_.

    References
    ----------
    .. [1] L. McInnes, J. Healy, J. Melville, "UMAP: Uniform Manifold Approximation and
       Projection for Dimension Reduction", 2018. :arxiv:`1802.03426`
    """
    n_samples = len(points)
    n_neighbors = min(n_neighbors, n_samples - 1)
    search = NearestNeighbors(n_neighbors=n_neighbors).fit(points)
    distances, neighbors = search.kneighbors()  # excludes the sample itself
    excess = distances - distances[:, :1]
    low, high = np.zeros(n_samples), np.full(n_samples, np.inf)
    sigma = np.ones(n_samples)
    for _ in range(64):  # bisection
        total = np.exp(-excess / sigma[:, None]).sum(axis=1)
        too_large = total > np.log2(n_neighbors + 1)
        high, low = np.where(too_large, sigma, high), np.where(too_large, low, sigma)
        sigma = np.where(np.isinf(high), 2 * sigma, (low + high) / 2)
        sigma = np.maximum(sigma, np.finfo(float).tiny)
    weights = np.exp(-excess / sigma[:, None])
    rows = np.repeat(np.arange(n_samples), n_neighbors)
    shape = (n_samples, n_samples)
    graph = coo_array((weights.ravel(), (rows, neighbors.ravel())), shape).tocsr()
    return graph + graph.T - graph * graph.T


def random_walk(graph, n_vectors):
    """Compute the leading eigenvectors of a random walk on the graph.

    Parameters
    ----------
    graph : sparse array of shape (n_samples, n_samples)
    n_vectors : int

    Returns
    -------
    values : ndarray of shape (n_vectors,)
        In decreasing order; the first is 1.
    vectors : ndarray of shape (n_samples, n_vectors)
        The first is constant.
    """
    n_samples = graph.shape[0]
    degrees = graph.sum(axis=1)
    roots = 1 / np.sqrt(np.maximum(degrees, np.finfo(float).tiny))
    scaled = diags_array(roots) @ graph @ diags_array(roots)
    if n_samples <= N_DENSE:
        values, vectors = np.linalg.eigh(scaled.toarray())
        values, vectors = values[-n_vectors:], vectors[:, -n_vectors:]
    else:
        first = np.full(n_samples, 1 / np.sqrt(n_samples))  # otherwise random
        values, vectors = eigsh(scaled, n_vectors, which="LA", v0=first)
    return values[::-1], vectors[:, ::-1] * roots[:, None]


def cohesion(graph):
    """Compute 1 minus the second eigenvalue of a random walk on the graph.

    It is high if the graph is hard to cut in two, and 0 for fewer than three samples.
    """
    if graph.shape[0] < 3:
        return 0.0
    volume = max(graph.sum(), np.finfo(float).tiny)
    return 1 - random_walk(graph, 2)[0][1] + 4 * EDGE / volume


def isolations(graph, labels, n_clusters):
    r"""Compute the ratio of cuts within clusters to the cut between them, by pair.

    Parameters
    ----------
    graph : sparse array of shape (n_samples, n_samples)
        Symmetric weights.
    labels : ndarray of int of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    isolations : ndarray of shape (n_clusters, n_clusters)
        Symmetric, NaN on the diagonal; 0 for clusters of fewer than three samples.

    Notes
    -----
    The isolation of clusters i and j is

    .. math:: I_{ij} = \frac{\min(1 - \mu_i, 1 - \mu_j)}{w_{ij} (1/v_i + 1/v_j)},

    where :math:`\mu_i` is the second eigenvalue of a random walk within cluster i,
    :math:`w_{ij}` the weight of the edges between i and j, and :math:`v_i` that of the
    edges of i, within i and to j. A quarter of an edge is added to each cut. The
    denominator is the normalised cut between i and j. By Cheeger's inequality,
    :math:`1 - \mu_i` gives a lower bound on the minimum normalised cut of cluster i.
    The definition of clusters as sets with large inner and small outer cuts is that of
    [1]_.

    References
    ----------
    .. [1] S. Oveis Gharan, L. Trevisan, "Partitioning into Expanders", Proceedings of
       the 25th ACM-SIAM Symposium on Discrete Algorithms, 2014. :arxiv:`1309.3223`
    """
    members = [np.flatnonzero(labels == k) for k in range(n_clusters)]
    within = [graph[rows][:, rows] for rows in members]
    inner = [cohesion(part) for part in within]
    result = np.full((n_clusters, n_clusters), np.nan)
    for i, j in combinations(range(n_clusters), 2):
        between = graph[members[i]][:, members[j]].sum()
        volumes = [max(within[k].sum() + between, EDGE) for k in (i, j)]
        cut = (between + EDGE) * sum(1 / volume for volume in volumes)
        result[i, j] = result[j, i] = min(inner[i], inner[j]) / cut
    return result
