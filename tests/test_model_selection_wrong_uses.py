"""Wrong arguments of model selection raise errors that name them, before any fit."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from skvaeclust import VAEClustering
from skvaeclust._agreement import rand_index
from skvaeclust.model_selection import (
    all_samples_cv,
    choose_n_clusters,
    classifiability_index,
    classifiability_report,
    classifiability_scorer,
    cluster_stability,
    gaussian_surrogates,
    half_sample_agreement,
    phase_randomized_surrogates,
    select_classifiable,
    unimodal_surrogates,
)

NAN = float("nan")
ROWS = np.random.default_rng(0).normal(size=(36, 3))
RESULTS = {
    "mean_test_score": np.array([0.5, 0.9, 0.9]),
    "params": [{"n_clusters": k} for k in (2, 3, 3)],
    "param_n_clusters": np.ma.array([2, 3, 3]),
}


class NoFit(BaseEstimator):
    """Clusterer whose fit must not be reached."""

    def __init__(self, n_clusters=3):
        self.n_clusters = n_clusters

    def fit(self, X, y=None):
        raise AssertionError("a model is fitted")

    def predict(self, X):
        raise AssertionError


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_clusters": [-1, 2]}, "integers from 1 to 36, got -1"),
        ({"n_clusters": [2, 37]}, "integers from 1 to 36, got 37. X has 36 samples"),
        ({"n_clusters": [2.0, 3.0]}, "integers from 1 to 36, got 2.0"),
        ({"n_clusters": [True, 2]}, "integers from 1 to 36, got True"),
        ({"n_clusters": "23"}, "n_clusters='23' must be the numbers to try"),
        ({"n_clusters": range(10**9)}, "integers from 1 to 36, got 0"),
        ({"n_clusters": itertools.count(1)}, "integers from 1 to 36, got 37"),
        ({"n_clusters": [[2, 3]]}, r"got \[2, 3\]"),
        ({"n_clusters": [1]}, r"n_clusters=\[1\] must contain a number >= 2"),
        ({"n_clusters": 3}, "n_clusters=3 must be the numbers to try"),
        ({"estimator": VAEClustering}, "got the class VAEClustering"),
        ({"estimator": [2, 3]}, r"estimator must be a clusterer.*list: \[2, 3\]"),
        ({"n_surrogates": True}, "'n_surrogates'.*Got True"),
        ({"n_surrogates": 10**12}, "'n_surrogates'.*Got 1000000000000"),
        ({"min_distinctness": NAN}, "'min_distinctness'.*Got nan"),
        ({"min_fraction": True}, "'min_fraction'.*Got True"),
        ({"surrogates": None}, "'surrogates'.*Got None"),
        ({"random_state": "a"}, "'random_state'.*Got 'a'"),
        ({"random_state": -1}, "'random_state'.*Got -1"),
        ({"verbose": "no"}, "'verbose'.*Got 'no'"),
        ({"n_jobs": 0}, "n_jobs=0 must be None, a number of processes from 1"),
        ({"n_jobs": "2"}, "n_jobs='2' must be None"),
        ({"n_jobs": 1.5}, "n_jobs=1.5 must be None"),
        ({"X": "data.nc"}, "X must be an array.*path 'data.nc'"),
    ],
)
def test_choice_of_the_number(params, message):
    params = {"X": ROWS, "estimator": NoFit()} | params
    with pytest.raises((TypeError, ValueError), match=message):
        choose_n_clusters(**params)


@pytest.mark.parametrize("function", [half_sample_agreement, cluster_stability])
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_splits": True}, "'n_splits'.*Got True"),
        ({"n_splits": 10**12}, "'n_splits'.*Got 1000000000000"),
        ({"n_surrogates": 10**12}, "'n_surrogates'.*Got 1000000000000"),
        ({"random_state": "a"}, "'random_state'.*Got 'a'"),
        ({"n_jobs": 0}, "n_jobs=0 must be None"),
        (
            {"groups": np.ma.masked_equal(np.arange(36) % 3, 1)},
            r"missing, got groups\[1\]",
        ),
        ({"groups": (k for k in range(36))}, "groups must be.*got <generator"),
        (
            {"groups": np.arange(36) > 0},
            "n_clusters=3 of the estimator must be at most 1",
        ),
        ({"estimator": NoFit(19)}, "n_clusters=19 of the estimator must be at most 18"),
        ({"estimator": StandardScaler()}, "must be a clusterer.*got StandardScaler"),
        ({"estimator": None}, "must be a clusterer.*got NoneType: None"),
    ],
)
def test_half_samples(function, params, message):
    params = {"estimator": NoFit(), "X": ROWS} | params
    with pytest.raises((TypeError, ValueError), match=message):
        function(**params)


class Relabelled(KMeans):
    """K-means whose predictions are changed by a function."""

    def __init__(self, change=None, n_clusters=3, n_init=1, random_state=0):
        super().__init__(n_clusters, n_init=n_init, random_state=random_state)
        self.change = change

    def predict(self, X):
        return self.change(super().predict(X))


@pytest.mark.parametrize("function", [half_sample_agreement, cluster_stability])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels: labels.astype(str), "must be integers"),
        (lambda labels: labels + 0.5, "must be integers.*float64"),
        (lambda labels: labels[:-1], r"must be 36 integers.*shape \(35,\)"),
        (lambda labels: labels * 10**9, "must be numbers of clusters, < 1000"),
        (lambda labels: labels - 5, "must be >= -1, got -5"),
    ],
)
def test_estimators_with_invalid_labels(function, change, message):
    with pytest.raises(ValueError, match=f"Labels of Relabelled {message}"):
        function(Relabelled(change), ROWS, n_surrogates=0)


@pytest.mark.parametrize("function", [half_sample_agreement, cluster_stability])
def test_no_cluster_is_not_an_agreement(function):
    with pytest.raises(ValueError, match=r"DBSCAN\(eps=1e-09\) found no cluster"):
        function(DBSCAN(eps=1e-9), ROWS, n_surrogates=0)


def test_agreement_leaves_out_samples_without_a_cluster():
    first, second = np.array([0, 0, 1, 1, -1, -1, 2]), np.array([0, 1, 1, 1, -1, 2, -1])
    expected = adjusted_rand_score(first[:4], second[:4])
    assert rand_index(first, second) == expected
    assert rand_index(first[4:], second[4:]) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, X: classifiability_report(m, min_separation="a"), "Got 'a'"),
        (lambda m, X: classifiability_report(m, min_agreement=70), "Got 70"),
        (lambda m, X: classifiability_report(m, min_fraction=NAN), "Got nan"),
        (lambda m, X: classifiability_report(VAEClustering), "got the class"),
        (
            lambda m, X: classifiability_scorer(m, X, min_fraction=5),
            "min_fraction=5 must",
        ),
        (lambda m, X: classifiability_scorer(m, None), "X must be an array.*got None"),
        (lambda m, X: classifiability_scorer(X, m), "must be a clusterer.*got ndarray"),
        (lambda m, X: classifiability_report(m, X, 3), r"report\(\) takes from 1 to 2"),
        (
            lambda m, X: classifiability_index({"a": X}),
            "partitions must be two or more",
        ),
        (
            lambda m, X: classifiability_index([[[1, 2], [3]], X]),
            r"partitions\[0\] cannot",
        ),
        (lambda m, X: all_samples_cv("x.nc"), "X must be an array.*'x.nc'"),
        (lambda m, X: all_samples_cv(36), "X must be an array of numbers, got 36"),
        (lambda m, X: select_classifiable(KMeans()), "cv_results must.*got KMeans"),
        (
            lambda m, X: select_classifiable(RESULTS, min_distinctness="a"),
            "='a' must be",
        ),
        (
            lambda m, X: select_classifiable(RESULTS | {"mean_test_score": [NAN] * 3}),
            r"cv_results\['mean_test_score'\] has no score except NaN",
        ),
    ],
)
def test_scores(quick, X, call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(quick(X), X)


def test_selection_among_numbers_and_auto():
    dims = np.ma.array([2, 3, "auto"], dtype=object)
    assert select_classifiable(RESULTS | {"param_latent_dim": dims}) == 2


@pytest.mark.parametrize(
    "surrogates",
    [gaussian_surrogates, unimodal_surrogates, phase_randomized_surrogates],
)
def test_surrogates(surrogates, monkeypatch):
    for number in (True, 2.0, "2", 10**12):
        with pytest.raises(ValueError, match=f"'n_surrogates'.*Got {number!r}"):
            surrogates(ROWS, number)
    large = surrogates(1e290 * ROWS, random_state=0)
    assert_allclose(large / 1e290, surrogates(ROWS, random_state=0), rtol=1e-6)
    monkeypatch.setattr("skvaeclust._limits.memory_of_machine", lambda: 1e6)
    with pytest.raises(ValueError, match=r"1000.* needs 0.000864 GB of memory"):
        surrogates(ROWS, 1000)


def test_index_of_huge_fields():
    first, second = ROWS[:3], ROWS[3:6]
    expected = classifiability_index([first, second])
    assert_allclose(classifiability_index([1e200 * first, 1e200 * second]), expected)
