"""scikit-learn's callbacks: one tick an epoch."""

import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV

from skvaeclust import VAEClustering

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder:
    """A callback that counts the tasks of an estimator by name."""

    def __init__(self):
        self.ended = []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, **kwargs):
        pass

    def on_fit_task_end(self, estimator, context, **kwargs):
        self.ended.append(context.task_name)


def test_one_tick_an_epoch(X):
    recorder = Recorder()
    model = VAEClustering(3, max_epochs=3, n_init=2, random_state=0)
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
    # The last score is that of the model that is kept.
    assert scores.iloc[-1] == pytest.approx(model.score(X))


def test_inside_a_grid_search(X):
    monitor = ScoringMonitor(scoring={"elbo": elbo})
    model = VAEClustering(max_epochs=2, n_init=1, random_state=0)
    model.set_callbacks(monitor)
    GridSearchCV(model, {"n_clusters": [2, 3]}, cv=2).fit(X)
    log = monitor.get_logs().data_as_pandas
    n_fits = 2 * 2 + 1  # candidates times folds, and the refit
    assert log.loc[log["task_name"] == "epoch", "elbo"].notna().sum() == 2 * n_fits
