"""Tests of scikit-learn callbacks, which are called once per epoch."""

import pytest
import torch
from callbacks import SilentCallback
from numpy.testing import assert_array_equal
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV

from skvaeclust import ConvNetworks, VAEClustering

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder(SilentCallback):
    """A callback that counts the tasks of an estimator by name."""

    def __init__(self):
        self.ended = []

    def on_fit_task_end(self, estimator, context, **kwargs):
        self.ended.append(context.task_name)


def test_one_tick_an_epoch(X):
    recorder = Recorder()
    model = VAEClustering(3, init="random", max_epochs=3, n_init=2, random_state=0)
    model.set_callbacks(recorder).fit(X)
    assert recorder.ended.count("epoch") == 6
    assert recorder.ended.count("restart") == 2


def test_progress_bar(X, capsys):
    model = VAEClustering(3, max_epochs=3, n_init=2, random_state=0)
    model.set_callbacks(ProgressBar()).fit(X)
    assert "VAEClustering" in capsys.readouterr().out


def elbo(estimator, X, y):
    return estimator.score(X)


def test_scoring_monitor_follows_the_epochs(X):
    monitor = ScoringMonitor(scoring={"elbo": elbo})
    model = VAEClustering(3, max_epochs=6, n_init=1, random_state=0)
    model.set_callbacks(monitor).fit(X)
    log = monitor.get_logs().data_as_pandas
    scores = log.loc[log["task_name"] == "epoch", "elbo"]
    assert len(scores) == 6
    # The last score is that of the kept model.
    assert scores.iloc[-1] == pytest.approx(model.score(X))


def test_inside_a_grid_search(X):
    monitor = ScoringMonitor(scoring={"elbo": elbo})
    model = VAEClustering(max_epochs=2, n_init=1, random_state=0)
    model.set_callbacks(monitor)
    GridSearchCV(model, {"n_clusters": [2, 3]}, cv=2).fit(X)
    log = monitor.get_logs().data_as_pandas
    n_fits = 2 * 2 + 1  # candidates times folds, plus the refit
    assert log.loc[log["task_name"] == "epoch", "elbo"].notna().sum() == 2 * n_fits


def test_progress_bar_of_a_grid_search(X, capsys):
    model = VAEClustering(max_epochs=2, n_init=1, random_state=0)
    search = GridSearchCV(model, {"n_clusters": [2]}, cv=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X)
    out = capsys.readouterr().out
    assert "GridSearchCV" in out
    assert "VAEClustering" in out


class Stop(Recorder):
    """A callback that stops training after the second epoch."""

    def on_fit_task_end(self, estimator, context, **kwargs):
        super().on_fit_task_end(estimator, context, **kwargs)
        return context.task_name == "epoch" and self.ended.count("epoch") == 2


def test_a_callback_can_stop_a_restart(X):
    stop = Stop()
    model = VAEClustering(3, max_epochs=5, n_init=1, random_state=0)
    model.set_callbacks(stop).fit(X)
    assert model.n_iter_ == 2
    assert not model.converged_


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_watching_does_not_change_the_fit(X, network):
    def fit(*callbacks):
        model = VAEClustering(
            3, network=network, max_epochs=3, n_init=1, random_state=0
        )
        return model.set_callbacks(*callbacks).fit(X).predict_proba(X)

    assert_array_equal(fit(ScoringMonitor(scoring={"elbo": elbo})), fit())


class Interrupt(Recorder):
    """A callback that raises an error during training."""

    def on_fit_task_end(self, estimator, context, **kwargs):
        raise RuntimeError("enough")


def test_number_of_threads_is_given_back(quick, X, threads):
    threads(2)
    model = quick(X, max_epochs=1, n_init=3)
    model.predict(X)
    assert torch.get_num_threads() == 2
    with pytest.raises(RuntimeError, match="enough"):
        model.set_callbacks(Interrupt()).fit(X)
    assert torch.get_num_threads() == 2
