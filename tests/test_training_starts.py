"""Tests of the partitions that training starts from, and of their table."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from skvaeclust import (
    ConvNetworks,
    PCScaledNoiseAugmenter,
    RandomInit,
    VAEClustering,
)
from skvaeclust._agreement import fraction_moved, pairwise_agreement
from skvaeclust._training._groups import group
from skvaeclust._training._likelihood import mixture_likelihood
from skvaeclust._training._partitions import MANY, N_LANDMARKS, CandidatePartitions
from skvaeclust._training._starts import find_starts

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)
WITHOUT_DROPOUT = ConvNetworks(channels=(8, 16), hidden_features=64, dropout=(0, 0))


def rings(n_samples, seed):
    """Two half circles, which a mixture of two Gaussians cannot represent."""
    return make_moons(n_samples, noise=0.04, random_state=seed)


# The methods


@pytest.mark.parametrize("seed", range(3))
def test_bent_clusters_are_among_the_partitions(seed):
    X, y = rings(200, seed)
    found = CandidatePartitions(X, seed).find(2)
    scores = {name: adjusted_rand_score(y, labels) for name, labels in found.items()}
    assert max(scores.values()) > 0.95
    assert scores["k-means"] < 0.5


def test_clear_data_need_no_embedding():
    X, _ = make_blobs(90, n_features=20, centers=3, random_state=0)
    found = CandidatePartitions(X, 0).find(3)
    assert not any(name.startswith("t-SNE") for name in found)
    assert len(group(list(found.values()))[0]) == 1


@pytest.mark.parametrize("n_samples", [2, 3, 5, 12])
@pytest.mark.parametrize("n_features", [1, 4])
@pytest.mark.parametrize("n_clusters", [1, 2])
def test_methods_that_cannot_run_are_left_out(n_samples, n_features, n_clusters):
    X = np.random.default_rng(0).standard_normal((n_samples, n_features))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = CandidatePartitions(X, 0).find(n_clusters)
    assert found
    assert all(labels.shape == (n_samples,) for labels in found.values())


def test_equal_samples_are_no_trouble():
    X = np.repeat(np.eye(3), 10, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = CandidatePartitions(X, 0).find(3)
    assert_array_equal(np.bincount(found["k-means"]), [10, 10, 10])


def test_the_same_whatever_the_threads(threads):
    X, _ = rings(200, 0)
    first = CandidatePartitions(X, 0).find(2)
    threads(2)
    for name, labels in CandidatePartitions(X, 0).find(2).items():
        assert_array_equal(labels, first[name])


def test_all_samples_have_labels_where_they_are_many():
    n_samples = N_LANDMARKS + 500
    X, y = make_blobs(n_samples, n_features=3, centers=3, random_state=0)
    found = CandidatePartitions(X, 0)
    partitions = found.cheap_methods(3) | found.embedding_methods(3)
    assert len(partitions) == 9
    for method in partitions.values():
        labels = method(3)
        assert labels.shape == (n_samples,)
        assert adjusted_rand_score(y, labels) > 0.9


# Likelihood


def crossed_clusters(n_samples, seed=0):
    """Two elongated clusters that cross, and a direction of large common variance."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    X = rng.standard_normal((n_samples, 12))
    X[:, 0] *= 8
    X[np.arange(n_samples), 1 + y] *= 10
    return X, y


def test_the_likelihood_prefers_the_truth_to_a_cut_of_the_common_variance():
    X, y = crossed_clusters(1000)
    cut = (X[:, 0] > 0).astype(int)
    assert mixture_likelihood(X, y, 2, 0) > mixture_likelihood(X, cut, 2, 0)
    # An exact value: one cluster is one Gaussian.
    one = mixture_likelihood(X[:, :1] / 8, np.zeros(1000, dtype=int), 1, 0)
    assert one == pytest.approx(-0.5 * np.log(2 * np.pi * np.e), abs=0.1)


def test_tiny_clusters_do_not_raise_the_likelihood():
    X = np.random.default_rng(0).standard_normal((600, 10))
    tiny = np.zeros(600, dtype=int)
    tiny[:4] = 1
    half = np.arange(600) % 2
    assert mixture_likelihood(X, tiny, 2, 0) < mixture_likelihood(X, half, 2, 0) + 0.05


@pytest.mark.filterwarnings("ignore:No other start agrees")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_keeps_the_labels_of_the_likeliest_start():
    X, y = crossed_clusters(MANY + 100)
    model = VAEClustering(2, random_state=0).fit(X)
    assert {record["phase"] for record in model.history_} == {"supervised"}
    assert model.starts_.loc[model.starts_["kept"], "moved"].max() < 0.1
    assert adjusted_rand_score(y, model.labels_) > 0.6
    assert adjusted_rand_score(y, (X[:, 0] > 0)) < 0.05


