"""Tests of the stability of clusters, maps and labels over half samples."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skvaeclust._agreement import jaccard_indices, match_clusters
from skvaeclust._resampling._halves import (
    choose_surrogates,
    halve,
    rank_level,
    rank_p_value,
)
from skvaeclust.inspection import FieldMapsDisplay
from skvaeclust.model_selection import cluster_stability
from skvaeclust.model_selection._stability_result import ClusterStability
from skvaeclust.xarray import FieldClustering

SEEDS = range(3)
KMEANS = KMeans(3, n_init=3, random_state=0)


class Halfspaces(ClusterMixin, BaseEstimator):
    """Clusters by the sign of the first feature, whatever the data are."""

    def fit(self, X, y=None):
        self.labels_ = self.predict(X)
        return self

    def predict(self, X):
        return (np.asarray(X)[:, 0] > 0).astype(int)


def blobs(seed, n_samples=90):
    return make_blobs(n_samples, 5, centers=12 * np.eye(5)[:3], random_state=seed)[0]


def red_noise(seed, n_samples=240, memory=0.9):
    noise = np.random.default_rng(seed).standard_normal((n_samples, 4)) * [3, 2, 2, 1]
    for i in range(1, n_samples):
        noise[i] += memory * noise[i - 1]
    return noise


def test_jaccard_indices_in_closed_form():
    first = np.array([0, 0, 0, 1, 1, -1])
    second = np.array([2, 2, 0, 0, -1, 0])
    indices = jaccard_indices(first, second, 2, 3)
    assert_allclose(indices, [[1 / 5, 0, 2 / 3], [1 / 4, 0, 0]])
    assert_array_equal(match_clusters(first, second, 2, 3), [1, -1, 0, -1])
    assert np.isnan(jaccard_indices(first, second, 3, 2)[2, 1])  # both are empty


def test_halves_of_groups_are_halves():
    groups = np.repeat(np.arange(10), np.arange(1, 11))
    for seed in range(20):
        first = halve(groups, np.random.RandomState(seed))
        assert all(len(set(first[groups == g])) == 1 for g in range(10))
        assert abs(first.sum() - (~first).sum()) <= 10


def test_rank_test_in_closed_form():
    surrogates = np.arange(39) / 39
    assert rank_level(surrogates) == 37 / 39  # 38 / 39 alone is above: 2 of 40
    assert rank_p_value(37.5 / 39, surrogates) == 2 / 40
    assert rank_p_value(37 / 39, surrogates) == 3 / 40
    assert rank_level(np.arange(19)) == 18
    assert np.isnan([rank_level([]), rank_p_value(0.5, [])]).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("is_sorted", [False, True])
def test_separated_clusters(seed, is_sorted):
    X = blobs(seed)
    X = X[np.argsort(KMEANS.fit(X).labels_)] if is_sorted else X
    result = cluster_stability(KMEANS, X, n_splits=10, random_state=seed)
    assert result.surrogates == "gaussian"
    assert result.similarity.min() > 0.95
    assert result.similarity.mean() > result.level
    assert_array_equal(result.found, 1)
    assert (result.samples[~np.isnan(result.samples)] == 1).all()
    assert_array_equal(result.labels, KMEANS.fit(X).labels_)
    assert result.map_correlation.min() > 0.99
    assert_allclose(
        result.maps,
        [X[result.labels == k].mean(axis=0) - X.mean(axis=0) for k in range(3)],
    )
    assert "p = 0.05 against 19 gaussian surrogates" in str(result)
    assert list(result.to_frame()["fraction"]) == [1 / 3] * 3


def test_summary_gives_median_and_level_of_data_without_clusters():
    ones, surrogates = np.ones((1, 2)), np.linspace(0.2, 0.74, 19)
    result = ClusterStability(
        None, [0, 1], ones / 2, ones, *[ones] * 4, "phase", surrogates
    )
    assert str(result).startswith(
        "The mean Jaccard index over 1 half sample is 0.50. Data without clusters have "
        "0.47 in the median, and at most 5 % of them exceed 0.74: p = 0.5 against 19 "
        "phase surrogates. Half samples"
    )


def test_cloud_without_clusters():
    above = [
        " p = 0.05 " in str(cluster_stability(KMEANS, X, groups=groups, **params))
        for seed in SEEDS
        for params in [{"n_splits": 8, "random_state": seed}]
        for X, groups in (
            (np.random.default_rng(seed).standard_normal((120, 3)), None),
            (red_noise(seed), np.arange(240) // 24),
        )
    ]
    assert sum(above) <= 1  # each with a probability below 5 %


@pytest.mark.parametrize("seed", SEEDS)
def test_standard_error_of_fixed_clusters(seed):
    X = np.random.default_rng(seed).standard_normal((400, 30))
    X[:, 1] += 2 * np.sign(X[:, 0])
    result = cluster_stability(Halfspaces(), X, n_splits=100, n_surrogates=0)
    # The difference of a mean of half of the samples from the mean of all.
    expected = X.std() / np.sqrt(400)
    assert_allclose(result.standard_error[:, 2:].mean(), expected, rtol=0.1)
    assert_array_equal(result.similarity, 1)
    assert_array_equal(result.sign_agreement[:, :2], 1)
    assert 0.6 < result.sign_agreement[:, 2:].mean() < 0.9  # of noise: 0.75
    assert "(n_surrogates=0)" in result.summary


def test_labels_change_only_between_clusters():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(c, 1, (60, 2)) for c in (0, 9)])
    X[:3] = 4.5  # between the clusters
    result = cluster_stability(KMeans(2, n_init=3, random_state=0), X, random_state=0)
    assert (result.samples[3:] == 1).all()
    assert 0 < result.samples[:3].mean() < 1
    few = cluster_stability(KMEANS, X, n_splits=1, n_surrogates=0)
    assert np.isnan(few.samples).sum() == 60
    assert set(np.where(few.samples >= 0.5, few.labels, -1)) <= {-1, 0, 1, 2}


@pytest.mark.parametrize(
    "clusterer",
    [
        AgglomerativeClustering(3),
        make_pipeline(StandardScaler(), AgglomerativeClustering(3)),
        HDBSCAN(min_cluster_size=5, copy=True),
    ],
)
def test_clusterers_without_predict(clusterer):
    X = np.concatenate([blobs(0), [[99.0] * 5]])
    params = {"n_splits": 6, "random_state": 0}
    result = cluster_stability(clusterer, X, **params)
    noise = result.labels == -1
    assert_array_equal(np.isnan(result.samples), noise)
    if noise.any():
        assert noise[-1]
        assert result.similarity.min() > 0.9 > result.level


def test_fields_with_land(X):
    X = X.copy()
    X[:, :, 0, 0] = np.nan

    class Flat(KMeans):
        def fit(self, X, y=None):
            return super().fit(np.nan_to_num(X.reshape(len(X), -1)))

        def predict(self, X):
            return super().predict(np.nan_to_num(X.reshape(len(X), -1)))

    result = cluster_stability(
        Flat(3, n_init=3, random_state=0), X, n_splits=4, random_state=0
    )
    assert result.maps.shape == result.sign_agreement.shape == (3, *X.shape[1:])
    for values in (result.maps, result.standard_error, result.sign_agreement):
        assert_array_equal(np.isnan(values[0]), np.isnan(X[0]))
    mask = result.sign_agreement >= 0.95
    assert FieldMapsDisplay(result.maps, significant=mask).plot().figure_ is not None


def test_labelled_fields(currents):
    data = currents[["u", "v"]].isel(time=slice(0, 59)).copy()  # two months
    data["u"] = data["u"].where(data["time"] != data["time"][4])
    data["v"] = data["v"].where(data["time"] != data["time"][4])
    model = FieldClustering(
        KMeans(2, n_init=3, random_state=0), weights="coslat", climatology="month"
    )
    days = data["time"].dt.dayofyear // 4
    result = cluster_stability(model, data, groups=days, n_splits=6, random_state=0)
    assert result.surrogates == "phase"
    assert result.labels.dims == result.samples.dims == ("time",)
    assert result.labels[4] == -1
    assert np.isnan(result.samples[4])
    assert set(result.maps.dims) == {"cluster", "lat", "lon"}
    month = data.groupby("time.month") - data.groupby("time.month").mean()
    own = month.isel(time=np.flatnonzero(result.labels == 1)).mean("time")
    xr.testing.assert_allclose(
        result.maps.isel(cluster=1, drop=True).drop_attrs(),
        (own - month.mean("time")).drop_attrs(),
    )
    assert result.maps["u"].attrs["units"] == data["u"].attrs["units"]
    assert result.sign_agreement["u"].attrs["units"] == "1"
    assert result.maps["u"].attrs["long_name"].endswith(" anomaly")
    mask = result.sign_agreement >= 0.95
    drawn = FieldMapsDisplay(result.maps, significant=mask).plot()
    assert [ax.get_title("left") for ax in drawn.axes_] == ["cluster 0", "cluster 1"]
    one = cluster_stability(
        KMeans(2, n_init=1, random_state=0),
        data["v"].dropna("time", how="all"),
        n_splits=2,
    )
    assert one.maps.dims == ("cluster", "lat", "lon")


def test_surrogates_follow_the_memory_of_the_samples():
    def kind(X, groups=False, surrogates="auto"):
        labels = KMEANS.fit(X).labels_
        return choose_surrogates(surrogates, X, labels, groups)

    assert kind(red_noise(0)) == "phase"
    assert kind(red_noise(0, memory=0)) == "gaussian"
    assert kind(red_noise(0, memory=0), groups=True) == "phase"
    assert kind(red_noise(0), surrogates="unimodal") == "unimodal"


def test_result_does_not_depend_on_n_jobs_and_progress_is_optional(capsys):
    X = blobs(0, 30)
    params = {"n_splits": 2, "random_state": 3}
    first = cluster_stability(KMEANS, X, **params)
    assert capsys.readouterr() == ("", "")
    second = cluster_stability(KMEANS, X, n_jobs=2, verbose=True, **params)
    first_line, *_, last_line = capsys.readouterr().out.splitlines()
    assert first_line == "[cluster_stability] 0 of 21"
    assert last_line == "[cluster_stability] 21 of 21, 0 s left"
    assert_array_equal(first.surrogate_similarity, second.surrogate_similarity)
    assert_array_equal(first.sign_agreement, second.sign_agreement)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"groups": np.zeros(36)}, r"at least 2 distinct values, got \[0\.\]"),
        ({"groups": np.zeros(3)}, r"one value per sample, 36 .* shape \(3,\)"),
        ({"groups": "year"}, r"one value per sample, 36 in total; got .year."),
        ({"groups": [None, *range(35)]}, r"groups\[0\]=None"),
        ({"groups": [1.0, np.nan] * 18}, r"groups\[1\]=nan"),
        (
            {"groups": np.arange(36), "surrogates": "gaussian"},
            "surrogates='gaussian' have no memory",
        ),
        ({"n_splits": 0}, "'n_splits'.*Got 0"),
        ({"n_surrogates": 18}, "n_surrogates=18 must be 0 or at least 19"),
        ({"surrogates": "other"}, "'surrogates'.*Got 'other'"),
        ({"surrogates": ["phase"]}, r"'surrogates'.*Got \['phase'\]"),
        (
            {"estimator": HDBSCAN(min_cluster_size=30, copy=True)},
            "found no cluster in X",
        ),
    ],
)
def test_bad_parameters_are_named(X, params, message):
    params = {"estimator": KMEANS, "X": X.reshape(36, -1)} | params
    with pytest.raises(ValueError, match=message):
        cluster_stability(**params)
