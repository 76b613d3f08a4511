"""Tests of the calibration of probabilities."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from skvaeclust import VAEClustering
from skvaeclust._calibration import find_temperature

CENTRE = 1.2


def two_clusters(seed, n=600):
    """Return overlapping clusters, the log-odds of the truth, and its best labels."""
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    points = rng.standard_normal((n, 3))
    points[:, 0] += CENTRE * (2 * y - 1)
    odds = np.outer(2 * CENTRE * points[:, 0], [-0.5, 0.5])
    return points, log_softmax(odds, axis=1), odds.argmax(axis=1)


@pytest.mark.parametrize("temperature", [1.5, 3, 10])
def test_temperature_that_is_known(temperature):
    found = []
    for seed in range(5):
        points, log_p, labels = two_clusters(seed)
        log_q = log_softmax(temperature * log_p, axis=1)
        found.append(find_temperature(log_q, points, labels))
    assert np.median(found) == pytest.approx(temperature, rel=0.2)


def test_probabilities_are_never_sharpened():
    points, log_p, labels = two_clusters(0)
    assert find_temperature(log_p / 3, points, labels) == 1


def test_temperature_of_few_or_empty_clusters():
    points, log_p, labels = two_clusters(0)
    assert find_temperature(log_p, points, np.zeros_like(labels)) == 1
    log_q = np.column_stack([log_p[:, :1], np.full(len(log_p), -50.0), log_p[:, 1:]])
    with_empty = find_temperature(3 * log_q, points, 2 * labels)
    assert with_empty == pytest.approx(find_temperature(3 * log_p, points, labels))
    labels[:] = 0
    labels[0] = 1  # a cluster of one sample
    assert np.isfinite(find_temperature(log_p, points, labels))


def test_overlapping_clusters_have_uncertain_samples():
    rng = np.random.default_rng(0)
    y, new = rng.integers(3, size=(2, 600))
    X, unseen = rng.standard_normal((2, 600, 20))
    for values, labels in ((X, y), (unseen, new)):
        values[np.arange(600), labels] += 2.3
    model = VAEClustering(3, random_state=0).fit(X)
    assert model.temperature_ > 1.3
    probabilities = model.predict_proba(unseen)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), model.predict(unseen))
    best = np.array([new[model.predict(unseen) == k] for k in range(3)], dtype=object)
    names = np.array([np.bincount(of_one).argmax() for of_one in best])
    right = names[model.predict(unseen)] == new
    assert probabilities.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.03)
    log_q = model._model.log_assignment(unseen)
    too_certain = softmax(log_q, axis=1).max(axis=1).mean()
    assert too_certain > right.mean() + 0.03
