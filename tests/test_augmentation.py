"""Tests of noise on principal components against its closed form."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skvaeclust import PCScaledNoiseAugmenter

SEEDS = range(3)


def correlated(seed, n_samples=40, n_features=5):
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((n_features, n_features))
    return rng.standard_normal((n_samples, n_features)) @ mixing + 3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", [(40, 5), (8, 30)])
def test_covariance_of_the_noise_is_that_of_the_data(seed, shape):
    X = correlated(seed, *shape)
    augmenter = PCScaledNoiseAugmenter(noise_scale=0.3).fit(X)
    factor = augmenter.noise_factor_
    # eps @ factor with eps ~ N(0, 1) has the covariance factor.T @ factor.
    assert_allclose(factor.T @ factor, 0.3**2 * np.cov(X.T), atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_covariance_of_drawn_noise(seed):
    X = correlated(seed)
    augmenter = PCScaledNoiseAugmenter(5000, noise_scale=0.5, random_state=seed)
    noise = augmenter.fit(X).augment(X) - np.tile(X, (5000, 1))
    expected = 0.25 * np.cov(X.T)
    error = np.cov(noise.T) - expected
    # The standard error of a covariance of n = 200,000 normal draws is below
    # sqrt(2 / n) times the largest variance.
    assert np.abs(error).max() < 5 * np.sqrt(2 / 200_000) * expected.diagonal().max()
    assert_allclose(noise.mean(axis=0), 0, atol=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_copies_never_leave_the_span_of_the_data(seed):
    X = correlated(seed, 8, 50)
    copies = PCScaledNoiseAugmenter(3, random_state=seed).fit_transform(X)
    basis = np.linalg.svd(X - X.mean(axis=0))[2][:7]
    anomalies = copies - X.mean(axis=0)
    assert_allclose(anomalies @ basis.T @ basis, anomalies, atol=1e-10)
    # They leave the span of fewer directions, so this test can fail.
    assert np.abs(anomalies @ basis[:6].T @ basis[:6] - anomalies).max() > 1e-3


def test_many_features_need_no_square_matrix():
    X = np.random.default_rng(0).standard_normal((10, 50_000))
    tracemalloc.start()
    PCScaledNoiseAugmenter(1, random_state=0).fit_transform(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * X.nbytes  # 80 MB; a square matrix would take 20 GB


def test_tall_and_wide_ways_to_the_components_agree():
    X = correlated(0, 24, 5)  # through the SVD
    wide = PCScaledNoiseAugmenter().fit(X)
    tall = PCScaledNoiseAugmenter().fit(np.repeat(X, 2, axis=0))  # the covariance
    assert_allclose(np.abs((wide.components_ * tall.components_).sum(axis=1)), 1)
    assert_allclose(tall.explained_variance_ * 47 / 2, wide.explained_variance_ * 23)


def test_originals_come_first_and_transform_changes_nothing():
    X = correlated(0)
    augmenter = PCScaledNoiseAugmenter(4, random_state=0)
    augmented = augmenter.fit_transform(X)
    assert augmented.shape == (200, 5)
    assert_array_equal(augmented[:40], X)
    assert_array_equal(augmented[40:], augmenter.augment(X))
    assert_array_equal(augmenter.transform(X), X)


def test_no_copies():
    X = correlated(0)
    augmenter = PCScaledNoiseAugmenter(0)
    assert_array_equal(augmenter.fit_transform(X), X)
    assert augmenter.augment(X).shape == (0, 5)


def test_n_components_limits_the_noise():
    X = correlated(0)
    augmenter = PCScaledNoiseAugmenter(1, n_components=2, random_state=0).fit(X)
    assert augmenter.n_components_ == 2
    noise = augmenter.augment(X) - X
    assert np.linalg.matrix_rank(noise, tol=1e-8) == 2


def test_fields_with_land():
    X = np.random.default_rng(0).standard_normal((6, 2, 4, 5))
    X[:, :, 0, 1] = np.nan
    augmented = PCScaledNoiseAugmenter(2, random_state=0).fit_transform(X)
    assert augmented.shape == (18, 2, 4, 5)
    assert_array_equal(np.isnan(augmented), np.tile(np.isnan(X), (3, 1, 1, 1)))


def test_random_state():
    X = correlated(0)
    augmenter = PCScaledNoiseAugmenter(1, random_state=3)
    first = augmenter.fit_transform(X)
    assert_array_equal(clone(augmenter).fit_transform(X), first)
    other = augmenter.set_params(random_state=4).fit_transform(X)
    assert (other[40:] != first[40:]).all()


def test_pandas_output_keeps_the_names():
    frame = pd.DataFrame(correlated(0), columns=list("abcde"))
    augmenter = PCScaledNoiseAugmenter(1).set_output(transform="pandas")
    augmented = augmenter.fit_transform(frame)
    assert list(augmented.columns) == list("abcde")
    assert list(augmented.index) == 2 * list(frame.index)
    assert list(augmenter.get_feature_names_out()) == list("abcde")


def test_constant_data_get_no_noise():
    X = np.ones((5, 3))
    assert_array_equal(PCScaledNoiseAugmenter(1).fit_transform(X), np.ones((10, 3)))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("n_copies", -1), ("noise_scale", -0.1), ("n_components", 0), ("n_copies", 1.5)],
)
def test_bad_parameters(parameter, value):
    augmenter = PCScaledNoiseAugmenter().set_params(**{parameter: value})
    with pytest.raises(ValueError, match=f"'{parameter}'.*{value}"):
        augmenter.fit(correlated(0))