@pytest.mark.filterwarnings("ignore:No other start agrees")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_samples", [MANY - 200, MANY + 100])
def test_a_continuum_is_divided_by_k_means(n_samples):
    # Without clusters, the likelihood prefers a mixture that halves do not reproduce.
    scales = np.r_[4, 3, 2, np.ones(7)]
    X = scales * np.random.default_rng(1).standard_normal((n_samples, 10))
    found = CandidatePartitions(X, 0)
    assert not found.is_reproducible("mixture, full, 10 PCs", 4)
    starts = find_starts("auto", X, 4, 3, np.random.RandomState(0))
    assert [starts.names[i] for i in starts.trained] == ["k-means"]
    assert not starts.fixed


def test_half_samples_reproduce_clusters_and_not_noise():
    X, _ = make_blobs(300, n_features=10, centers=3, random_state=0)
    noise = np.random.default_rng(0).standard_normal(X.shape)
    for name in ("k-means", "mixture, diagonal, 10 PCs", "t-SNE 30, mixture"):
        agree = CandidatePartitions(X, 0).half_sample_agreement(name, 3)
        assert agree == pytest.approx(1)
        assert CandidatePartitions(noise, 0).half_sample_agreement(name, 3) < 0.5
    assert CandidatePartitions(X[:4], 0).half_sample_agreement("k-means", 3) == 0


# Starts that are the same


def test_starts_that_are_the_same_are_trained_once():
    one = np.repeat([0, 1, 2], 40)
    nearly = one.copy()
    nearly[0] = 1
    other = np.tile([0, 1, 2], 40)
    groups, means = group([other, one, (one + 1) % 3, nearly])
    assert [sorted(members) for members in groups] == [[1, 2, 3], [0]]
    assert means[0] > means[1]


def test_starts_far_behind_are_not_trained():
    class Given:
        def starts(self, scores, n_clusters, random_state):
            one = np.repeat([0, 1], 30)
            return [one, one, one, np.tile([0, 1], 30)]

    X = np.random.default_rng(0).standard_normal((60, 2))
    starts = find_starts(Given(), X, 2, 3, np.random.RandomState(0))
    assert len(starts.groups) == 2
    assert starts.n_trained == 1
    given = Given().starts(None, 2, None)
    assert find_starts(given, X, 2, 1, np.random.RandomState(0)).n_trained == 2


def test_pairwise_agreement():
    rng = np.random.default_rng(0)
    labels = [rng.integers(k, size=50) - 1 for k in (1, 2, 5, 9)]
    labels += [labels[2], 2 * labels[0] + 7]
    expected = [[adjusted_rand_score(a, b) for b in labels] for a in labels]
    np.fill_diagonal(expected := np.array(expected), np.nan)
    assert_array_equal(pairwise_agreement(labels), expected)


def test_fraction_moved():
    before = np.array([0, 0, 0, 1, 1, 1])
    after = np.array([2, 2, 2, 0, 0, 2])
    assert fraction_moved(before, after) == pytest.approx(1 / 6)


# The estimator


