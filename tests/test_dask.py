"""Tests that searches on a Dask cluster give the same results as local ones."""

import pytest
import torch
from callbacks import SilentCallback
from joblib import Parallel, cpu_count, delayed, parallel_config
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.model_selection import (
    all_samples_cv,
    choose_n_clusters,
    classifiability_scorer,
    select_classifiable,
)

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:None of .* candidates:UserWarning"),
]


@pytest.fixture(scope="module")
def client():
    """Two worker processes."""
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as c,
        distributed.Client(c) as client,
    ):
        yield client


@pytest.fixture
def estimator():
    return VAEClustering(
        3,
        augmenter=PCScaledNoiseAugmenter(1),
        n_init=2,
        max_epochs=2,
        random_state=0,
    )


def search(estimator, X):
    return GridSearchCV(
        estimator,
        {"n_clusters": [2, 3], "latent_dim": [2, 3]},
        scoring=classifiability_scorer,
        refit=select_classifiable,
        cv=all_samples_cv(X),
    ).fit(X)


def test_a_search_gives_the_same_bit_for_bit(client, estimator, X):
    here = search(estimator, X)
    with parallel_config(backend="dask"):
        there = search(estimator, X)
    scores = [name for name in here.cv_results_ if name.startswith("mean_test")]
    assert len(scores) == 7
    for name in scores:
        assert_array_equal(here.cv_results_[name], there.cv_results_[name])
    assert here.best_params_ == there.best_params_
    assert_array_equal(here.best_estimator_.labels_, there.best_estimator_.labels_)


def test_the_number_of_clusters_is_the_same(client, estimator, X):
    def choose():
        return choose_n_clusters(
            X, estimator, [2, 3], n_surrogates=4, min_distinctness=0, random_state=0
        )

    here = choose()
    with parallel_config(backend="dask"):
        there = choose()
    assert here.to_frame().equals(there.to_frame())


class ThreadCounter(SilentCallback):
    """A callback that counts the threads of torch in each epoch."""

    def __init__(self):
        self.counts = []

    def on_fit_task_end(self, estimator, context, **kwargs):
        if context.task_name == "epoch":
            self.counts.append(torch.get_num_threads())


def threads_in_training(X):
    """Return the largest number of threads in an epoch."""
    counter = ThreadCounter()
    model = VAEClustering(3, n_init=4, max_epochs=2, random_state=0)
    model.set_callbacks(counter).fit(X)
    return max(counter.counts)


def test_workers_share_the_cores(X):
    counts = Parallel(n_jobs=2, backend="loky")(
        delayed(threads_in_training)(X) for _ in range(2)
    )
    assert max(counts) <= max(1, cpu_count() // 2)
