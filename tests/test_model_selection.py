"""Classifiability: closed forms, the rule of a search, surrogates, choosing K."""

import math
from functools import partial
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kurtosis, skew
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.model_selection import (
    all_samples_cv,
    choose_n_clusters,
    classifiability_index,
    classifiability_report,
    classifiability_scorer,
    classifiability_scores,
    gaussian_surrogates,
    phase_randomized_surrogates,
    restart_centers,
    select_classifiable,
)
from skvaeclust.model_selection._choose import choose_number, p_values

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
SLANTED = Mixture([[0, 0], [3, 4]], [[1, 1], [4, 9]], agreement=0.95)
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
    assert report.conditions == {"separation": True, "agreement": True, "share": True}
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


def test_report_as_table_and_frame():
    model = Mixture([[0], [3], [9]], [[1], [1], [4]], agreement=np.nan)
    report = classifiability_report(model, min_separation=1.6)
    frame = report.to_frame()
    assert list(frame.index) == [(0, 1), (0, 2), (1, 2)]
    assert_allclose(frame["ratio"], [1.5, 3, 2])
    assert_allclose(frame["spread_j"], [1, 2, 2])
    assert report.conditions == {"separation": False, "share": True}
    assert not report.satisfied
    table = str(report)
    assert "least separation 1.50 (> 1.6): no" in table
    assert "least agreement nan (>= 0.9): not known" in table
    assert len(table.splitlines()) == 1 + 3 + 3


@pytest.mark.parametrize("model", [EMPTY, SINGLE], ids=["empty cluster", "K = 1"])
def test_worst_score(model):
    X = np.zeros((4, model.latent_means_.shape[1]))
    assert classifiability_scorer(model, X) == 0
    scores = classifiability_scores(model, X)
    assert all(map(math.isfinite, scores.values()))
    assert scores["separation"] == scores["distance"] == 0
    assert not classifiability_report(model).satisfied


def test_coincident_and_pointlike_clusters_are_finite():
    assert classifiability_scorer(Mixture([[1], [1]], [[1], [1]]), None) == 0
    assert classifiability_scorer(Mixture([[1], [1]], [[0], [0]]), None) == 0
    assert math.isfinite(classifiability_scorer(Mixture([[1], [2]], [[0], [0]]), None))
    # One sample has no spread.
    X = np.array([[0.0], [0.1], [9.0]])
    scores = classifiability_scores(Mixture([[0], [9]], [[1], [1]]), X)
    assert scores["sample_separation"] == 0


def test_scores_by_name():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [3.0, 4.0], [3.0, 3.0]])
    scores = classifiability_scores(SLANTED, X)
    assert scores["separation"] == classifiability_scorer(SLANTED, X)
    assert scores["distance"] == 5
    assert scores["agreement"] == 0.95
    assert scores["smallest_share"] == 0.5
    assert scores["elbo"] == -1.5
    assert scores["sample_separation"] > 0


def test_unfitted_and_foreign_estimators():
    with pytest.raises(NotFittedError):
        classifiability_scorer(VAEClustering(), None)
    with pytest.raises(NotFittedError):
        classifiability_report(make_pipeline(PCScaledNoiseAugmenter(), VAEClustering()))
    kmeans = KMeans(2, n_init=1).fit([[0.0], [1.0]])
    with pytest.raises(TypeError, match=r"KMeans has no latent_means_.*VAEClustering"):
        classifiability_scorer(kmeans, None)


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
    with pytest.raises(ValueError, match="two or more partitions, got 1"):
        classifiability_index([a])


def test_index_leaves_land_out():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((3, 2, 4, 5))
    a[:, :, 0, 1] = np.nan
    assert_allclose(classifiability_index([a, a[::-1]]), 1)


def test_centers_of_restarts():
    X = np.array([[0.0], [2.0], [10.0], [12.0]])
    model = SimpleNamespace(restart_labels_=np.array([[0, 0, 1, 1], [1, 0, 0, 0]]))
    first, second = restart_centers(model, X)
    assert_allclose(first, [[1], [11]])
    assert_allclose(second, [[8], [0]])


def candidates(**columns):
    """cv_results_ of a search, by (K, latent_dim) in good order unless given."""
    results = {
        "param_model__n_clusters": [2, 3, 3, 4, 3],
        "param_model__latent_dim": [2, 3, 2, 2, 2],
        "mean_test_separation": [2.0, 3.0, 2.0, 0.5, 2.5],
        "mean_test_distance": [2.0, 9.0, 8.0, 1.0, 4.0],
        "mean_test_agreement": [1.0, 1.0, 0.95, 0.8, 0.95],
        "mean_test_smallest_share": [0.3, 0.2, 0.2, 0.1, 0.2],
    } | columns
    n_candidates = len(results["mean_test_separation"])
    results["params"] = [{"number": i} for i in range(n_candidates)]
    return {name: np.array(column) for name, column in results.items()}