def test_training_from_a_start_refines_it(circulations):
    X, y = circulations
    start = y.copy()
    start[:2] = (y[:2] + 1) % 3  # two errors
    model = VAEClustering(
        3, init=start, augmenter=PCScaledNoiseAugmenter(), random_state=0
    ).fit(X)
    assert adjusted_rand_score(y, model.labels_) > adjusted_rand_score(y, start)
    assert 0 < model.starts_.loc["labels", "moved"] < 0.2
    assert {record["phase"] for record in model.history_} == {
        "supervised",
        "refinement",
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("network", ["dense", WITHOUT_DROPOUT])
def test_supervised_epochs_fit_the_labels(X, network):
    rng = np.random.default_rng(0)
    start = rng.permutation(np.arange(36) % 3)  # not what the objective would find
    model = VAEClustering(
        3, init=start, network=network, max_epochs=1, batch_size=4, random_state=0
    )
    few = adjusted_rand_score(start, model.fit(X).labels_)
    assert model.history_[0]["phase"] == "supervised"
    model.set_params(max_epochs=60, batch_size=4)
    model.fit(X)
    supervised = [r for r in model.history_ if r["phase"] == "supervised"]
    assert len(supervised) == 29
    assert adjusted_rand_score(start, model.labels_) > few


def test_table_of_starts(circulations):
    X, y = circulations
    worse = np.where(np.arange(36) % 4 == 0, (y + 1) % 3, y)
    model = VAEClustering(
        3,
        init=[y, (y + 1) % 3, worse],
        augmenter=PCScaledNoiseAugmenter(),
        random_state=0,
    ).fit(X)
    table = model.starts_
    assert list(table.index) == ["labels 0", "labels 1", "labels 2"]
    assert table["n_same"].tolist() == [2, 2, 1]
    assert table["kept"].tolist() == [True, True, False]
    assert table["criterion"].idxmin() in ("labels 0", "labels 1")
    assert table["agreement"].iloc[0] == 1
    assert model.restart_labels_.shape == (3, 36)
    assert_array_equal(model.restart_labels_[0], model.restart_labels_[1])


def test_all_partitions_are_listed(X):
    model = VAEClustering(3, augmenter=PCScaledNoiseAugmenter(2), random_state=0).fit(X)
    assert "k-means" in model.starts_.index
    assert model.starts_["n_same"].max() >= 5
    assert model.starts_.loc[model.starts_["kept"], "criterion"].notna().all()


def test_user_learns_that_k_means_would_do(X, capsys):
    VAEClustering(
        3, augmenter=PCScaledNoiseAugmenter(2), random_state=0, verbose=1
    ).fit(X)
    out = capsys.readouterr().out
    assert "kept the restart from 'k-means'" in out
    assert "k-means finds the same clusters" in out


def test_warns_where_nothing_agrees():
    X = np.random.default_rng(0).standard_normal((60, 8))
    starts = [np.arange(60) % 3, np.arange(60) // 20]
    model = VAEClustering(
        3, init=starts, learning_rate=1e-3, max_epochs=200, random_state=0
    )
    with pytest.warns(
        UserWarning, match="with those from .* is 0.* choose_n_clusters; see"
    ) as caught:
        model.fit(X)
    assert len(caught) == 1


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_an_object_may_give_starts(quick, X, network):
    seen = {}

    class Halves:
        def starts(self, scores, n_clusters, random_state):
            seen["shape"], seen["n_clusters"] = scores.shape, n_clusters
            seen["spread"] = scores.var(axis=0)
            return {"first component": (scores[:, 0] > 0).astype(int)}

    model = quick(X, n_clusters=2, init=Halves(), network=network)
    assert list(model.starts_.index) == ["first component"]
    assert seen["n_clusters"] == 2
    assert seen["shape"][0] == 36
    assert (np.diff(seen["spread"]) <= 1e-9).all()
    assert 0.5 < seen["spread"].sum() <= 35 / 36 + 1e-9


def test_labels_may_be_names(quick, X):
    names = np.array(["eddy", "jet", "wave"])[np.arange(36) % 3]
    numbers = quick(X, init=np.arange(36) % 3)
    series = pd.Series(names, index=np.arange(36, 72))
    assert_array_equal(quick(X, init=series).predict_proba(X), numbers.predict_proba(X))
    assert_array_equal(quick(X, init=names).predict_proba(X), numbers.predict_proba(X))


@pytest.mark.parametrize("missing", ["-1", "masked", "float"])
def test_samples_without_a_start_join_the_nearest_cluster(missing):
    scores, truth = (
        np.repeat([[0.0, 0], [9, 0], [0, 9]], 10, axis=0),
        np.arange(30) // 10,
    )
    given = np.where(np.arange(30) % 3, truth, -1)
    given = np.ma.masked_equal(given, -1) if missing == "masked" else given
    given = given.astype(float) if missing == "float" else given
    assert_array_equal(find_starts(given, scores, 3, 1, None).labels[0], truth)


def test_starts_by_name(quick, X):
    labels = np.arange(36) % 3
    table = quick(X, init={"mine": labels, "other": labels[::-1]}).starts_
    assert [*table.index] == ["mine", "other"]


class Returns:
    """Object whose starts are given."""

    def __init__(self, found):
        self.found = found

    def starts(self, scores, n_clusters, random_state):
        return self.found


@pytest.mark.parametrize(
    ("init", "message"),
    [
        ("k-means", "init must be 'auto', .*got 'k-means'"),
        (np.zeros(35, dtype=int), r"'labels' must be 36 labels.* shape \(35,\)"),
        (np.zeros((3, 5)), r"shape \(5,\)\. Centres .*distances_argmin\(X, centers\)"),
        ([np.arange(36) % 3, np.zeros(4)], r"'labels 1' must be.* shape \(4,\)"),
        (np.arange(36), "36 different labels, more than n_clusters=3"),
        (np.full(36, np.nan), "init: 'labels' has NaN or infinity. Use -1"),
        ([], r"init must be 'auto'.*got \[\]"),
        (None, "init must be 'auto'.*got None"),
        (3, "init must be 'auto'.*got 3"),
        (RandomInit, "init must be 'auto'.*got <class"),
        (Returns, "init must be 'auto'.*got <class"),
        (Returns(None), "Returns object.*must return labels.*got None"),
        (Returns("abc"), "must return labels.*got 'abc'"),
        ([1, "a", None] * 12, "init: 'labels' must be labels of one type"),
        (("mine", [1, 2]), "init: 'labels' must be an array: .*inhomogeneous"),
        (np.full(36, -1), "'labels' has no cluster: all labels are -1"),
        (RandomInit(tol=2), r"'tol'.*\[0.0, 1.0\]. Got 2"),
    ],
)
def test_bad_starts_are_named_before_training(X, init, message, monkeypatch):
    monkeypatch.setattr(torch.optim, "Adam", None)
    with pytest.raises(ValueError, match=message):
        VAEClustering(3, init=init).fit(X)


def test_latent_dimension_follows_the_number_of_clusters(quick, X):
    for n_clusters, latent_dim in [(1, 2), (3, 2), (5, 4)]:
        model = quick(X, n_clusters=n_clusters)
        assert model.transform(X).shape == (36, latent_dim)
