"""Tests of classifiability: closed forms, scorers, and the rule of a search."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.composites import cluster_means
from skvaeclust.model_selection import (
    classifiability_index,
    classifiability_report,
    classifiability_scorer,
    cluster_stability,
    half_sample_agreement,
    select_classifiable,
)
from skvaeclust.model_selection._classifiability import scores_of
from skvaeclust.xarray import FieldClustering

SEEDS = range(3)


class Mixture(BaseEstimator):
    """A fitted mixture with given parameters, and a latent space that is X itself."""

    def __init__(self, means, variances, weights=None, agreement=1.0):
        self.means = means
        self.variances = variances
        self.weights = weights
        self.agreement = agreement
        self.latent_means_ = np.array(means, dtype=float)
        self.latent_variances_ = np.array(variances, dtype=float)
        n_clusters = len(means)
        self.weights_ = np.array(weights or np.full(n_clusters, 1 / n_clusters))
        self.restart_agreement_ = agreement

    def fit(self, X, y=None):
        raise AssertionError("a scorer must not fit")

    fit_predict = fit

    def predict(self, X):
        distances = np.linalg.norm(X[:, None] - self.latent_means_, axis=2)
        return distances.argmin(axis=1)

    def transform(self, X):
        return X

    def score(self, X, y=None):
        return -1.5


# Centroids 5 apart along (3, 4); variances along that line are (9 a + 16 b) / 25.
SLANTED = Mixture([[0, 0], [3, 4]], [[1, 1], [4, 9]])
EMPTY = Mixture([[0], [9]], [[1], [1]], weights=[1.0, 0.0])
SINGLE = Mixture([[0, 0]], [[1, 1]])


def test_ratio_in_closed_form():
    report = classifiability_report(SLANTED)
    s_j = math.sqrt((9 * 4 + 16 * 9) / 25)
    assert_allclose(report.distances, [[0, 5], [5, 0]])
    assert_allclose(report.spreads, [[np.nan, 1], [s_j, np.nan]])
    assert_allclose(report.ratios[0, 1], 5 / (1 + s_j))
    assert report.min_separation == report.ratios[1, 0]
    assert report.min_distance == 5
    assert report.conditions == {
        "separation": True,
        "agreement": True,
        "fraction": True,
    }
    assert report.satisfied


@pytest.mark.parametrize("seed", SEEDS)
def test_ratio_does_not_depend_on_rotation_or_scale(seed):
    rng = np.random.default_rng(seed)
    rotation = 7 * np.linalg.qr(rng.standard_normal((3, 3)))[0]
    X = np.concatenate([rng.standard_normal((30, 3)) + c for c in (0, 6, 12)])
    means = np.array([[0.0] * 3, [6.0] * 3, [12.0] * 3])
    plain = classifiability_report(Mixture(means, np.ones((3, 3))), X)
    turned = Mixture(means @ rotation, np.ones((3, 3)))
    assert_allclose(
        classifiability_report(turned, X @ rotation).ratios, plain.ratios, rtol=1e-10
    )
    assert_allclose(plain.distances, plain.distances.T)


@pytest.mark.parametrize("seed", SEEDS)
def test_samples_of_a_mixture_have_its_ratio(seed):
    rng = np.random.default_rng(seed)
    model = Mixture([[0, 0], [12, 16]], [[1, 1], [4, 9]])
    X = np.repeat(model.latent_means_, 4000, axis=0)
    X += rng.standard_normal(X.shape) * np.sqrt(
        np.repeat(model.latent_variances_, 4000, axis=0)
    )
    expected = classifiability_report(model).min_separation
    # The relative standard error of a spread of 4000 samples is 1.1 %.
    assert_allclose(
        classifiability_report(model, X).min_separation, expected, rtol=0.06
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_half_of_a_gaussian_has_the_ratio_of_the_docstring(seed):
    X = np.random.default_rng(seed).standard_normal((40_000, 1))
    report = classifiability_report(Mixture([[-1], [1]], [[1], [1]]), X)
    half_normal = math.sqrt(2 / math.pi) / math.sqrt(1 - 2 / math.pi)
    assert_allclose(report.min_separation, half_normal, rtol=0.03)


def test_report_on_samples_without_a_cluster():
    class WithNone(Mixture):
        def predict(self, X):
            return np.where(X[:, 0] > 4.4, -1, super().predict(X))

    X = np.array([[-0.5, 0], [0.5, 0], [3, 4], [4, 4], [4.5, 4]])
    report = classifiability_report(WithNone(SLANTED.means, SLANTED.variances), X)
    assert_allclose(report.weights, [0.4, 0.4])
    same = classifiability_report(SLANTED, X[:4])
    assert_allclose(report.ratios, same.ratios)


def test_report_as_table_and_frame():
    model = Mixture([[0], [3], [9]], [[1], [1], [4]], agreement=np.nan)
    report = classifiability_report(model, min_separation=1.6)
    frame = report.to_frame()
    assert list(frame.index) == [(0, 1), (0, 2), (1, 2)]
    assert_allclose(frame["ratio"], [1.5, 3, 2])
    assert_allclose(frame["spread_j"], [1, 2, 2])
    assert report.conditions == {"separation": False, "fraction": True}
    assert not report.satisfied
    table = str(report)
    assert "minimum separation 1.50 (> 1.6): no" in table
    assert "minimum agreement nan (>= 0.7): unknown" in table
    assert len(table.splitlines()) == 1 + 3 + 3


def test_agreement_is_that_of_the_starts():
    assert classifiability_report(SLANTED).agreement == 1
    model = Mixture(SLANTED.means, SLANTED.variances)
    del model.restart_agreement_  # as in an estimator without it
    assert math.isnan(classifiability_report(model).agreement)


@pytest.mark.parametrize("model", [EMPTY, SINGLE], ids=["empty cluster", "K = 1"])
def test_worst_score(model):
    X = np.zeros((4, model.latent_means_.shape[1]))
    assert classifiability_report(model).min_separation == 0
    scores = scores_of(model, X)
    assert all(map(math.isfinite, scores.values()))
    assert classifiability_scorer(model, X) == 0
    assert scores["distinctness"] == scores["separation"] == scores["distance"] == 0
    assert not classifiability_report(model).satisfied


def test_coincident_and_pointlike_clusters_are_finite():
    for variances in ([[1], [1]], [[0], [0]]):
        report = classifiability_report(Mixture([[1], [1]], variances))
        assert report.min_separation == 0
    scores = scores_of(Mixture([[1], [2]], [[0], [0]]), np.eye(3, 1))
    assert math.isfinite(scores["separation"])
    # A cluster of one sample has no cohesion.
    X = np.array([[0.0], [0.1], [9.0]])
    scores = scores_of(Mixture([[0], [9]], [[1], [1]]), X)
    assert scores["isolation"] == 0


def test_scores_by_name():
    X = np.random.default_rng(0).normal(size=(40, 2)) + np.repeat(
        [[0, 0], [9, 9]], 20, 0
    )
    scores = scores_of(SLANTED, X)
    assert scores["separation"] == classifiability_report(SLANTED).min_separation
    assert scores["distance"] == 5
    assert scores["agreement"] == 1
    assert scores["smallest_fraction"] == 0.5
    assert scores["elbo"] == -1.5
    assert scores["isolation"] > 1.5
    assert scores["distinctness"] == 1
    for agreement, expected in ((0.4, 0.4), (-0.1, 0), (np.nan, 1)):
        model = Mixture(SLANTED.means, SLANTED.variances, agreement=agreement)
        assert scores_of(model, X)["distinctness"] == expected
        assert classifiability_scorer(model, X) == expected
    assert classifiability_scorer(SLANTED, X, min_fraction=0.51) == 0
    # All samples are in the middle: the boundary cuts a cloud.
    scores = scores_of(SLANTED, (X - X.mean(axis=0)) % 9 / 3)
    assert scores["distinctness"] == scores["isolation"] / 1.5 < 1


def test_unfitted_and_foreign_estimators():
    with pytest.raises(NotFittedError):
        classifiability_scorer(VAEClustering(), [[0.0]])
    with pytest.raises(NotFittedError):
        classifiability_report(make_pipeline(PCScaledNoiseAugmenter(), VAEClustering()))
    kmeans = KMeans(2, n_init=1).fit([[0.0], [1.0]])
    with pytest.raises(TypeError, match=r"KMeans has no latent_means_.*VAEClustering"):
        classifiability_scorer(kmeans, [[0.0]])


def test_index_of_partitions():
    a = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert_allclose(classifiability_index([a, 3 * a[::-1]], mean=np.zeros(3)), 1)
    # The sign counts: the best match of (0, 1, 0) is at a right angle.
    flipped = a * [[1], [-1]]
    assert_allclose(
        classifiability_index([a, flipped], mean=np.zeros(3)), 0, atol=1e-15
    )
    # cos 60 degrees in one pair, 1 in another, out of three pairs.
    turned = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, math.sqrt(0.75)]])
    assert_allclose(
        classifiability_index([a, a, turned], mean=np.zeros(3)), (1 + 2 * 0.5) / 3
    )


def test_index_leaves_land_out():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((3, 2, 4, 5))
    a[:, :, 0, 1] = np.nan
    assert_allclose(classifiability_index([a, a[::-1]]), 1)


def test_index_of_restarts_with_an_empty_cluster():
    X = np.random.default_rng(0).standard_normal((12, 5))
    restarts = np.stack([np.arange(12) % 2, 2 * (np.arange(12) % 2)])
    centers = [cluster_means(X, labels, 3) for labels in restarts]
    assert_allclose(classifiability_index(centers, mean=X.mean(axis=0)), 1)


@pytest.mark.parametrize(
    ("partitions", "mean", "message"),
    [
        ([np.eye(3)], None, r"two or more partitions, got \[array"),
        ([np.eye(3), np.ones((1, 3))], None, r"\[1\] must have at least 2 clusters"),
        ([np.eye(3), np.full((2, 3), np.nan)], None, r"\[1\] .* with data, got 0"),
        ([np.eye(3), 1j * np.eye(3)], None, r"partitions\[1\] must be real, got 1j"),
        ([np.eye(3), np.inf * np.ones((3, 3))], None, r"\[1\] must hold real .* inf"),
        ([np.eye(3), np.eye(4)], None, r"\[1\] must have the 3 points .* got 4"),
        ([np.ones(3), np.eye(3)], None, r"\[0\] must be an array .* shape \(3,\)"),
        ([np.eye(3), np.eye(3)], np.ones(4), "mean must have the 3 points"),
        ([np.eye(3), np.eye(3)], np.full(3, np.nan), "no point that is not NaN"),
        ([np.eye(3), np.eye(3)], [0, 0, 1], r"centre of partitions\[0\] is equal to"),
    ],
)
def test_bad_partitions_are_named(partitions, mean, message):
    with pytest.raises(ValueError, match=message):
        classifiability_index(partitions, mean=mean)


def candidates(distinct=(0.91, 0.95, 0.92, 0.5, 0.93), **columns):
    """cv_results_ of a search by (K, latent_dim)."""
    results = {
        "param_model__n_clusters": [2, 3, 3, 4, 3],
        "param_model__latent_dim": [2, 3, 2, 2, 2],
        "mean_test_score": distinct,
    } | columns
    results["params"] = [{"number": i} for i in range(len(distinct))]
    return {name: np.array(column) for name, column in results.items()}


def test_rule_largest_k_then_lowest_dimension_then_distinctness():
    assert select_classifiable(candidates()) == 4
    assert select_classifiable(candidates(), min_distinctness=0.94) == 1
    # Four clusters are chosen if they are as distinct ...
    assert select_classifiable(candidates((0.91, 0.95, 0.92, 0.91, 0.92))) == 3
    # ... three that are far less distinct than two are not ...
    assert select_classifiable(candidates((1.0, 0.9, 0.9, 0.9, 0.9))) == 0
    # ... nor a latent space that makes them less distinct.
    assert select_classifiable(candidates((0.9, 0.95, 0.7, 0.5, np.nan))) == 1


def test_rule_without_searched_parameters_and_with_masked_ones():
    results = candidates()
    del results["param_model__n_clusters"], results["param_model__latent_dim"]
    assert select_classifiable(results) == 1
    masked = np.ma.masked_array([2, 3, 3, 4, 3], mask=[1, 0, 0, 0, 0], dtype=object)
    results = candidates() | {"param_model__n_clusters": masked}
    assert select_classifiable(results) == 4


def test_rule_says_that_nothing_is_distinct():
    results = candidates((0.1, 0.4, 0.35, 0.3, np.nan))
    with pytest.warns(UserWarning, match=r"None of 5.*0\.45.*number': 1.*: 0\.40"):
        assert select_classifiable(results) == 1
    with pytest.warns(UserWarning, match="2 candidates had a distinctness of 0"):
        select_classifiable(candidates((0.1, 0.4, 0.0, 0.0, 0.2)))


def test_rule_needs_the_distinctness():
    results = candidates()
    results["mean_test_distinctness"] = results.pop("mean_test_score")
    assert select_classifiable(results) == 4
    del results["mean_test_distinctness"]
    with pytest.raises(ValueError, match="Pass scoring=classifiability_scorer"):
        select_classifiable(results)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_search_without_refit_maximises_the_distinctness(X):
    search = GridSearchCV(
        VAEClustering(n_init=1, max_epochs=4, random_state=0),
        {"n_clusters": [2, 3]},
        scoring=classifiability_scorer,
        cv=3,
    ).fit(X)
    scores = search.cv_results_["mean_test_score"]
    assert search.best_score_ == scores.max() <= 1
    assert search.best_estimator_.n_clusters == search.best_params_["n_clusters"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scores_of_variational_clusters_in_a_pipeline(X):
    flat = X.reshape(len(X), -1)
    model = VAEClustering(2, n_init=2, max_epochs=4, random_state=0)
    pipeline = make_pipeline(PCScaledNoiseAugmenter(2, random_state=0), model)
    scores = scores_of(pipeline.fit(flat), flat)
    assert scores["separation"] == classifiability_report(model).min_separation
    assert scores["agreement"] == model.restart_agreement_  # of the only pair
    assert scores["elbo"] == model.score(flat)
    assert np.isfinite(list(scores.values())).all()


# Halves of the data


def halves(X, **params):
    model = KMeans(3, n_init=5, random_state=0)
    return half_sample_agreement(model, X, **{"random_state": 0} | params)


def test_halves_agree_where_there_are_clusters(X, capsys):
    rows = X.reshape(36, -1)
    result = halves(rows, n_splits=2)
    assert result.agreement > 0.9 > result.level
    assert result.p_value == 0.05
    assert result.surrogates == "gaussian"
    assert "against 19 gaussian surrogates" in str(result)
    means = result.to_frame()["agreement"].groupby("data").mean()
    assert means["X"] == pytest.approx(result.agreement)
    assert means.drop("X").max() == pytest.approx(result.level)
    assert capsys.readouterr() == ("", "")
    again = halves(rows, n_splits=2, n_jobs=2, verbose=True)
    assert again.to_frame().equals(result.to_frame())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "[half_sample_agreement] 0 of 40"
    assert lines[-1] == "[half_sample_agreement] 40 of 40, 0 s left"
    alone = halves(rows, n_surrogates=0)
    assert len(alone.agreements) == 3
    assert math.isnan(alone.p_value)
    assert "(n_surrogates=0)" in alone.summary


def test_halves_without_clusters_are_not_significant():
    results = [
        halves(np.random.default_rng(seed).standard_normal((60, 2)), n_splits=1)
        for seed in range(4)
    ]
    assert sum(result.p_value <= 0.05 for result in results) <= 1
    assert min(result.agreement for result in results) > 0.1  # although there are none


def test_halves_by_a_clusterer_without_predict(X):
    rows = X.reshape(36, -1)
    result = half_sample_agreement(AgglomerativeClustering(3), rows, n_surrogates=0)
    assert result.agreement > 0.9


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"groups": np.zeros(36)}, r"at least 2 distinct values, got \[0\.\]"),
        ({"n_splits": 0}, "'n_splits'.*Got 0"),
        ({"n_surrogates": 8}, "n_surrogates=8 must be 0 or at least 19"),
        ({"surrogates": "other"}, "'surrogates'.*Got 'other'"),
        ({"surrogates": "gaussian", "groups": np.arange(36)}, "have no memory"),
        ({"groups": np.zeros(3)}, r"one value per sample, 36 .* shape \(3,\)"),
        ({"groups": "year"}, "one value per sample, 36 in total; got 'year'"),
        ({"groups": [None, *range(35)]}, r"groups\[0\]=None"),
        ({"groups": [1.0, np.nan] * 18}, r"groups\[1\]=nan"),
    ],
)
def test_bad_halves_are_named(X, params, message):
    with pytest.raises(ValueError, match=message):
        half_sample_agreement(KMeans(2), X.reshape(36, -1), **params)


@pytest.mark.parametrize("function", [half_sample_agreement, cluster_stability])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (1j * np.ones((9, 2)), "X must be real, got 1j"),
        ("data.nc", "an array.*'data.nc'"),
        (np.ones(9), r"X must be an array of at least 2 samples, .* shape \(9,\)"),
        (np.ones((1, 9)), r"at least 2 samples, got the shape \(1, 9\)"),
        (
            np.array([["a"], ["b"]]),
            "X must be an array of numbers, got text such as 'a'",
        ),
    ],
)
def test_bad_samples_are_named(function, X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        function(KMeans(2), X)
    with pytest.raises(TypeError, match="estimator must be a clusterer"):
        function(X, KMeans(2))
    with pytest.raises(TypeError, match="got the class KMeans"):
        function(KMeans, X)


def test_halves_of_labelled_fields(currents):
    data = currents[["u", "v"]]
    model = FieldClustering(KMeans(2, n_init=3, random_state=0), weights="coslat")
    days = currents["time"].dt.dayofyear // 5
    few = {"n_surrogates": 0, "random_state": 0}
    assert half_sample_agreement(model, data, groups=days, **few).agreement > 0.9
    one = half_sample_agreement(model, data["u"], n_splits=1, **few)
    assert one.agreement > 0.9
    with pytest.raises(ValueError, match="dim='day' is not a dimension of X"):
        half_sample_agreement(model.set_params(dim="day"), data)
    rows = currents["v"].stack(point=("lat", "lon")).dropna("point")
    plain = half_sample_agreement(KMeans(2, n_init=3, random_state=0), rows, **few)
    assert plain.agreement > 0.9
