"""Tests of the conversion from fields to inputs of the networks, and back."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from skvaeclust._components import (
    FEW,
    few,
    leading_components,
    principal_components,
)
from skvaeclust._fields import Layout
from skvaeclust._representation import Representation
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
    seen = Representation.fit(rows, layout, request.param, 15)[0]  # all components
    return rows, seen


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
    seen = Representation.fit(rows, layout, "scores", 4)[0]
    assert_allclose(seen.split(rows)[1], 0, atol=1e-12)
    outside = np.linalg.svd(rows - rows.mean(axis=0))[2][-1]
    assert_allclose(seen.split(rows + 2 * outside)[1], 4 / seen.scale**2)


def noisy_rows(n_samples, n_features, n_signal, dtype=float):
    """White noise of variance 1, and a few components far above it."""
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.standard_normal((n_features, n_signal)))[0].T
    scores = rng.standard_normal((n_samples, n_signal)) * 3 * np.sqrt(n_features)
    noise = rng.standard_normal((n_samples, n_features))
    return (scores @ axes + noise).astype(dtype), axes


@pytest.mark.parametrize("n_signal", [1, 7])
@pytest.mark.parametrize("shape", [(100, 400), (700, 30), (700, 800)])
@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_components_above_the_noise_are_counted(shape, n_signal, unit):
    rows, axes = noisy_rows(*shape, n_signal)
    components, found = leading_components(unit * rows)
    assert found == n_signal
    overlap = np.linalg.svd(components[:n_signal] @ axes.T)[1]
    assert overlap.min() > 0.95


def test_components_of_smooth_rows_hold_99_percent_of_the_variance():
    rng = np.random.default_rng(0)
    spread = 0.7 ** np.arange(40)
    axes = np.linalg.qr(rng.standard_normal((60, 40)))[0].T
    rows = rng.standard_normal((200, 40)) * spread @ axes
    _, found = leading_components(rows)
    explained = np.cumsum(np.linalg.svd(rows - rows.mean(axis=0))[1] ** 2)
    assert explained[found - 1] > 0.99 * explained[-1] > explained[found - 2]


def test_the_randomised_components_are_the_exact_ones():
    rows, _ = noisy_rows(700, 800, 5, np.float32)
    components, n_signal = leading_components(rows)
    exact = principal_components(rows.astype(float))[1]
    cosines = np.abs(np.sum(components[:5] * exact[:5], axis=1))
    assert_allclose(cosines, 1, atol=1e-5)
    assert n_signal == 5


@pytest.mark.parametrize("n_samples", [6000, 9000])
def test_few_samples_represent_every_phase_of_a_cycle(n_samples):
    for period in (2, 3, 4):
        phase = np.arange(n_samples) % period
        counts = np.bincount(few(phase), minlength=period)
        assert counts.sum() == FEW
        assert_allclose(counts / FEW, 1 / period, atol=0.03)


def test_scores_do_not_depend_on_the_number_of_threads():
    X, _ = make_coastal_circulations(random_state=0, return_X_y=True)
    layout, rows = Layout.fit(BaseEstimator(), X)
    scores = []
    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads):
            scores.append(Representation.fit(rows, layout, "scores", 2)[1])
    assert_array_equal(scores[0], scores[1])
    assert_array_equal(scores[0], scores[2])
