"""Persistence of clusters, and the distribution of their residence times."""

import numpy as np
from scipy.stats import binom, geom

from skvaeclust.sequences._sequence import LabelSequence
from skvaeclust.sequences._transitions import stay_probabilities

INTERVAL = (0.025, 0.975)  # of the survival of Markov chains


def persistence(labels, *, time=None, n_clusters=None):
    r"""Tabulate the frequency and the persistence of clusters.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Samples without a cluster (-1) end a
        run, and are included in the denominator of frequencies.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`; a gap ends a run.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.

    Returns
    -------
    table : pandas.DataFrame
        One row per cluster: "frequency" (fraction of the samples), "n_runs",
        "mean_residence" and "longest_residence" (number of samples in an unbroken run),
        and "geometric_residence" (expected mean, see Notes).

    See Also
    --------
    residence_times : Number of runs of each duration.

    Notes
    -----
    Let p be the probability that the next sample belongs to the same cluster, and not
    to another one or none. A Markov chain with this p stays for :math:`1 / (1 - p)`
    samples on average, the "geometric_residence". A longer mean residence indicates
    memory beyond one step. Runs that are cut short by a gap or by the end of the
    sequence reduce the mean.

    Examples
    --------
    >>> from skvaeclust.sequences import persistence
    >>> persistence([0, 0, 0, 1, 0])["mean_residence"].tolist()
    [2.0, 1.0]
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    first, last = sequence.runs()
    lengths = pd.Series(last - first + 1).groupby(sequence.labels[first])
    sizes = np.bincount(sequence.labels + 1, minlength=sequence.n_clusters + 1)[1:]
    with np.errstate(divide="ignore"):
        geometric = 1 / (1 - stay_probabilities(sequence))
    index = pd.RangeIndex(sequence.n_clusters, name="cluster")
    return pd.DataFrame(
        {
            "frequency": sizes / len(sequence),
            "n_runs": lengths.size().reindex(index, fill_value=0),
            "mean_residence": lengths.mean().reindex(index),
            "longest_residence": lengths.max().reindex(index),
            "geometric_residence": geometric,
        },
        index=index,
    )


def residence_times(labels, *, time=None, n_clusters=None):
    r"""Count runs by duration, and compare with a Markov chain of the same persistence.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. A sample without a cluster (-1) ends
        a run, as a sample of another cluster does.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`. Runs that end at a gap or at the end of the
        record are excluded, because their length is unknown.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.

    Returns
    -------
    table : pandas.DataFrame
        One row per cluster and "duration" in samples: "observed" and "geometric", the
        observed and the expected number of runs of this duration; "survival" and
        "geometric_survival", the observed and the expected fraction of runs that last
        at least as long; "low" and "high", the 95 % interval of the survival in Markov
        chains.

    See Also
    --------
    persistence : Mean and longest residence.

    Notes
    -----
    Let p be the probability that the next sample belongs to the same cluster, and not
    to another one or none. In a Markov chain, a run lasts d samples with probability
    :math:`p^{d-1} (1 - p)`, and at least d samples with probability :math:`p^{d-1}`. An
    excess of long runs indicates memory beyond one step. The interval is that of a
    binomial distribution with the observed number of runs, for each d separately.

    Examples
    --------
    >>> from skvaeclust.sequences import residence_times
    >>> table = residence_times([0, 0, 1, 0, 0, 1, 1, 0])
    >>> table.loc[0, "observed"].tolist()
    [0, 2]
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    first, last = sequence.runs()
    complete = np.append(sequence.continues, False)[last]
    cluster, lengths = sequence.labels[first], last - first + 1
    tables = {}
    for k, stay in enumerate(stay_probabilities(sequence)):
        columns = _compare_with_chain(lengths[(cluster == k) & complete], stay)
        durations = pd.RangeIndex(1, len(columns["observed"]) + 1)
        tables[k] = pd.DataFrame(columns, durations)
    return pd.concat(tables, names=["cluster", "duration"])


def _compare_with_chain(lengths, stay):
    """Return the columns of :func:`residence_times` for the runs of one cluster."""
    n_runs = len(lengths)
    durations = np.arange(1, lengths.max(initial=0) + 1)
    observed = np.bincount(lengths, minlength=len(durations) + 1)[1:]
    survival = stay ** (durations - 1.0)
    low, high = (binom.ppf(q, n_runs, survival) for q in INTERVAL)
    return {
        "observed": observed,
        "geometric": n_runs * geom.pmf(durations, 1 - stay),
        "survival": observed[::-1].cumsum()[::-1] / n_runs,
        "geometric_survival": survival,
        "low": low / n_runs,
        "high": high / n_runs,
    }
