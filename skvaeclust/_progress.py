"""How a fit goes: what the user and the callbacks are told, and a way back."""

from contextlib import contextmanager

from sklearn.exceptions import ConvergenceWarning

from skvaeclust._training._groups import SAME
from skvaeclust._warnings import InterruptedFitWarning, warn

UNCONFIRMED = 0.5  # agreement with other starts below which the user is warned


@contextmanager
def all_or_nothing(estimator):
    """Leave an estimator as it was if a fit fails or is interrupted.

    Otherwise networks of one fit and the scaling of another would predict wrongly.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        callbacks = {k: v for k, v in vars(estimator).items() if "callback" in k}
        vars(estimator).clear()
        vars(estimator).update(before | callbacks)
        raise


class Progress:
    """Report every epoch to callbacks, and some to the user.

    Parameters
    ----------
    estimator : VAEClustering
        In `fit`. Its ``verbose`` says how much is printed.
    context : CallbackContext
        Of the fit.
    problem : Problem
    n_restarts : int
    fitted : callable
        Returns the attributes of a fitted estimator for a model in training.
    **data : arrays
        X and y, for the callbacks.
    """

    def __init__(self, estimator, context, problem, n_restarts, *, fitted, **data):
        self.estimator, self.context, self.fitted = estimator, context, fitted
        self.data = {"estimator": estimator} | data
        context.call_on_fit_task_begin(**self.data)
        self.tasks = [
            context.subcontext("restart", max_subtasks=problem.settings.max_epochs)
            for _ in range(n_restarts)
        ]
        for task in self.tasks:
            task.call_on_fit_task_begin(**self.data)

    def on_epoch(self, trainee):
        """Report an epoch; return True if a callback asks to stop."""
        record = trainee.history[-1]
        epoch = record["epoch"] + 1
        if self.estimator.verbose and (epoch % 10 == 0 or self.estimator.verbose > 1):
            say(
                self.estimator,
                f"restart {trainee.number + 1}/{len(self.tasks)}, "
                f"epoch {epoch}: loss {record['loss']:.4f}",
            )
        task = self.tasks[trainee.number].subcontext("epoch")
        task.call_on_fit_task_begin(**self.data)
        return task.call_on_fit_task_end(
            **self.data,
            reconstruction_attributes=lambda: self.fitted(trainee.model),
        )

    def end(self):
        """Tell callbacks that the fit is done."""
        for task in self.tasks:
            task.call_on_fit_task_end(**self.data)
        self.context.call_on_fit_task_end(**self.data, reconstruction_attributes={})


def say(estimator, text):
    """Print a line of progress."""
    print(f"[{type(estimator).__name__}] {text}")


def report(estimator, interrupted):
    """Print which start is kept if ``verbose`` says so; warn of doubts."""
    if estimator.verbose:
        announce(estimator)
    warn_of_doubts(estimator, interrupted)


def announce(estimator):
    """Print which start is kept, and whether k-means does as well."""
    kept = estimator.starts_[estimator.starts_["kept"]]
    names = ", ".join(repr(name) for name in kept.index)
    say(
        estimator,
        f"kept the clusters that start from {names}: criterion "
        f"{kept['criterion'].min():.4f}, up to {kept['moved'].max():.1%} of the "
        "samples moved in training",
    )
    if estimator.starts_["agreement"].get("k-means", 0.0) >= SAME:
        say(estimator, "k-means finds the same clusters, except for a few samples")


def warn_of_doubts(estimator, interrupted):
    """Warn if the model that is kept should not be trusted as it is."""
    if interrupted:
        warn(
            f"Training was interrupted after {estimator.n_iter_} epochs. The best "
            "model so far is kept. A second Ctrl-C ends at once.",
            InterruptedFitWarning,
        )
    elif not estimator.converged_:
        warn(
            "Training did not converge in "
            f"max_epochs={estimator.max_epochs} epochs: more than "
            f"tol={estimator.tol:g} of the labels changed in one of the last "
            f"n_iter_no_change={estimator.n_iter_no_change}. Increase max_epochs or "
            "tol.",
            ConvergenceWarning,
        )
    n_empty = (estimator.weights_ == 0).sum()
    if n_empty:
        warn(
            f"{n_empty} of n_clusters={estimator.n_clusters} clusters are empty. Lower "
            f"n_clusters, or raise gamma_balance={estimator.gamma_balance:.3g}.",
            ConvergenceWarning,
        )
    kept = estimator.starts_["kept"]
    others = estimator.starts_.loc[~kept, "agreement"]
    alone = kept.sum() == 1 and len(others) and others.max() < UNCONFIRMED
    if alone and estimator.converged_:  # if not, that is the warning
        warn(
            "No other start agrees with the clusters that were kept: the greatest "
            f"adjusted Rand index is {others.max():.2f}. They may be accidental. "
            "Compare other numbers of clusters with choose_n_clusters, or raise "
            f"n_init={estimator.n_init}; `starts_` has the table.",
            UserWarning,
        )