def test_rule_largest_k_then_lowest_dimension_then_separation():
    assert select_classifiable(candidates()) == 4
    assert select_classifiable(candidates(), raw=True) == 2
    assert select_classifiable(candidates(mean_test_agreement=[np.nan] * 5)) == 4
    assert select_classifiable(candidates(), min_separation=2.2) == 4
    assert select_classifiable(candidates(), min_agreement=0.99) == 1
    assert select_classifiable(candidates(), min_share=0.25) == 0
    lenient = partial(select_classifiable, min_separation=0.4, min_agreement=0.5)
    assert lenient(candidates()) == 3


def test_rule_without_searched_parameters_and_with_masked_ones():
    results = candidates()
    del results["param_model__n_clusters"], results["param_model__latent_dim"]
    assert select_classifiable(results) == 1
    masked = np.ma.masked_array([2, 3, 3, 4, 3], mask=[1, 0, 0, 0, 0], dtype=object)
    results = candidates() | {"param_model__n_clusters": masked}
    assert select_classifiable(results) == 4


def test_rule_says_what_failed():
    results = candidates(
        mean_test_separation=[0.1, 0.2, 0.9, 0.8, np.nan],
        mean_test_agreement=[0.1, 0.95, 0.2, 0.95, 0.1],
    )
    with pytest.warns(UserWarning, match=r"None of 5.*number': 3.*fails: separation"):
        assert select_classifiable(results) == 3


def test_rule_needs_scores():
    results = candidates()
    del results["mean_test_separation"]
    with pytest.raises(
        ValueError,
        match=r"no mean_test_separation\. Pass scoring=classifiability_scores",
    ):
        select_classifiable(results)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_plain_scorer_in_a_search(X):
    search = GridSearchCV(
        VAEClustering(n_init=1, max_epochs=4, random_state=0),
        {"n_clusters": [1, 3]},
        scoring=classifiability_scorer,
        cv=3,
    ).fit(X)
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] == 0
    assert np.isfinite(scores).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scores_of_variational_clusters_in_a_pipeline(X):
    flat = X.reshape(len(X), -1)
    model = VAEClustering(2, n_init=2, max_epochs=4, random_state=0)
    pipeline = make_pipeline(PCScaledNoiseAugmenter(2, random_state=0), model)
    scores = classifiability_scores(pipeline.fit(flat), flat)
    assert scores["separation"] == classifiability_scorer(model, None)
    assert scores["agreement"] == model.restart_agreement_
    assert scores["elbo"] == model.score(flat)
    assert np.isfinite(list(scores.values())).all()


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


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_samples", [50, 51])
def test_phase_randomisation_keeps_the_spectrum_of_every_component(seed, n_samples):
    rng = np.random.default_rng(seed)
    # Red noise with two orthogonal patterns, so that these are the components.
    scores = np.cumsum(rng.standard_normal((n_samples, 2)), axis=0)
    scores, _ = np.linalg.qr(scores - scores.mean(axis=0))
    patterns = np.linalg.qr(rng.standard_normal((7, 2)))[0].T
    X = 5 + scores * [9, 3] @ patterns
    surrogate = phase_randomized_surrogates(X, random_state=seed)[0]
    assert_allclose(surrogate.mean(axis=0), X.mean(axis=0))
    amplitudes = np.abs(np.fft.rfft((X - 5) @ patterns.T, axis=0))
    assert_allclose(
        np.abs(np.fft.rfft((surrogate - 5) @ patterns.T, axis=0)), amplitudes, atol=1e-9
    )
    assert np.abs(surrogate - X).max() > 0.1


@pytest.mark.parametrize("draw", [gaussian_surrogates, phase_randomized_surrogates])
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
    with pytest.raises(ValueError, match=f"NaN: 1 values.*{draw.__name__}"):
        draw(X)
    with pytest.raises(ValueError, match="n_surrogates == 0"):
        draw(X, 0)


