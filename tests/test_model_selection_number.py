"""Tests of surrogates and of the choice of the number of clusters."""

import math
import re
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from skvaeclust import PCScaledNoiseAugmenter, RandomInit, VAEClustering
from skvaeclust.inspection import NumberOfClustersDisplay
from skvaeclust.model_selection import (
    all_samples_cv,
    choose_n_clusters,
    classifiability_report,
    classifiability_scorer,
    select_classifiable,
)
from skvaeclust.model_selection._rule import (
    choose_number,
    is_clear,
    p_values,
    rounds,
)

SEEDS = range(3)


class LinearMixture(ClusterMixin, BaseEstimator):
    """Principal components and k-means, with the attributes of VAEClustering."""

    def __init__(self, n_clusters=3, n_init=3, latent_dim=3, random_state=None):
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.latent_dim = latent_dim
        self.random_state = random_state

    @threadpool_limits.wrap(limits=1)  # fixes the order of sums
    def fit(self, X, y=None):
        rng = np.random.RandomState(self.random_state)
        rows = self._rows(X)
        self.pca_ = PCA(min(self.latent_dim, rows.shape[1])).fit(rows)
        Z = self.transform(X)
        # From bootstrap samples, so that partitions of k-means differ.
        runs = [
            KMeans(self.n_clusters, n_init=4, random_state=rng).fit(
                Z[rng.randint(len(Z), size=len(Z))]
            )
            for _ in range(self.n_init)
        ]
        self.kmeans_ = max(runs, key=lambda run: run.score(Z))
        self.labels_ = self.predict(X)
        self.restart_agreement_ = np.mean(
            [
                adjusted_rand_score(self.labels_, run.predict(Z))
                for run in runs
                if run is not self.kmeans_
            ]
        )
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
        scoring=classifiability_scorer,
        refit=partial(select_classifiable, min_distinctness=0.5),
        cv=all_samples_cv(X),
    ).fit(X)
    assert search.best_params_ == {
        "linearmixture__n_clusters": 3,
        "linearmixture__latent_dim": 2,
    }
    assert classifiability_report(search, X).satisfied
    single = search.cv_results_["param_linearmixture__n_clusters"] == 1
    assert (search.cv_results_["mean_test_score"][single] == 0).all()


def choose(X, n_clusters, **params):
    params = {"n_surrogates": 4} | params
    return choose_n_clusters(X, LinearMixture(), n_clusters, **params)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_clusters", [2, 3, 4])
def test_number_of_clusters_is_found(n_clusters, seed):
    X = blobs(n_clusters, seed)
    result = choose(X, range(2, 6), random_state=seed)
    assert result.n_clusters == n_clusters
    assert result.estimator.n_clusters == n_clusters
    assert_array_equal(result.estimator.predict(X), result.estimator.labels_)
    assert result.p_values.min() < 0.05
    assert str(result).startswith(f"{n_clusters} clusters; ")


def test_no_clusters():
    kinds = ("gaussian", "uniform", "skewed")
    results = [
        choose(clouds(kind, seed), range(2, 5), random_state=seed)
        for kind in kinds
        for seed in SEEDS
    ]
    none = [result for result in results if result.n_clusters == 1]
    assert len(none) >= 8  # each is a false alarm with a probability of 5 %
    for result in none:
        assert result.estimator is None
        assert str(result).startswith("No clusters: the maximum distinctness, 0.")


def test_search_and_choice_agree():
    X = blobs(3, 0)
    search = GridSearchCV(
        LinearMixture(random_state=0),
        {"n_clusters": [2, 3, 4, 5]},
        scoring=classifiability_scorer,
        refit=select_classifiable,
        cv=all_samples_cv(X),
    ).fit(X)
    result = choose(X, [2, 3, 4, 5], random_state=0)
    assert search.best_params_ == {"n_clusters": result.n_clusters}
    scores = search.cv_results_["mean_test_score"]
    assert scores[1] == pytest.approx(result.scores["distinctness"][1])


def test_result_as_table_and_picture():
    plt = pytest.importorskip("matplotlib.pyplot")
    result = choose(blobs(3, 0), (4, 1, 3, 2, 3), random_state=0)
    frame = result.to_frame()
    assert list(frame.index) == [1, 2, 3, 4]
    assert frame["distinctness"].idxmax() == 3
    assert frame["gain"][3] > frame["gain_high"][3]
    assert_allclose(frame["elbo"].diff()[1:], frame["gain"][1:])
    assert math.isnan(frame["gain"][1])
    assert (frame["distinctness_low"] <= frame["distinctness_high"]).all()
    assert (frame["p_value"] == result.p_values).all()
    n_surrogates = len(result.surrogate_scores["agreement"])
    assert n_surrogates == 4
    assert result.surrogate_scores["agreement"].shape == (n_surrogates, 4)
    display = NumberOfClustersDisplay(result).plot()
    assert len(display.axes_) == 3
    assert display.axes_[1].lines[n_surrogates].get_ydata()[2] == frame["isolation"][3]
    figure, axes = plt.subplots(3)
    assert NumberOfClustersDisplay(result).plot(axes=axes).figure_ is figure


