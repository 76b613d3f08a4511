"""Persistence of clusters, and the distribution of their residence times."""

import numpy as np
from scipy.stats import CensoredData, ecdf, norm
from sklearn.utils import check_random_state

from skvaeclust._arguments import check_integer
from skvaeclust.sequences._dispersion import compare_dispersion
from skvaeclust.sequences._frequencies import check_confidence_level, wilson
from skvaeclust.sequences._runs import count_separate_runs, warn_about_pieces
from skvaeclust.sequences._sequence import LabelSequence
from skvaeclust.sequences._transitions import MAX_SURROGATES, stay_probabilities


def persistence(
    labels, *, time=None, n_clusters=None, n_surrogates=1000, random_state=None
):
    r"""Tabulate the frequency and the persistence of clusters, and test for memory.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. Samples without a cluster (-1) end a
        run, and are included in the denominator of frequencies.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`; a gap ends a run.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    n_surrogates : int, default=1000
        Number of Markov chains of the test.
    random_state : int, RandomState instance or None, default=None
        Seed of the chains.

    Returns
    -------
    table : pandas.DataFrame
        One row per cluster: "frequency" (fraction of the samples); "n_runs";
        "n_separate_runs", which another cluster separates, and not only a gap or
        samples without a cluster; "mean_residence" and "longest_residence" (duration
        of runs); "geometric_residence" (mean duration in a Markov chain, see Notes);
        "dispersion" (spread of the durations, 1 on average in Markov chains) and its
        two-sided "p_value". Durations are in days if times are dates, in units of
        time if they are numbers, and in samples without times.

    Warns
    -----
    UserWarning
        If a cluster has fewer than three separate runs.

    See Also
    --------
    residence_times : Distribution of the durations.

    Notes
    -----
    Let p be the probability that the next sample belongs to the same cluster, and not
    to another one or none. A Markov chain with this p stays for :math:`1 / (1 - p)`
    samples on average, the "geometric_residence". The "mean_residence" is lower, since
    it includes runs that are cut by a gap or by the ends of the record.

    The persistence of a Markov chain depends on the present cluster only, not on the
    time since its beginning. Memory changes the spread of the durations: a dispersion
    above 1 indicates that some runs last much longer than others, for example in one
    season, and a dispersion below 1 that durations are regular. The dispersion is the
    variance of the lengths of runs divided by :math:`m (m - 1)`, the variance of a
    geometric distribution with the observed mean m, relative to the mean of this ratio
    over chains. Chains with the transition probabilities of the data are simulated in
    records of the same lengths, between the same gaps; "p_value" is twice the smaller
    fraction of chains with a ratio at least as large, or as small. In simulated Markov
    chains, 3 to 6 % of p-values are below 0.05 (:ref:`measured <calibration>`).

    Examples
    --------
    >>> from skvaeclust.sequences import persistence
    >>> persistence([0, 0, 0, 1, 0], random_state=0)["mean_residence"].tolist()
    [2.0, 1.0]
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    check_integer(n_surrogates, "n_surrogates", 1, MAX_SURROGATES)
    warn_about_pieces(sequence.labels, sequence.n_clusters)
    rng = check_random_state(random_state)
    step, unit = sequence.step
    first, last = sequence.runs()
    lengths = pd.Series(last - first + 1).groupby(sequence.labels[first])
    sizes = np.bincount(sequence.labels + 1, minlength=sequence.n_clusters + 1)[1:]
    with np.errstate(divide="ignore"):
        geometric = 1 / (1 - stay_probabilities(sequence))
    dispersion, p_value = compare_dispersion(sequence, n_surrogates, rng)
    index = pd.RangeIndex(sequence.n_clusters, name="cluster")
    table = pd.DataFrame(
        {
            "frequency": sizes / len(sequence),
            "n_runs": lengths.size().reindex(index, fill_value=0),
            "n_separate_runs": count_separate_runs(
                sequence.labels, sequence.n_clusters
            ),
            "mean_residence": step * lengths.mean().reindex(index),
            "longest_residence": step * lengths.max().reindex(index),
            "geometric_residence": step * geometric,
            "dispersion": dispersion,
            "p_value": p_value,
        },
        index=index,
    )
    table.attrs["unit"] = unit
    return table


def residence_times(labels, *, time=None, n_clusters=None, confidence_level=0.95):
    r"""Estimate the distribution of residence times, beside that of a Markov chain.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time. A sample without a cluster (-1) ends
        a run, as a sample of another cluster does. Samples without data should be
        dropped, so that they are gaps.
    time : array-like of shape (n_samples,), default=None
        As in :func:`transition_counts`. A run that lasts until a gap, or until the end
        of the record, is censored: its duration is at least the observed one.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.
    confidence_level : float, default=0.95
        Confidence level of the intervals, for each duration separately.

    Returns
    -------
    table : pandas.DataFrame
        One row per cluster and "duration": "observed" and "censored", the numbers of
        complete and of censored runs of this duration; "survival", the estimated
        fraction of runs that last at least as long, with its interval "low" and "high";
        "geometric_survival", the fraction in a Markov chain of the same persistence.
        Durations have the unit of those of :func:`persistence`, which is in
        ``table.attrs["unit"]``.

    Warns
    -----
    UserWarning
        If a cluster has fewer than three separate runs.

    See Also
    --------
    persistence : Mean residence, and a test of the spread of residence times.

    Notes
    -----
    "survival" is the estimator of Kaplan and Meier [1]_. Runs whose start is not known,
    because they are the first of the record or follow a gap, are excluded: residual
    durations have the same distribution as durations in a Markov chain only. The other
    runs are an unbiased sample, since a run is censored at a time that does not depend
    on its duration. The last row of a cluster is the longest run, where the estimate is
    biased upwards.

    Let p be the probability that the next sample belongs to the same cluster, and not
    to another one or none; all runs are used to estimate it. In a Markov chain, a run
    lasts at least d samples with probability :math:`p^{d-1}`.

    The interval is Wilson's score interval for an effective number of runs: that of the
    runs known to last as long, divided by the survival. Without censoring, this is the
    number of all runs.

    References
    ----------
    .. [1] E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete
       observations", Journal of the American Statistical Association 53, 457-481, 1958.
       :doi:`10.1080/01621459.1958.10501452`

    Examples
    --------
    >>> from skvaeclust.sequences import residence_times
    >>> table = residence_times([1, 0, 0, 1, 0, 0, 0, 1, 0])
    >>> table.loc[0, "observed"].tolist()
    [0, 1, 1]
    >>> table.loc[0, "survival"].tolist()
    [1.0, 1.0, 0.5]
    """
    import pandas as pd

    sequence = LabelSequence.read(labels, time, n_clusters)
    check_confidence_level(confidence_level)
    warn_about_pieces(sequence.labels, sequence.n_clusters)
    step, unit = sequence.step
    first, last = sequence.runs()
    begun = np.append(False, sequence.continues)[first]  # after another cluster or -1
    ended = np.append(sequence.continues, False)[last]
    cluster, lengths = sequence.labels[first], last - first + 1
    quantile = norm.isf((1 - confidence_level) / 2)
    tables = {}
    for k, stay in enumerate(stay_probabilities(sequence)):
        of_cluster = begun & (cluster == k)
        complete, censored = lengths[of_cluster & ended], lengths[of_cluster & ~ended]
        columns = _estimate_survival(complete, censored, quantile)
        n_durations = len(columns["survival"])
        columns["geometric_survival"] = stay ** np.arange(n_durations, dtype=float)
        durations = pd.Index(step * np.arange(1, n_durations + 1))
        tables[k] = pd.DataFrame(columns, durations)
    table = pd.concat(tables, names=["cluster", "duration"])
    table.attrs["unit"] = unit
    return table


def _estimate_survival(complete, censored, quantile):
    """Return columns of :func:`residence_times` for the runs of one cluster."""
    n_durations = max(complete.max(initial=0), censored.max(initial=0))
    durations = np.arange(1, n_durations + 1)
    survival = np.ones(n_durations)
    if len(complete):
        # A run of L samples until a gap is known to last longer than L - 1 only.
        data = CensoredData(uncensored=complete, right=censored - 1)
        survival = ecdf(data).sf.evaluate(durations - 1)
    observed, cut = (
        np.bincount(x, minlength=n_durations + 1)[1:] for x in (complete, censored)
    )
    at_least = (observed + cut)[::-1].cumsum()[::-1]
    low, high = wilson(survival, at_least / survival, quantile)
    return {
        "observed": observed,
        "censored": cut,
        "survival": survival,
        "low": np.where(durations == 1, 1.0, low),
        "high": np.where(durations == 1, 1.0, high),
    }
