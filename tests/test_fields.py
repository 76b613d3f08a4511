"""Tests of the conversion from fields to inputs of the networks, and back."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from skvaeclust._fields import Layout, Representation, principal_components
from skvaeclust.datasets import make_coastal_circulations


@pytest.mark.parametrize("shape", [(30, 4), (12, 4), (5, 20)])
def test_principal_components_diagonalise_the_covariance(shape):
    X = np.random.default_rng(0).standard_normal(shape) + 2
    mean, components, spread = principal_components(X)
    assert_allclose(mean, X.mean(axis=0))
    assert_allclose(components @ components.T, np.eye(len(components)), atol=1e-12)
    assert_allclose((components.T * spread**2) @ components, np.cov(X.T), atol=1e-10)
    assert (np.diff(spread) <= 0).all()
    assert len(spread) == min(shape[0] - 1, shape[1])


@pytest.mark.parametrize("n_samples", [10, 200])
def test_components_without_variance_are_left_out(n_samples):
    X = np.random.default_rng(0).standard_normal((n_samples, 2))
    X = np.column_stack([X, X.sum(axis=1), np.ones(n_samples)])
    assert len(principal_components(X)[2]) == 2


@pytest.fixture(params=["scores", "fields"])
def representation(request):
    rng = np.random.default_rng(0)
    X = 5 + 3 * rng.standard_normal((15, 2, 3, 4))
    X[:, rng.random((2, 3, 4)) < 0.2] = np.nan
    layout, rows = Layout.fit(BaseEstimator(), X)
    return rows, Representation.fit(rows, layout, request.param)


def test_a_layout_writes_what_it_reads():
    X = np.arange(48.0).reshape(4, 2, 2, 3)
    X[:, :, 1, 0] = np.nan
    owner = BaseEstimator()
    layout, rows = Layout.fit(owner, X)
    assert rows.shape == (4, 10)
    assert_array_equal(layout.write(rows), X)
    flat, shape = layout.read(owner, X.reshape(4, -1))
    assert_array_equal(layout.write(flat, shape), X.reshape(4, -1))


def test_what_networks_see_has_total_variance_one(representation):
    rows, seen = representation
    x = seen.encode(rows).reshape(15, -1)
    assert x.var(axis=0, ddof=1).sum() == pytest.approx(1)
    assert_allclose(x.mean(axis=0), 0, atol=1e-6)


def test_distances_are_kept(representation):
    rows, seen = representation
    x = seen.encode(rows).reshape(15, -1)
    assert_allclose(
        np.linalg.norm(x[0] - x[1:], axis=1),
        np.linalg.norm(rows[0] - rows[1:], axis=1) / seen.scale,
        rtol=1e-5,
    )


def test_decode_undoes_encode(representation):
    rows, seen = representation
    decoded = seen.decode(seen.encode(rows))
    assert_allclose(decoded, rows, rtol=1e-5)


def test_unexplained_is_what_is_outside_the_span():
    rng = np.random.default_rng(0)
    layout, rows = Layout.fit(BaseEstimator(), rng.standard_normal((4, 10)))
    seen = Representation.fit(rows, layout, "scores")
    assert_allclose(seen.unexplained(rows), 0, atol=1e-12)
    outside = np.linalg.svd(rows - rows.mean(axis=0))[2][-1]
    assert_allclose(seen.unexplained(rows + 2 * outside), 4 / seen.scale**2)


def test_scores_do_not_depend_on_the_number_of_threads():
    X, _ = make_coastal_circulations(random_state=0, return_X_y=True)
    layout, rows = Layout.fit(BaseEstimator(), X)
    scores = []
    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads):
            seen = Representation.fit(rows, layout, "scores")
            scores.append(seen.encode(rows))
    assert_array_equal(scores[0], scores[1])
    assert_array_equal(scores[0], scores[2])