def test_result_without_surrogates():
    pytest.importorskip("matplotlib.pyplot")
    result = choose(clouds("gaussian", 0), [2, 3], random_state=0)
    assert result.surrogate_scores["elbo"].shape == (0, 2)
    assert np.isnan(result.p_values).all()
    assert result.to_frame()["agreement_high"].isna().all()
    assert (
        len(NumberOfClustersDisplay(result).plot().axes_[0].lines) == 2
    )  # samples and the minimum


def test_sentence_says_why():
    X, cloud = blobs(3, 0), clouds("gaussian", 0)
    assert re.fullmatch(
        r"3 clusters; 2 and 4 are less distinct; p [<=] [\d.]+ against \d gaussian "
        r"surrogates\.",
        choose(X, [2, 3, 4], random_state=0).summary,
    )
    sentence = choose(cloud, [2, 3], random_state=0).summary
    assert re.search(r"below 0.45, since .*isolation 0\.\d\d", sentence)
    sentence = choose(cloud, [2, 3], random_state=0, min_distinctness=0).summary
    assert re.search(r"higher than in data without clusters: p = 0", sentence)
    sentence = choose(X, [3], min_fraction=0.5, random_state=0).summary
    assert sentence.endswith("since a cluster is too small.")


@pytest.mark.parametrize(
    ("X", "params", "n_fitted", "n_clusters"),
    [
        (clouds("gaussian", 0), {"min_distinctness": 0.9}, 0, 1),  # nothing is distinct
        (clouds("gaussian", 0), {"min_distinctness": 0}, 8, 1),
        (blobs(3, 0), {}, 4, 3),  # clear after four surrogates
    ],
)
def test_surrogates_are_fitted_until_the_choice_is_clear(
    X, params, n_fitted, n_clusters, monkeypatch
):
    first = choose(X, [2, 3], n_surrogates=8, random_state=0, **params)
    monkeypatch.setattr("skvaeclust.model_selection._choose.ALPHA", 1e-9)
    second = choose(X, [2, 3], n_surrogates=8, random_state=0, min_distinctness=0)
    assert first.n_clusters == n_clusters
    fitted = first.surrogate_scores["distinctness"]
    assert len(fitted) == n_fitted
    every = second.surrogate_scores["distinctness"]
    assert len(every) == 8
    assert_array_equal(fitted, every[:n_fitted])


def test_rounds():
    assert [list(numbers) for numbers in rounds(4)] == [[1, 2, 3, 4]]
    assert [len(numbers) for numbers in rounds(20)] == [4, 4, 8, 4]


@pytest.mark.parametrize("seed", SEEDS)
def test_false_alarms_when_surrogates_are_added_until_the_choice_is_clear(seed):
    rule = {"alpha": 0.05, "min_distinctness": -np.inf}
    draws = np.exp(np.random.default_rng(seed).standard_normal((6000, 9, 1)))
    alarms = 0
    for draw in draws:
        for n in (4, 8):
            p = p_values(draw[0], draw[1 : 1 + n])
            if is_clear(draw[0], p, **rule):
                break
        alarms += choose_number(np.array([2]), draw[0], p, **rule) == 2
    # The standard error of a fraction of 5.5 % in 6000 is 0.3 %.
    assert abs(alarms / len(draws) - 0.055) < 0.01


@pytest.mark.parametrize("surrogates", ["gaussian", "phase", "unimodal"])
def test_result_does_not_depend_on_n_jobs(surrogates):
    estimator = LinearMixture(random_state=7)
    X = blobs(3, 0, 40).reshape(40, 1, 1, 5)
    X[:, :, :, 4] = np.nan
    before = X.copy()
    first, second = (
        choose_n_clusters(
            X,
            estimator,
            [2, 3],
            n_surrogates=4,
            min_distinctness=0,
            surrogates=surrogates,
            n_jobs=n_jobs,
            random_state=3,
        )
        for n_jobs in (1, 2)
    )
    assert first.to_frame().equals(second.to_frame())
    assert_array_equal(first.estimator.labels_, second.estimator.labels_)
    assert estimator.random_state == 7
    assert not hasattr(estimator, "labels_")
    assert_array_equal(X, before)


def test_progress_is_silent_unless_asked_for(capfd):
    choose(blobs(3, 0), [2, 3], random_state=0)
    assert capfd.readouterr() == ("", "")
    choose(blobs(3, 0), [2, 3], random_state=0, min_distinctness=0, verbose=True)
    first, *_, last = capfd.readouterr().out.splitlines()
    assert first == "[choose_n_clusters] 0 of 10"
    assert last == "[choose_n_clusters] 10 of 10, 0 s left"


