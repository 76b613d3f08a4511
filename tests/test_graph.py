"""Tests of the graph of neighbours and of the isolation of clusters in it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from skvaeclust._graph import EDGE, cohesion, fuzzy_graph, isolations, random_walk


def test_weights_of_the_graph_add_up_as_defined():
    points = np.random.default_rng(0).standard_normal((60, 3))
    graph = fuzzy_graph(points, 8).toarray()
    assert_allclose(graph, graph.T)
    assert (graph >= 0).all()
    assert (graph <= 1 + 1e-12).all()
    # Directed weights of a sample add up to log2(9); symmetric weights are
    # w + w.T - w * w.T, which is at least the larger of the two.
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(axis=1)
    assert_allclose(graph[np.arange(60), nearest], 1)
    assert (graph.sum(axis=1) >= np.log2(9) - 1e-6).all()


def ring(n_nodes):
    """Return a ring of edges of weight 1."""
    graph = np.roll(np.eye(n_nodes), 1, axis=0)
    return csr_array(graph + graph.T)


def test_random_walk_on_a_ring():
    values, vectors = random_walk(ring(12), 3)
    assert_allclose(values, [1, *[np.cos(2 * np.pi / 12)] * 2])
    assert_allclose(vectors[:, 0], vectors[0, 0])


@pytest.mark.parametrize("n_samples", [60, 1500])
def test_random_walk_has_the_leading_eigenvectors(n_samples):
    points = np.random.default_rng(0).standard_normal((n_samples, 2))
    graph = fuzzy_graph(points, 10)
    values, vectors = random_walk(graph, 3)
    walk = graph.toarray() / graph.sum(axis=1)[:, None]
    assert_allclose(walk @ vectors, values * vectors, atol=1e-6)
    assert values[0] == pytest.approx(1)
    assert (np.diff(values) <= 0).all()


@pytest.mark.parametrize("n_nodes", [6, 1500])  # a dense eigensolver and a sparse one
def test_cohesion_of_a_ring(n_nodes):
    expected = 1 - np.cos(2 * np.pi / n_nodes) + 4 * EDGE / (2 * n_nodes)
    assert cohesion(ring(n_nodes)) == pytest.approx(expected, rel=1e-6)


def test_cohesion_of_parts_that_do_not_hang_together():
    both = np.kron(np.eye(2), 1 - np.eye(4))
    assert cohesion(csr_array(both)) == pytest.approx(4 * EDGE / both.sum())
    assert cohesion(csr_array((2, 2))) == 0


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_isolation_of_two_cliques(weight):
    graph = np.kron(np.eye(2), 1 - np.eye(5))
    graph[0, 9] = graph[9, 0] = weight
    labels = np.repeat([0, 1], 5)
    result = isolations(csr_array(graph), labels, 2)
    held = 1 + 1 / 4 + 4 * EDGE / 20  # the other eigenvalues of a clique are -1/4
    cut = (weight + EDGE) * 2 / (20 + weight)
    assert result[0, 1] == result[1, 0] == pytest.approx(held / cut)
    assert np.isnan(result[[0, 1], [0, 1]]).all()
    # Halves of a clique are as easy to cut in two as to tell apart.
    halves = isolations(csr_array(1 - np.eye(10)), labels, 2)
    assert halves[0, 1] == pytest.approx(1.25 / (25 * 2 / 45), rel=0.1)


def test_small_and_empty_clusters_are_not_isolated():
    graph = ring(8)
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 3])
    result = isolations(graph, labels, 4)
    assert (result[np.triu_indices(4, 1)] == 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_true_number_of_blobs_is_the_most_isolated(seed):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(4), 25)
    points = 8 * np.eye(4, 6)[labels] + rng.standard_normal((100, 6))
    graph = fuzzy_graph(points, 6)
    merged, cut = labels // 2, labels.copy()
    cut[labels == 3] += rng.integers(2, size=25)
    least = [
        np.nanmin(isolations(graph, each, each.max() + 1))
        for each in (merged, labels, cut)
    ]
    assert least[1] > 10
    assert least[0] < 3
    assert least[2] < 0.5