class LinearMixture(ClusterMixin, BaseEstimator):
    """Principal components and k-means, with the attributes of VAEClustering."""

    def __init__(self, n_clusters=3, n_init=3, latent_dim=3, random_state=None):
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.latent_dim = latent_dim
        self.random_state = random_state

    def fit(self, X, y=None):
        rng = np.random.RandomState(self.random_state)
        rows = self._rows(X)
        self.pca_ = PCA(min(self.latent_dim, rows.shape[1])).fit(rows)
        Z = self.transform(X)
        # Of a bootstrap sample each, so that k-means can disagree with itself.
        runs = [
            KMeans(self.n_clusters, n_init=4, random_state=rng).fit(
                Z[rng.randint(len(Z), size=len(Z))]
            )
            for _ in range(self.n_init)
        ]
        labels = [run.predict(Z) for run in runs]
        pairs = combinations(labels, 2)
        self.restart_agreement_ = np.mean([adjusted_rand_score(*p) for p in pairs])
        self.kmeans_ = max(runs, key=lambda run: run.score(Z))
        self.labels_ = self.predict(X)
        members = [Z[self.labels_ == k] for k in range(self.n_clusters)]
        self.weights_ = np.array([len(rows) for rows in members]) / len(Z)
        self.latent_means_ = self.kmeans_.cluster_centers_
        self.latent_variances_ = np.array([m.var(axis=0) + 1e-12 for m in members])
        return self

    @staticmethod
    def _rows(X):
        rows = np.asarray(X).reshape(len(X), -1)
        return rows[:, ~np.isnan(rows).any(axis=0)]

    def transform(self, X):
        return self.pca_.transform(self._rows(X))

    def predict(self, X):
        return self.kmeans_.predict(self.transform(X))

    def score(self, X, y=None):
        return self.kmeans_.score(self.transform(X)) / len(X)


def blobs(n_clusters, seed, n_samples=60):
    return make_blobs(
        n_samples, 5, centers=12 * np.eye(5)[:n_clusters], random_state=seed
    )[0]


def clouds(kind, seed):
    rng = np.random.default_rng(seed)
    if kind == "uniform":
        return rng.uniform(size=(90, 4))
    if kind == "skewed":
        return rng.gamma(1, size=(90, 4))
    return rng.standard_normal((90, 4)) * [4, 3, 2, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_search_through_a_pipeline(seed):
    X = blobs(3, seed)
    search = GridSearchCV(
        make_pipeline(PCScaledNoiseAugmenter(1), LinearMixture(random_state=seed)),
        {
            "linearmixture__n_clusters": [1, 2, 3, 4],
            "linearmixture__latent_dim": [3, 2],
        },
        scoring=classifiability_scores,
        refit=partial(select_classifiable, min_separation=2),
        cv=all_samples_cv(X),
    ).fit(X)
    assert search.best_params_ == {
        "linearmixture__n_clusters": 3,
        "linearmixture__latent_dim": 2,
    }
    assert classifiability_report(search, X).satisfied
    single = search.cv_results_["param_linearmixture__n_clusters"] == 1
    assert (search.cv_results_["mean_test_separation"][single] == 0).all()


choose = partial(choose_n_clusters, LinearMixture(), n_surrogates=19)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_clusters", [2, 3, 4])
def test_number_of_clusters_is_found(n_clusters, seed):
    X = blobs(n_clusters, seed)
    result = choose(X, range(2, 6), random_state=seed)
    assert result.n_clusters_ == n_clusters
    assert result.estimator_.n_clusters == n_clusters
    assert_array_equal(result.estimator_.predict(X), result.estimator_.labels_)
    assert result.p_values.min() == 1 / 20


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["gaussian", "uniform", "skewed"])
def test_no_clusters(kind, seed):
    result = choose(clouds(kind, seed), range(2, 5), random_state=seed)
    assert result.n_clusters_ == 1
    assert result.estimator_ is None


def test_result_as_table_and_picture():
    plt = pytest.importorskip("matplotlib.pyplot")
    result = choose(blobs(3, 0), (4, 1, 3, 2, 3), random_state=0)
    frame = result.to_frame()
    assert list(frame.index) == [1, 2, 3, 4]
    assert frame["distinctness"].idxmax() == 3
    assert frame["gain"][3] > frame["gain_high"][3]
    assert_allclose(frame["objective"].diff()[1:], frame["gain"][1:])
    assert math.isnan(frame["gain"][1])
    assert (frame["distinctness_low"] <= frame["distinctness_high"]).all()
    assert (frame["p_value"] == result.p_values).all()
    assert result.surrogate_scores["agreement"].shape == (19, 4)
    display = result.plot()
    assert len(display.axes_) == 3
    assert display.axes_[1].lines[0].get_ydata()[2] == frame["separation"][3]
    figure, axes = plt.subplots(3)
    assert result.plot(axes).figure_ is figure
    plt.close("all")


