"""Tests of surrogates: what they keep, and that they have no clusters."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kurtosis, skew
from threadpoolctl import threadpool_limits

from skvaeclust._resampling._surrogates import smooth_to_one_mode, with_one_mode
from skvaeclust.model_selection import (
    gaussian_surrogates,
    phase_randomized_surrogates,
    unimodal_surrogates,
)

SEEDS = range(3)


def correlated(seed, shape=(24, 40)):
    rng = np.random.default_rng(seed)
    return rng.gamma(1, size=(shape[0], 6)) @ rng.standard_normal((6, shape[1])) + 3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", [(24, 40), (90, 5), (90, 20)])
def test_surrogates_have_the_mean_and_the_covariance(seed, shape):
    X = correlated(seed, shape)
    first, second = gaussian_surrogates(X, 2, random_state=seed)
    assert first.shape == X.shape
    assert_allclose(first.mean(axis=0), X.mean(axis=0))
    assert_allclose(np.cov(second.T), np.cov(X.T), atol=1e-10)
    assert np.abs(first - second).max() > 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_surrogates_are_gaussian(seed):
    X = np.random.default_rng(seed).exponential(size=(4000, 1))
    surrogate = gaussian_surrogates(X, random_state=seed)[0, :, 0]
    # Standard errors: sqrt(6 / 4000) = 0.04 and sqrt(24 / 4000) = 0.08.
    assert abs(skew(surrogate)) < 0.2
    assert abs(kurtosis(surrogate)) < 0.4
    assert skew(X[:, 0]) > 1


@pytest.mark.parametrize(
    "draw", [gaussian_surrogates, phase_randomized_surrogates, unimodal_surrogates]
)
def test_signs_of_surrogates_are_random(draw):
    X = correlated(0, (24, 3)) - 3
    pattern = np.linalg.svd(X - X.mean(axis=0))[2][0]
    signs = np.sign((draw(X, 64, random_state=0) - X.mean(axis=0)) @ pattern)
    # The standard error of the mean of 64 signs is 1 / 8.
    assert np.abs(signs[:, [0, -1]].mean(axis=0)).max() < 0.5


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_samples", [50, 51])
def test_phase_randomisation_keeps_spectra_and_cross_spectra(seed, n_samples):
    rng = np.random.default_rng(seed)
    X = 5 + np.cumsum(rng.standard_normal((n_samples, 3)), axis=0) @ rng.random((3, 7))
    surrogate = phase_randomized_surrogates(X, random_state=seed)[0]
    assert_allclose(surrogate.mean(axis=0), X.mean(axis=0))
    spectra = [np.fft.rfft(x, axis=0) for x in (X, surrogate)]
    expected, found = (s[:, :, None] * s[:, None].conj() for s in spectra)
    assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())
    assert np.abs(surrogate - X).max() > 0.1


@pytest.mark.parametrize(
    "draw", [gaussian_surrogates, phase_randomized_surrogates, unimodal_surrogates]
)
def test_surrogates_do_not_depend_on_threads(draw):
    X = np.random.default_rng(0).standard_normal((300, 1500)).cumsum(axis=1)
    surrogates = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            surrogates.append(draw(X, random_state=0))
    assert_array_equal(*surrogates)


def test_density_with_one_mode():
    assert_allclose(with_one_mode([1, 3, 2, 9, 4, 0, 2]), [1, 2.5, 2.5, 9, 4, 1, 1])


@pytest.mark.parametrize("seed", SEEDS)
def test_smoothing_leaves_the_shape_and_one_mode(seed):
    rng = np.random.default_rng(seed)
    halves = np.repeat([-1.0, 1.0], 50)
    for values in (
        halves,
        rng.exponential(size=90),
        3 * halves + rng.uniform(size=100),
    ):
        points, probabilities = smooth_to_one_mode(values)
        density = np.diff(probabilities, prepend=0)
        assert (density >= 0).all()
        assert_allclose(density, with_one_mode(density), atol=1e-12)
        assert probabilities[-1] == 1
        mean = density @ points
        assert mean == pytest.approx(values.mean(), abs=values.std() / 10)
        third = density @ (points - mean) ** 3 / values.std() ** 3
        assert third == pytest.approx(skew(values), rel=0.4, abs=0.3)
    # Two points leave one mode only with about the width of half their distance.
    points, probabilities = smooth_to_one_mode(halves)
    density = np.diff(probabilities, prepend=0)
    assert density[np.abs(points) < 0.5].sum() > 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_unimodal_surrogates_keep_the_shape_but_not_the_clusters(seed):
    rng = np.random.default_rng(seed)
    # Uncorrelated, so that these are the components.
    scores = [rng.exponential(9, size=400), rng.choice([-5.0, 5.0], 400)]
    scores = np.linalg.qr(np.transpose(scores) - np.mean(scores, axis=1))[0] * [90, 30]
    scores *= np.sign(skew(scores, axis=0))
    surrogate = unimodal_surrogates(scores, random_state=seed)[0]
    assert_allclose(surrogate.mean(axis=0), 0, atol=1e-8)
    assert_allclose(surrogate.var(axis=0), scores.var(axis=0))
    assert abs(np.corrcoef(surrogate.T)[0, 1]) < 0.2  # of chance: 0.05
    assert skew(surrogate[:, 0]) > 1
    assert kurtosis(scores[:, 1]) < -1.9
    assert kurtosis(surrogate[:, 1]) > -1.4  # flat, without a gap
    assert np.mean(np.abs(surrogate[:, 1]) < surrogate[:, 1].std() / 3) > 0.15


@pytest.mark.parametrize(
    "draw", [gaussian_surrogates, phase_randomized_surrogates, unimodal_surrogates]
)
def test_surrogates_of_fields_with_land(draw):
    X = np.random.default_rng(0).standard_normal((6, 2, 4, 5)).astype(np.float32)
    X[:, :, 0, 1] = np.nan
    surrogates = draw(X, 3, random_state=0)
    assert surrogates.shape == (3, 6, 2, 4, 5)
    assert surrogates.dtype == np.float32
    assert_array_equal(
        np.isnan(surrogates), np.broadcast_to(np.isnan(X), (3, *X.shape))
    )
    assert_array_equal(surrogates, draw(X, 3, random_state=0))
    X[0, 0, 1, 1] = np.nan
    with pytest.raises(ValueError, match=f"NaN: 1 value.*{draw.__name__}"):
        draw(X)
    with pytest.raises(ValueError, match=r"'n_surrogates'.*Got 0"):
        draw(X, 0)
