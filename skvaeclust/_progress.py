"""Progress of a fit: callbacks, messages, warnings and restoring on failure."""

from contextlib import contextmanager

from sklearn.exceptions import ConvergenceWarning

from skvaeclust._training._checkpoint import Checkpoint, fingerprint
from skvaeclust._training._groups import SAME
from skvaeclust._warnings import InterruptedFitWarning, warn

UNCONFIRMED = 0.5  # agreement with other starts below which the user is warned


@contextmanager
def all_or_nothing(estimator):
    """Restore the attributes of an estimator if a fit fails or is interrupted.

    Otherwise it could combine the networks of one fit with the scaling of another.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        callbacks = {k: v for k, v in vars(estimator).items() if "callback" in k}
        vars(estimator).clear()
        vars(estimator).update(before | callbacks)
        raise


def open_checkpoint(estimator, problem, restarts):
    """Return the checkpoint of an estimator; print where training resumes."""
    if estimator.checkpoint is None:
        return None
    checkpoint = Checkpoint(estimator.checkpoint, fingerprint(problem, restarts))
    if estimator.verbose and checkpoint.place:
        say(estimator, f"resumes {checkpoint.place}")
    return checkpoint


class Progress:
    """Reporter of every epoch to callbacks, and of some epochs to the user.

    Parameters
    ----------
    estimator : VAEClustering
        Estimator in `fit`. Its ``verbose`` determines how much is printed.
    context : CallbackContext
        Context of the fit.
    problem : Problem
    n_restarts : int
    fitted : callable
        Returns the fitted attributes for a model in training.
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
        """Report the end of the fit to callbacks."""
        for task in self.tasks:
            task.call_on_fit_task_end(**self.data)
        self.context.call_on_fit_task_end(**self.data, reconstruction_attributes={})


def say(estimator, text):
    """Print a line of progress."""
    print(f"[{type(estimator).__name__}] {text}")


def report(estimator, interrupted):
    """Print which start is kept if ``verbose``; warn of doubtful results."""
    if estimator.verbose:
        announce(estimator)
    warn_of_doubts(estimator, interrupted)


def announce(estimator):
    """Print which start is kept, and whether k-means finds the same clusters."""
    kept = estimator.starts_[estimator.starts_["kept"]]
    names = ", ".join(repr(name) for name in kept.index)
    say(
        estimator,
        f"kept the restart from {names}: criterion "
        f"{kept['criterion'].min():.4f}, up to {kept['moved'].max():.1%} of the "
        "samples changed cluster in training",
    )
    if estimator.starts_["agreement"].get("k-means", 0.0) >= SAME:
        say(estimator, "k-means finds the same clusters, except for a few samples")


def warn_of_doubts(estimator, interrupted):
    """Warn if the kept model may be unreliable."""
    if interrupted:
        warn(
            f"Training was interrupted after {estimator.n_iter_} epochs. The best "
            "model so far is kept. A second Ctrl-C stops at once.",
            InterruptedFitWarning,
        )
    elif not estimator.converged_:
        warn(
            "Training did not converge in "
            f"max_epochs={estimator.max_epochs} epochs: more than "
            f"tol={estimator.tol:g} of the labels changed in one of the last "
            f"n_iter_no_change={estimator.n_iter_no_change} epochs. Increase "
            "max_epochs or tol.",
            ConvergenceWarning,
        )
    n_empty = (estimator.weights_ == 0).sum()
    if n_empty:
        warn(
            f"{n_empty} of n_clusters={estimator.n_clusters} clusters are empty. "
            "Decrease n_clusters or increase "
            f"gamma_balance={estimator.gamma_balance:.3g}.",
            ConvergenceWarning,
        )
    kept = estimator.starts_["kept"]
    others = estimator.starts_.loc[~kept, "agreement"]
    alone = kept.sum() == 1 and len(others) and others.max() < UNCONFIRMED
    if alone and estimator.converged_:  # otherwise, there is a warning already
        warn(
            "No other start agrees with the clusters that were kept: the greatest "
            f"adjusted Rand index is {others.max():.2f}. They may be accidental. "
            "Compare other numbers of clusters with choose_n_clusters, or increase "
            f"n_init={estimator.n_init}; see the table `starts_`.",
            UserWarning,
        )
