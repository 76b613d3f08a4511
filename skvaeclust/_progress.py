"""Progress of a fit: callbacks, messages and warnings."""

import time
from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skvaeclust._training._groups import SAME
from skvaeclust._training._schedule import REFINEMENT_EPOCHS
from skvaeclust._warnings import InterruptedFitWarning, warn
from skvaeclust._words import counted, duration

UNCONFIRMED = 0.5  # agreement with other starts below which the user is warned


def make_say(name, verbose):
    """Make a function that prints lines of progress, if ``verbose``."""
    return partial(print, f"[{name}]") if verbose else lambda text: None


class Progress:
    """Reporter of every epoch to callbacks, and of some epochs to the user.

    Parameters
    ----------
    estimator : VAEClustering
        Estimator in `fit`, for the callbacks.
    context : CallbackContext
        Context of the fit.
    n_restarts : int
    max_epochs : int
    fitted : callable
        Returns the fitted attributes for a model in training.
    say : callable
        Output of `make_say`.
    every : int
        Number of epochs per printed line.
    **data : arrays
        X and y, for the callbacks.
    """

    def __init__(
        self, estimator, context, n_restarts, max_epochs, fitted, say, every, **data
    ):
        self.context, self.fitted = context, fitted
        self.say, self.every = say, every
        self.data = {"estimator": estimator} | data
        context.call_on_fit_task_begin(**self.data)
        self.tasks = [
            context.subcontext("restart", max_subtasks=max_epochs)
            for _ in range(n_restarts)
        ]
        for task in self.tasks:
            task.call_on_fit_task_begin(**self.data)
        self.start = time.monotonic()
        self.n_done, self.n_epochs = 0, n_restarts * max_epochs

    def on_epoch(self, restart):
        """Report an epoch; return True if a callback asks to stop."""
        record = restart.history[-1]
        epoch = record["epoch"] + 1
        self.n_done += 1
        if epoch % self.every == 0:
            passed = time.monotonic() - self.start
            left = passed * (self.n_epochs / self.n_done - 1)
            self.say(
                f"restart {restart.number + 1}/{len(self.tasks)}, epoch {epoch}: loss "
                f"{record['loss']:.4f}, {duration(left)} left at most"
            )
        task = self.tasks[restart.number].subcontext("epoch")
        task.call_on_fit_task_begin(**self.data)
        return task.call_on_fit_task_end(
            **self.data,
            reconstruction_attributes=lambda: self.fitted(restart.model),
        )

    def end(self):
        """Report the end of the fit to callbacks."""
        for task in self.tasks:
            task.call_on_fit_task_end(**self.data)
        self.context.call_on_fit_task_end(**self.data, reconstruction_attributes={})


def report(result, settings, say):
    """Print which start is kept; warn if the kept model may be unreliable.

    Parameters
    ----------
    result : Result
    settings : Settings
        Settings of the training, for the messages.
    say : callable
        Output of `make_say`.
    """
    _announce(result.table, say)
    _warn_of_training(result.kept, settings)
    table = result.table
    is_kept = table["kept"]
    others = table.loc[~is_kept, "agreement"]
    alone = is_kept.sum() == 1 and len(others) and others.max() < UNCONFIRMED
    if alone and result.kept.converged:  # otherwise, there is a warning already
        more = "" if settings.n_supervised else ", or increase n_init"
        warn(
            "No other start agrees with the kept clusters: the maximum adjusted Rand "
            f"index with those from {table.index[is_kept][0]!r} is {others.max():.2f}. "
            "The clusters may be accidental. Compare other numbers of clusters with "
            f"choose_n_clusters{more}; see the table `starts_`.",
            UserWarning,
        )


def _announce(table, say):
    """Print which start is kept, and whether k-means finds the same clusters."""
    kept = table[table["kept"]]
    names = ", ".join(repr(name) for name in kept.index)
    moved = kept["moved"].max()  # NaN if random weights started the training
    changed = f", up to {moved:.1%} of the samples changed cluster in training"
    say(
        f"kept the restart from {names}: criterion {kept['criterion'].min():.4f}"
        + (changed if moved >= 0 else "")
    )
    if table["agreement"].get("k-means", 0.0) >= SAME:
        say("k-means finds the same clusters, except for a few samples")


def _warn_of_training(kept, settings):
    """Warn of interruption, labels that still change, and empty clusters."""
    if kept.interrupted:
        warn(
            f"Training was interrupted after {counted(len(kept.history), 'epoch')}. "
            "The best model so far is kept. A second Ctrl-C stops at once.",
            InterruptedFitWarning,
        )
    elif not kept.converged:
        warn(
            f"Training did not converge in {counted(len(kept.history), 'epoch')}: "
            + _why_not(len(kept.history), settings),
            ConvergenceWarning,
        )
    n_empty = settings.n_clusters - len(np.unique(kept.labels))
    if n_empty:
        warn(
            f"{n_empty} of n_clusters={settings.n_clusters} clusters "
            f"{'is' if n_empty == 1 else 'are'} empty. Decrease n_clusters or "
            f"increase gamma_balance={settings.gammas.balance:.3g}.",
            ConvergenceWarning,
        )


def _why_not(n_epochs, settings):
    """Say why training has not converged, and how many epochs to try."""
    enough = settings.n_supervised + REFINEMENT_EPOCHS
    needed = settings.epochs_without_change
    if not settings.n_supervised:  # from random weights
        enough = settings.n_iter_no_change + 1
    if settings.n_supervised and n_epochs < settings.max_epochs:
        return f"a callback ended it before max_epochs={settings.max_epochs}."
    if n_epochs < enough:
        return (
            "they are too few to know whether labels still change. Try "
            f"max_epochs={2 * max(n_epochs, enough)}."
        )
    last = (
        f"at least one of the last {needed} epochs" if needed > 1 else "the last epoch"
    )
    return (
        f"more than {100 * settings.tol:.3g} % of the labels changed in "
        f"{last}. Try max_epochs={2 * n_epochs}."
    )
