"""Tests of smoothed probabilities against sums over all sequences of clusters."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from skvaeclust.sequences import _smoothing, smooth_probabilities

MATRIX = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.0, 0.5, 0.5]])
PRIOR = np.array([0.5, 0.3, 0.2])


def by_enumeration(q, time, transitions, prior):
    """Sum over all sequences of clusters."""
    total = np.zeros_like(q)
    for path in product(range(q.shape[1]), repeat=len(q)):
        chance = 1.0
        for t, k in enumerate(path):
            new = t == 0 or time[t] - time[t - 1] > 1
            chance *= prior[k] if new else transitions[path[t - 1], k]
            chance *= q[t, k] / prior[k]
        total[np.arange(len(q)), path] += chance
    return total / total.sum(axis=1, keepdims=True)


def sticky(n_samples, seed, stay=0.85, n_clusters=3, noise=1.0):
    """Draw a sequence that stays, and the probabilities of noisy observations."""
    rng, labels = np.random.default_rng(seed), [0]
    for u in rng.random(n_samples - 1):
        other = (labels[-1] + rng.integers(1, n_clusters)) % n_clusters
        labels.append(labels[-1] if u < stay else int(other))
    x = np.eye(n_clusters)[labels] + noise * rng.standard_normal(
        (n_samples, n_clusters)
    )
    q = np.exp(x / noise**2)
    return np.array(labels), q / q.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(5))
def test_sums_over_all_sequences(seed):
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.ones(3) / 2, size=8)
    time = np.cumsum(rng.choice([1, 1, 1, 5], size=8))
    found = smooth_probabilities(q, time=time, transitions=MATRIX, prior=PRIOR)
    if (np.diff(time) == 1).mean() > 0.5:  # else 1 is not the median step
        assert_allclose(found, by_enumeration(q, time, MATRIX, PRIOR), atol=1e-12)
    assert_allclose(found.sum(axis=1), 1)


def test_gaps_of_many_lengths():
    _, q = sticky(400, 0)
    steps = np.random.default_rng(1).choice([1, 1, 1, 1, 1, 9], size=400)
    time = np.cumsum(steps)
    found = smooth_probabilities(q, time=time, transitions=0.8)
    starts = np.flatnonzero(np.append(9, steps[1:]) == 9)
    for stretch in np.split(np.arange(400), starts[1:]):
        alone = smooth_probabilities(q[stretch], transitions=0.8)
        assert_allclose(found[stretch], alone, atol=1e-12)


def test_without_persistence_nothing_changes():
    _, q = sticky(200, 0)
    assert_allclose(smooth_probabilities(q, transitions=1 / 3), q, atol=1e-12)
    prior = np.tile(PRIOR, (3, 1))
    found = smooth_probabilities(q, transitions=prior, prior=PRIOR)
    assert_allclose(found, q, atol=1e-12)


def test_neighbours_raise_the_accuracy():
    for seed in range(20):
        labels, q = sticky(400, seed)
        found = smooth_probabilities(q)
        alone = (q.argmax(axis=1) == labels).mean()
        assert (found.argmax(axis=1) == labels).mean() > alone + 0.05


def test_transitions_are_estimated():
    _, q = sticky(20_000, 0, noise=0.5)
    _, estimated = smooth_probabilities(q, return_transitions=True)
    expected = np.full((3, 3), 0.075) + np.diag([0.775] * 3)
    assert_allclose(estimated, expected, atol=0.02)


def test_likelihood_rises(monkeypatch):
    likelihoods, recursion = [], _smoothing._forward_backward

    def watched(*arguments):
        result = recursion(*arguments)
        likelihoods.append(result[2])
        return result

    monkeypatch.setattr(_smoothing, "_forward_backward", watched)
    _, q = sticky(300, 0)
    smooth_probabilities(q, time=np.arange(300) + 100 * (np.arange(300) // 90))
    assert len(likelihoods) > 5
    assert (np.diff(likelihoods) > -1e-9).all()
    monkeypatch.setattr(_smoothing, "MAX_ITER", 2)
    with pytest.warns(ConvergenceWarning, match="in 2 iterations"):
        smooth_probabilities(q)


def test_empty_and_certain_clusters():
    q = np.eye(3)[[0, 0, 1, 1, 0]]
    found, estimated = smooth_probabilities(q, return_transitions=True)
    assert_allclose(found, q)
    assert_allclose(estimated, [[0.5, 0.5, 0], [0.5, 0.5, 0], [1 / 3] * 3], atol=1e-12)


def test_samples_without_a_cluster():
    _, q = sticky(40, 0)
    without = q.copy()
    without[[7, 8, 30]] = np.nan
    found = smooth_probabilities(without, transitions=MATRIX, prior=PRIOR)
    assert_array_equal(np.isnan(found).all(axis=1), np.isnan(without).any(axis=1))
    without[[7, 8, 30]] = PRIOR  # the likelihood of all clusters is equal
    expected = smooth_probabilities(without, transitions=MATRIX, prior=PRIOR)
    known = ~np.isnan(found)
    assert_array_equal(found[known], expected[known])
    without[[7, 8, 30]] = np.nan
    assert_array_equal(np.isnan(smooth_probabilities(without)), ~known)
    masked = np.ma.array(q, mask=np.isnan(without))
    assert_array_equal(smooth_probabilities(masked), smooth_probabilities(without))


def test_data_array_in_and_out():
    _, q = sticky(6, 0)
    days = np.datetime64("2000-01-01") + np.array([0, 1, 2, 3, 30, 31])
    coords = {"time": days, "cluster": [0, 1, 2]}
    labelled = xr.DataArray(q, coords, ["time", "cluster"], "probability")
    found = smooth_probabilities(labelled, transitions=0.9)
    expected = smooth_probabilities(q, time=days, transitions=0.9)
    xr.testing.assert_identical(found, labelled.copy(data=expected))
    with pytest.raises(ValueError, match=r"\(n_samples, n_clusters\), got \(2, 6, 3\)"):
        smooth_probabilities(xr.concat([labelled, labelled], "member"))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"probabilities": [[0.5, 0.4]]}, r"sum 1, got \[0.5 0.4\]"),
        ({"probabilities": [[1.5, -0.5]]}, r"must be >= 0 .* got \[ 1.5 -0.5\]"),
        ({"probabilities": [[np.nan, 1]]}, r"got \[nan"),
        ({"prior": [np.nan, np.nan]}, r"got \[nan nan\]"),
        ({"probabilities": [0.5, 0.5]}, r"got \(2,\)"),
        ({"probabilities": [[1j, 0]]}, "probabilities must be numbers, got the type"),
        ({"probabilities": [[0.5], [1, 0]]}, "probabilities must be numbers: .*inhomo"),
        ({"probabilities": xr.Dataset()}, "got a Dataset"),
        ({"probabilities": np.full((2, 2000), 5e-4)}, "n_clusters=2000 must be"),
        ({"transitions": "a"}, "transitions must be numbers, got the text or path 'a'"),
        ({"transitions": 1.0}, "transitions=1.0 must be a matrix, or a number"),
        ({"transitions": np.eye(3)}, r"transitions must have the shape \(2, 2\)"),
        (
            {"transitions": [[1, 1], [0, 1]]},
            "transitions must be >= 0 and have the sum",
        ),
        ({"transitions": np.eye(2)}, "Sample 2 is impossible"),
        ({"prior": [1.0]}, r"prior must have the shape \(2,\)"),
        ({"prior": [1.0, 0.0]}, "prior must be > 0"),
        ({"time": [1, 2, 2, 4]}, "time must increase"),
    ],
)
def test_bad_input_is_named(params, message):
    params = {"probabilities": np.eye(2)[[0, 0, 1, 0]]} | params
    with pytest.raises(ValueError, match=message):
        smooth_probabilities(**params)
