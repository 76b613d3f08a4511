"""Choice of the restart that is kept, and table of starts (without torch)."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from skvaeclust._agreement import (
    agreement_of_starts,
    fraction_moved,
    pairwise_agreement,
)
from skvaeclust._components import few
from skvaeclust._training._criterion import restart_criteria


@dataclass(frozen=True)
class Result:
    """The kept restart and its comparison with the others.

    Attributes
    ----------
    kept : TrainedRestart
    restart_labels : ndarray of shape (n_restarts, n_samples)
        One row for each start that was trained, or is the same as a trained one.
    table : DataFrame
        One row for each start: ``starts_``.
    agreement : float
        Agreement of the kept clusters with the other starts: ``restart_agreement_``.
    """

    kept: object
    restart_labels: np.ndarray
    table: object
    agreement: float


def choose_restart(restarts, starts, learning_rate):
    """Keep the restart with the lowest criterion.

    Parameters
    ----------
    restarts : list of TrainedRestart
        In the order of the plans; the last ones may be missing.
    starts : Starts or None
        None for random weights.
    learning_rate : float
        For the error message if all restarts diverged.

    Returns
    -------
    result : Result
    """
    if not np.isfinite([restart.objective for restart in restarts]).any():
        raise ValueError(
            "Training diverged: the loss is not finite. Lower "
            f"learning_rate={learning_rate:g}."
        )
    # Starts of a group share a restart; only the first groups are trained.
    group_of = np.arange(len(restarts)) if starts is None else starts.group_of
    trained = np.flatnonzero(group_of < len(restarts))
    shared = [restarts[group_of[i]] for i in trained]
    labels = np.stack([restart.labels for restart in shared])
    objectives = np.array([restart.objective for restart in shared])
    agreement = pairwise_agreement([few(of_one) for of_one in labels])
    criteria = restart_criteria(objectives, agreement)
    kept = int(np.argmin(criteria))
    table = tabulate(starts, group_of, trained, labels, criteria, kept)
    agreement = agreement_of_starts(table["agreement"], trained[kept])
    return Result(shared[kept], labels, table, agreement)


def tabulate(starts, group_of, trained, restart_labels, criteria, kept):
    """Make the table ``starts_``.

    ``group_of`` is the number of the group of each start. ``trained`` are the indices
    of the starts that have a restart, with its ``restart_labels`` and ``criteria``;
    ``kept`` is the index of the kept one among them. ``starts`` is None for random
    weights.
    """
    from pandas import DataFrame, Index

    if starts is None:
        names = [f"random {i}" for i in range(len(group_of))]
        found = restart_labels
    else:
        names, found = starts.names, starts.labels
    criterion, moved = np.full((2, len(names)), np.nan)
    criterion[trained] = criteria
    if starts is not None:
        moved[trained] = [
            fraction_moved(found[i], labels)
            for i, labels in zip(trained, restart_labels, strict=True)
        ]
    return DataFrame(
        {
            "n_same": np.bincount(group_of)[group_of],
            "criterion": criterion,
            "agreement": [
                adjusted_rand_score(labels, restart_labels[kept]) for labels in found
            ],
            "moved": moved,
            "kept": group_of == group_of[trained[kept]],
        },
        index=Index(names, name="start"),
    )