def test_interruption_changes_nothing():
    class Interrupted(LinearMixture):
        def fit(self, X, y=None):
            if self.n_clusters == 3:
                raise KeyboardInterrupt
            return super().fit(X)

    X, estimator = blobs(3, 0), Interrupted()
    before, params = X.copy(), estimator.get_params()
    with pytest.raises(KeyboardInterrupt):
        choose_n_clusters(X, estimator, [2, 3])
    assert_array_equal(X, before)
    assert estimator.get_params() == params
    assert not hasattr(estimator, "labels_")


def test_min_distinctness():
    X = blobs(3, 0)
    result = choose(X, [2], random_state=0)
    reached = result.scores["distinctness"][0]
    for limit, words in ((reached, "clusters"), (1.001 * reached, "is below")):
        result = choose(X, [2], min_distinctness=limit, random_state=0)
        assert words in result.summary


def test_small_clusters_do_not_count():
    X = blobs(3, 0, 90)
    assert choose(X, [3], min_fraction=0.3, random_state=0).n_clusters == 3
    result = choose(X, [3], min_fraction=0.34, random_state=0)
    assert result.n_clusters == 1
    assert result.scores["distinctness"] == result.scores["isolation"] == 0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_clusters": []}, r"n_clusters=\[\] must contain"),
        ({"n_clusters": [1]}, r"n_clusters=\[1\] must contain"),
        ({"n_clusters": range(2, 92)}, r"range\(2, 92\) must contain.* to 90, got 91"),
        ({"n_clusters": [0, 2]}, "from 1 to 90, got 0"),
        ({"n_surrogates": 3}, "'n_surrogates'.*Got 3"),
        ({"min_distinctness": 1.5}, "'min_distinctness'.*Got 1.5"),
        ({"min_fraction": -1}, "'min_fraction'.*Got -1"),
        ({"surrogates": "white"}, "'surrogates'.*phase.*Got 'white'"),
        ({"estimator": VAEClustering(init="random", n_init=1)}, "n_init >= 2"),
        ({"estimator": VAEClustering(init=RandomInit(), n_init=1)}, "n_init >= 2"),
    ],
)
def test_bad_input_is_named(params, message):
    params = {"estimator": LinearMixture(), "X": blobs(2, 0, 90)} | params
    with pytest.raises(ValueError, match=message):
        choose_n_clusters(**params)


def test_estimators_without_the_attributes_that_are_needed():
    with pytest.raises(TypeError, match=r"PCA.*has no parameter n_clusters"):
        choose_n_clusters(blobs(2, 0), PCA())
    with pytest.raises(TypeError, match=r"KMeans has no latent_.* cluster_stability"):
        choose_n_clusters(blobs(2, 0), KMeans(n_init=2))

    class Once(LinearMixture):
        def fit(self, X, y=None):
            super().fit(X)
            del self.restart_agreement_
            return self

    with pytest.raises(TypeError, match="Once has no restart_agreement_"):
        choose_n_clusters(blobs(2, 0), Once())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_variational_clusters(X):
    """Test the complete choice with a pipeline, at the smallest possible scale."""
    pipeline = make_pipeline(
        PCScaledNoiseAugmenter(3),
        VAEClustering(init="random", n_init=2, max_epochs=4, batch_size=48),
    )
    result = choose_n_clusters(
        X, pipeline, [2, 3], n_surrogates=4, min_distinctness=0, random_state=0
    )
    assert np.isfinite(result.scores["distinctness"]).all()
    assert ((result.p_values >= 0) & (result.p_values <= 1)).all()
    assert result.surrogate_scores["distinctness"].shape == (4, 2)


def test_fit_that_has_not_converged_is_named(X):
    class Unsettled(LinearMixture):
        converged_ = False

    with pytest.warns(ConvergenceWarning, match=r"n_clusters=3 has not converged"):
        choose_n_clusters(blobs(3, 0), Unsettled(), [2, 3], random_state=0)


def test_the_samples_come_first(X):
    with pytest.raises(TypeError, match="X=None must be an array"):
        choose_n_clusters(None, X)
    with pytest.raises(TypeError, match="samples first"):
        choose_n_clusters(VAEClustering(), X)


@pytest.mark.parametrize("n_clusters", [3, np.array(3), 2.5, "23"])
def test_numbers_of_clusters_are_several(n_clusters):
    with pytest.raises(TypeError, match="n_clusters"):
        choose_n_clusters(blobs(2, 0), LinearMixture(), n_clusters)


@pytest.mark.parametrize("name", ["min_distinctness", "min_fraction"])
def test_thresholds_are_numbers(X, name):
    with pytest.raises(TypeError, match=name):
        choose_n_clusters(X, **{name: "0.1"})


def test_an_interrupted_candidate_ends_the_choice(X, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    model = VAEClustering(max_epochs=4)
    monkeypatch.setattr("skvaeclust._progress.Progress.on_epoch", interrupt)
    monkeypatch.setattr("skvaeclust._training._restarts._last_interrupt", -np.inf)
    with pytest.raises(KeyboardInterrupt):
        choose_n_clusters(X, model, [2, 3])