@pytest.mark.parametrize("kind", ["gaussian", "phase"])
def test_result_does_not_depend_on_n_jobs(kind):
    estimator = LinearMixture(random_state=7)
    X = blobs(3, 0, 40).reshape(40, 1, 1, 5)
    X[:, :, :, 4] = np.nan
    before = X.copy()
    first, second = (
        choose_n_clusters(
            estimator,
            X,
            [2, 3],
            n_surrogates=19,
            kind=kind,
            n_jobs=n_jobs,
            random_state=3,
        )
        for n_jobs in (1, 2)
    )
    assert first.to_frame().equals(second.to_frame())
    assert_array_equal(first.estimator_.labels_, second.estimator_.labels_)
    assert estimator.random_state == 7
    assert not hasattr(estimator, "labels_")
    assert_array_equal(X, before)


def test_p_values_count_the_samples_themselves():
    surrogates = np.array([[1.0, 2.0], [3.0, 0.0], [0.5, 0.5]])
    assert_allclose(p_values(np.array([5.0, 3.0, 0.4]), surrogates), [0.25, 0.5, 1])


@pytest.mark.parametrize("seed", SEEDS)
def test_p_values_are_calibrated(seed):
    draws = np.random.default_rng(seed).standard_normal((4000, 20, 3))
    p = [p_values(draw[0], draw[1:]).min() for draw in draws]
    # The standard error of a share of 5 % in 4000 is 0.35 %.
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < 0.015


def test_choice_among_candidates():
    numbers = np.array([2, 3, 4, 5])

    def choice(distinct, p=0.05, **params):
        params = {"alpha": 0.05, "min_distinctness": 1.5} | params
        return choose_number(numbers, np.array(distinct), np.full(4, p), **params)

    assert choice([2.0, 2.1, 1.0, 0.2]) == 3
    assert choice([2.4, 2.0, 1.0, 0.2]) == 3
    assert choice([2.4, 1.7, 1.0, 0.2]) == 2
    assert choice([1.4, 1.4, 1.0, 0.2]) == 1
    assert choice([1.4, 1.4, 1.0, 0.2], min_distinctness=1) == 3
    assert choice([2.0, 2.1, 1.0, 0.2], p=0.1) == 1


def test_small_clusters_do_not_count():
    X = np.concatenate([blobs(2, 0, 90), np.full((4, 5), 50.0)])
    assert choose(X, [3], min_share=0.04, random_state=0).n_clusters_ == 3
    assert choose(X, [3], min_share=0.05, random_state=0).n_clusters_ == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_clusters": []}, r"n_clusters=\[\] must hold"),
        ({"n_clusters": [1]}, r"n_clusters=\[1\] must hold"),
        ({"n_clusters": range(2, 92)}, r"range\(2, 92\) goes up to 91.* 90 samples"),
        ({"n_clusters": [0, 2]}, "n_clusters == 0"),
        ({"n_surrogates": 18}, "n_surrogates=18.*alpha=0.05 needs at least 19"),
        ({"n_surrogates": 0}, "n_surrogates == 0"),
        ({"alpha": 1}, "alpha == 1"),
        ({"kind": "white"}, "kind='white'.*gaussian.*phase"),
        ({"estimator": LinearMixture(n_init=1)}, "n_init=1.*n_init >= 2"),
    ],
)
def test_bad_input_is_named(params, message):
    params = {"estimator": LinearMixture(), "X": blobs(2, 0, 90)} | params
    with pytest.raises(ValueError, match=message):
        choose_n_clusters(**params)


def test_estimators_that_cannot_be_judged():
    with pytest.raises(TypeError, match=r"PCA.*has no parameter n_clusters"):
        choose_n_clusters(PCA(), blobs(2, 0))
    with pytest.raises(TypeError, match="KMeans has no latent_means_"):
        choose_n_clusters(KMeans(n_init=2), blobs(2, 0))


def test_variational_clusters(X):
    """All of it, through a pipeline, at the smallest scale that works."""
    pipeline = make_pipeline(
        PCScaledNoiseAugmenter(3),
        VAEClustering(network="dense", n_init=2, max_epochs=30, batch_size=48),
    )
    with pytest.warns(ConvergenceWarning, match=r"n_clusters=\[2, 3\]"):
        result = choose_n_clusters(
            pipeline, X, [2, 3], n_surrogates=1, alpha=0.5, random_state=0
        )
    assert np.isfinite(result.scores["distinctness"]).all()
    assert set(result.p_values) <= {0.5, 1.0}
    assert result.surrogate_scores["distinctness"].shape == (1, 2)
