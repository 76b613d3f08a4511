"""Tests of fits and searches on a Dask cluster."""

import io
import resource

import dask
import dask.array as da
import numpy as np
import pytest
import torch
import xarray as xr
from callbacks import SilentCallback
from dask.diagnostics import ProgressBar
from joblib import Parallel, cpu_count, delayed, parallel_config
from numpy.testing import assert_array_equal
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.model_selection import (
    all_samples_cv,
    choose_n_clusters,
    classifiability_scorer,
    select_classifiable,
)
from skvaeclust.xarray import FieldClustering

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:None of .* candidates:UserWarning"),
]


@pytest.fixture(scope="module")
def client():
    """Two worker processes."""
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=":0") as c,
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
    assert scores == ["mean_test_score"]
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


# Data larger than memory


def make_fields(n_samples):
    """Make lazy fields (n, 40, 50) of two patterns, with land, and their labels."""
    y = np.arange(n_samples) % 2
    pattern = np.random.default_rng(0).standard_normal((40, 50))
    pattern[:5] = np.nan
    noise = da.random.default_rng(0).standard_normal(
        (n_samples, 40, 50), chunks=(200, -1, -1)
    )
    fields = noise + da.from_array(y, chunks=200)[:, None, None] * pattern
    coords = {"y": np.arange(40.0), "x": np.arange(50.0)}
    return xr.DataArray(fields, coords, ["time", "y", "x"], "speed"), y


def peak():
    """Return the peak memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.slow
def test_memory_of_each_worker_does_not_grow_with_the_data(
    client, tmp_path, monkeypatch
):
    monkeypatch.setattr("skvaeclust.xarray._lazy.BATCH", 2**19)  # 4 MB
    model = FieldClustering(VAEClustering(2, max_epochs=2, random_state=0))
    with dask.config.set(temporary_directory=tmp_path):
        model.fit(make_fields(1000)[0])  # imports
        before = client.run(peak)
        data, y = make_fields(6000)
        labels = model.fit(data).labels_
    assert adjusted_rand_score(y, labels) == 1
    megabytes = data.nbytes / 2**20
    growth = [after - before[name] for name, after in client.run(peak).items()]
    assert len(growth) == 2
    assert max(growth) < megabytes / 2, (growth, megabytes)
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore:Running on a single-machine:UserWarning")
def test_dask_arrays_give_the_labels_of_arrays_and_show_progress(tmp_path):
    data, _ = make_fields(400)
    model = FieldClustering(VAEClustering(2, max_epochs=4, random_state=0))
    out = io.StringIO()
    local = dask.config.set(scheduler="threads", temporary_directory=tmp_path)
    with local, ProgressBar(out=out):
        labels = model.fit(data).labels_
    assert "100% Completed" in out.getvalue()
    assert_array_equal(labels, model.fit(data.compute()).labels_)
