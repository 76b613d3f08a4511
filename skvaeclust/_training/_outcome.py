"""Choice of the restart that is kept, and table of starts (without torch)."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from skvaeclust._agreement import (
    agreement_of_starts,
    fraction_moved,
    pairwise_agreement,
)
from skvaeclust._training._judge import judge


@dataclass(frozen=True)
class Outcome:
    """The kept restart and its comparison with the others.

    Attributes
    ----------
    best : Run
    restart_labels : ndarray of shape (n_restarts, n_samples)
        One row for each start that was trained, or is the same as a trained one.
    table : DataFrame
        One row for each start: ``starts_``.
    agreement : float
        Agreement of the kept clusters with the other starts: ``restart_agreement_``.
    """

    best: object
    restart_labels: np.ndarray
    table: object
    agreement: float


def choose_run(runs, starts, learning_rate):
    """Keep the run with the lowest criterion.

    Parameters
    ----------
    runs : list of Run
        One for each restart, in order.
    starts : Starts or None
        None for random weights.
    learning_rate : float
        For the error message if all runs diverged.

    Returns
    -------
    outcome : Outcome
    """
    if not np.isfinite([run.objective for run in runs]).any():
        raise ValueError(
            "Training diverged: the loss is not finite. Lower "
            f"learning_rate={learning_rate:g}."
        )
    # Starts of a group share a run; only the first groups are trained.
    run_of = np.arange(len(runs)) if starts is None else starts.run_of
    trained = np.flatnonzero(run_of < len(runs))
    shared = [runs[run_of[i]] for i in trained]
    labels = np.stack([run.labels for run in shared])
    criteria = judge([run.objective for run in shared], pairwise_agreement(labels))
    kept = int(np.argmin(criteria))
    table = tabulate(starts, run_of, trained, labels, criteria, kept)
    agreement = agreement_of_starts(table["agreement"], trained[kept])
    return Outcome(shared[kept], labels, table, agreement)


def tabulate(starts, run_of, trained, restart_labels, criteria, kept):
    """Make the table of starts.

    Parameters
    ----------
    starts : Starts or None
        None for random weights.
    run_of : ndarray of int of shape (n_starts,)
        Number of the run of each start.
    trained : ndarray of int of shape (n_restarts,)
        Indices of the starts that have a run.
    restart_labels : ndarray of shape (n_restarts, n_samples)
        Labels found by the run of each of these.
    criteria : ndarray of shape (n_restarts,)
    kept : int
        Index of the restart that is kept.

    Returns
    -------
    table : DataFrame
        With the columns "n_same", "criterion", "agreement", "moved" and "kept".
    """
    from pandas import DataFrame, Index

    if starts is None:
        names = [f"random {i}" for i in range(len(run_of))]
        found, samples = restart_labels, slice(None)
    else:
        names, found, samples = starts.names, starts.labels, starts.samples
    criterion, moved = np.full((2, len(names)), np.nan)
    criterion[trained] = criteria
    if starts is not None:
        moved[trained] = [
            fraction_moved(found[i], labels[samples])
            for i, labels in zip(trained, restart_labels, strict=True)
        ]
    return DataFrame(
        {
            "n_same": np.bincount(run_of)[run_of],
            "criterion": criterion,
            "agreement": [
                adjusted_rand_score(labels, restart_labels[kept][samples])
                for labels in found
            ],
            "moved": moved,
            "kept": run_of == run_of[trained[kept]],
        },
        index=Index(names, name="start"),
    )
