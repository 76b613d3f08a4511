"""Checkpoints, from which a killed fit resumes, and warm starts."""

import pickle
import re
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import torch
from callbacks import StopAfter
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from skvaeclust import (
    ConvNetworks,
    DenseNetworks,
    PCScaledNoiseAugmenter,
    RandomInit,
    _files,
)
from skvaeclust._training import _checkpoint, _restarts
from skvaeclust._vae_clustering import VAEClustering

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:No other start agrees"),
]


class Stopped(Exception):
    """What stops a fit."""


class OwnNetworks:
    """Networks without ``get_params``, described by a function that has an address."""

    input_kind = "scores"

    def __init__(self):
        self.width = lambda n_scores: 8

    def build(self, shape, *args):
        return DenseNetworks(hidden_features=self.width(*shape)).build(shape, *args)


alive = []  # so that every network has another address


def two_starts():
    init = [np.arange(36) % 3, np.arange(36) // 12]
    return {"init": init, "augmenter": PCScaledNoiseAugmenter(1), "max_epochs": 6}


def random_weights():
    # Restarts end after different epochs.
    return {
        "init": RandomInit(tol=0.05, n_iter_no_change=1),
        "max_epochs": 16,
    }


def convolutions():
    network = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)
    assert min(network.dropout) > 0
    init = [np.arange(36) % 3, np.arange(36) // 12]
    return {"init": init, "network": network, "max_epochs": 4}


def numbers_of_numpy():
    alive.append(OwnNetworks())
    return {
        "network": alive[-1],
        "max_epochs": np.int64(5),
        "gamma_latent": np.float64(0.03),
        "learning_rate": np.float64(0.004),
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the state is written after every epoch."""
    monkeypatch.setattr(_checkpoint, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(_restarts, "_last_interrupt", -np.inf)
    return tmp_path / "deep" / "inside"


@pytest.fixture(scope="module")
def whole(X):
    """Fit without interruption, once for each choice of parameters."""
    return cache(lambda params: make(params()).fit(X))


def make(params, folder=None, **others):
    params = {"random_state": 0, "checkpoint": folder} | params | others
    return VAEClustering(3, **params)


def fit_until(n_epochs, model, X, error=Stopped):
    """Fit until a callback stops it."""
    with pytest.raises(error):
        model.set_callbacks(StopAfter(n_epochs, error)).fit(X)


def assert_same(model, expected, X):
    assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert_array_equal(model.restart_labels_, expected.restart_labels_)
    assert_frame_equal(model.starts_, expected.starts_, check_exact=True)
    assert model.history_ == expected.history_
    assert model.converged_ == expected.converged_


# Checkpoints


@pytest.mark.parametrize(
    ("params", "n_epochs"),
    [
        (two_starts, (0, 1, 7, 11)),
        (random_weights, (3, 20)),
        (convolutions, (1, 4, 6)),
        (numbers_of_numpy, (2,)),
    ],
)
def test_a_fit_that_was_stopped_ends_with_the_same_model(
    X, folder, whole, params, n_epochs
):
    for n in n_epochs:
        fit_until(n, make(params(), str(folder)), X)
        assert_same(make(params(), folder).fit(X), whole(params), X)
        assert not [*folder.iterdir()]


@pytest.mark.parametrize(
    ("params", "n_epochs"), [(two_starts, 5), (random_weights, 11), (convolutions, 3)]
)
def test_a_fit_that_is_stopped_again_and_again(X, folder, whole, params, n_epochs):
    n_stops = 0
    while True:
        model = make(params(), folder).set_callbacks(StopAfter(n_epochs, Stopped))
        try:
            model.fit(X)
            break
        except Stopped:
            n_stops += 1
    assert n_stops >= 2
    assert_same(model, whole(params), X)


def test_stacked_restarts_that_end_after_different_epochs(X, folder, whole, capsys):
    make(random_weights(), verbose=2).fit(X)
    n_epochs = Counter(re.findall(r"restart (\d)/3, epoch", capsys.readouterr().out))
    assert len({*n_epochs.values()}) > 1
    fit_until(n_epochs.total() - 1, make(random_weights(), folder), X)
    model = make(random_weights(), folder, verbose=2).fit(X)
    out = capsys.readouterr().out
    longest = max(n_epochs.values())
    last = [number for number, n in sorted(n_epochs.items()) if n == longest]
    assert f"resumes from epoch {longest} of restart {', '.join(last)}\n" in out
    # Epochs that were done before are not reported again.
    assert re.findall(r"restart (\d)/3, epoch", out) == last
    assert_same(model, whole(random_weights), X)


class EndFirst(StopAfter):
    """A callback that ends the first restart after two epochs."""

    def on_fit_task_end(self, estimator, context, **kwargs):
        if context.task_name == "epoch" and context.parent.task_id == 0:
            return context.task_id == 1


def test_a_restart_that_a_callback_has_ended(X, folder):
    expected = make(two_starts()).set_callbacks(EndFirst(99, Stopped)).fit(X)
    with pytest.raises(Stopped):
        make(two_starts(), folder).set_callbacks(EndFirst(5, Stopped)).fit(X)
    assert_same(make(two_starts(), folder).fit(X), expected, X)


def test_running_statistics_are_those_of_a_fit_that_was_not_stopped(
    X, folder, monkeypatch
):
    finish, weights = _restarts.finish, []

    def record(restart, *args):
        weights.append(restart.model.state_dict())
        return finish(restart, *args)

    monkeypatch.setattr(_restarts, "finish", record)
    make(convolutions()).fit(X)
    fit_until(6, make(convolutions(), folder), X)
    make(convolutions(), folder).fit(X)
    expected, found = weights[:2], weights[-2:]  # in between, that of the stopped fit
    assert any("running_mean" in name for name in expected[0])
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(other, one, rtol=0, atol=0)


def test_after_a_restart_that_is_done(X, folder, capsys):
    fit_until(4, make(convolutions(), folder), X)
    make(convolutions(), folder, verbose=1).fit(X)
    assert "resumes after restart 1\n" in capsys.readouterr().out


KILLED = """
import os, signal, sys
import numpy as np
from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust._training import _checkpoint

writings = []

def kill(file):
    writings.append(file)
    if len(writings) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

os.fsync = kill
_checkpoint.CHECKPOINT_SECONDS = 0
init = [np.arange(36) % 3, np.arange(36) // 12]
VAEClustering(
    3, init=init, augmenter=PCScaledNoiseAugmenter(1), max_epochs=6, random_state=0,
    checkpoint=sys.argv[2],
).fit(np.load(sys.argv[1]))
"""


def test_a_fit_that_was_killed_while_it_wrote(
    X, folder, whole, tmp_path, capsys, monkeypatch
):
    np.save(tmp_path / "X.npy", X)
    command = [sys.executable, "-c", KILLED, tmp_path / "X.npy", folder]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert len([*folder.iterdir()]) == 2  # the state, and the next one half written
    monkeypatch.setattr(_checkpoint, "CHECKPOINT_SECONDS", 10.0)
    model = make(two_starts(), folder, verbose=1).fit(X)
    assert "resumes from epoch 3 of restart 1, 2\n" in capsys.readouterr().out
    assert_same(model, whole(two_starts), X)
    assert not [*folder.iterdir()]


def test_a_fit_that_was_interrupted_resumes(X, folder, whole):
    model = make(two_starts(), folder)
    model.set_callbacks(StopAfter(6, KeyboardInterrupt)).fit(X)
    assert model.n_iter_ < 6
    assert_same(model.set_callbacks().fit(X), whole(two_starts), X)
    assert not [*folder.iterdir()]


def test_short_fits_write_nothing(X, folder, monkeypatch):
    monkeypatch.setattr(_checkpoint, "CHECKPOINT_SECONDS", 10.0)
    fit_until(6, make(two_starts(), folder), X)
    assert not [*folder.iterdir()]


def test_fits_that_share_a_folder(X, folder, whole, capsys):
    fit_until(4, make(two_starts(), folder), X)
    for others in (
        {"learning_rate": 0.003},
        {"random_state": 1},
        {"init": [np.arange(36) % 2, np.arange(36) // 12]},
        {"network": DenseNetworks(code_features=41)},
        {"augmenter": None},
    ):
        make(two_starts(), folder, verbose=1, **others).fit(X)
        assert "found checkpoints of other fits only" in capsys.readouterr().out
    fit_until(2, make(two_starts(), folder), X[::-1])
    assert len([*folder.iterdir()]) == 2
    assert_same(make(two_starts(), folder).fit(X), whole(two_starts), X)


def test_equal_fits_at_the_same_time(X, folder, whole):
    models = [make(two_starts(), folder) for _ in range(3)]
    with ThreadPoolExecutor(3) as executor:
        for model in executor.map(lambda model: model.fit(X), models):
            assert_same(model, whole(two_starts), X)
    assert not [*folder.iterdir()]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_checkpoint_that_cannot_be_written(X, folder, whole, monkeypatch, step):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(_files.os, step, fail)
    with pytest.warns(UserWarning, match=r"checkpoint is not written.*No space") as all:
        model = make(two_starts(), folder).fit(X)
    assert str(folder) in str(all[0].message)
    assert all[0].filename == __file__
    assert_same(model, whole(two_starts), X)
    assert not [*folder.iterdir()]


def test_a_folder_that_cannot_be_made(X, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"checkpoint='.*file' must be a folder"):
        make(two_starts(), str(tmp_path / "file")).fit(X)


def test_a_damaged_file_is_refused(X, folder):
    fit_until(4, make(two_starts(), folder), X)
    (path,) = folder.iterdir()
    raw = path.read_bytes()
    one_bit = raw[:-999] + bytes([raw[-999] ^ 1]) + raw[-998:]
    for damaged in (b"", b"not a checkpoint", raw[: len(raw) // 2], one_bit):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"is damaged.*Delete it to start"):
            make(two_starts(), folder).fit(X)


@pytest.mark.parametrize("seed", [None, np.random.RandomState(0)])
def test_a_fit_that_cannot_be_repeated_has_no_checkpoint(X, folder, seed):
    with pytest.raises(ValueError, match="checkpoint requires an int as random_state"):
        make(two_starts(), folder, random_state=seed).fit(X)


# Warm starts


def test_warm_start_begins_with_the_clusters_that_were_found(X, whole):
    model = make(two_starts(), warm_start=True)
    assert_same(model.fit(X), whole(two_starts), X)  # nothing was fitted before
    model.fit(X[:30])
    found = model.predict(X)
    model.fit(X)
    assert [*model.starts_.index] == ["warm start"]
    from_labels = make(two_starts(), init=found).fit(X)
    assert_array_equal(model.predict_proba(X), from_labels.predict_proba(X))


def test_warm_start_with_more_or_fewer_clusters(X):
    model = make(two_starts(), warm_start=True).fit(X)
    found = model.labels_
    assert len(np.unique(found)) == 3
    model.set_params(n_clusters=2)
    with pytest.raises(ValueError, match=r"finds 3 clusters in X, more than n_clus.*2"):
        model.fit(X)
    assert_array_equal(model.predict(X), found)
    model.set_params(n_clusters=4).fit(X)
    assert model.predict_proba(X).shape == (36, 4)


def test_warm_start_with_other_features(X):
    model = make(two_starts(), warm_start=True).fit(X)
    with pytest.raises(ValueError, match=r"warm_start=True.*features"):
        model.fit(X[:, :, 1:])
    assert_array_equal(model.predict(X), model.labels_)
    assert model.set_params(warm_start=False).fit(X[:, :, 1:]).n_features_in_ == 126


def test_warm_start_with_a_checkpoint(X, folder):
    model = make(two_starts(), folder, warm_start=True).fit(X)
    expected = pickle.loads(pickle.dumps(model)).fit(X)
    fit_until(3, model, X)
    assert [*folder.iterdir()]
    assert_same(model.set_callbacks().fit(X), expected, X)
