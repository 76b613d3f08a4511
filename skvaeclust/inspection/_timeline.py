"""Picture of the clusters through time."""

import numpy as np

from skvaeclust._steps import final_step
from skvaeclust.inspection._style import cluster_color, make_axes


def transition_matrix(labels, time, n_clusters):
    """Compute the probability of each cluster, given that of the sample before.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
        Clusters.
    time : ndarray of shape (n_samples,)
        Increasing. A step that is longer than the usual one (the median) is a gap, and
        does not count.
    n_clusters : int
        Number of clusters.

    Returns
    -------
    matrix : ndarray of shape (n_clusters, n_clusters)
        Rows (from) add up to 1; NaN for a cluster that nothing follows.
    """
    steps = np.diff(time)
    without_gap = steps <= np.median(steps)
    counts = np.zeros((n_clusters, n_clusters))
    np.add.at(counts, (labels[:-1][without_gap], labels[1:][without_gap]), 1)
    totals = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)


class TimelineDisplay:
    """Cluster of every sample through time, frequency of each, and transitions.

    Usually made by :meth:`from_estimator`.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
        Clusters.
    time : ndarray of shape (n_samples,)
        Increasing: numbers, or datetime64.
    n_clusters : int
        Number of clusters.

    Attributes
    ----------
    axes_ : ndarray of 3 matplotlib Axes
        Timeline, frequency, transitions.
    figure_ : matplotlib Figure
        The figure.
    transitions_ : ndarray of shape (n_clusters, n_clusters)
        Probability of each cluster (column), given that of the sample before (row).

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import TimelineDisplay
    >>> display = TimelineDisplay(np.array([0, 0, 1, 1, 0]), np.arange(5), 2).plot()
    >>> display.transitions_
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """

    def __init__(self, labels, time, n_clusters):
        self.labels = labels
        self.time = time
        self.n_clusters = n_clusters

    @classmethod
    def from_estimator(cls, estimator, X, time=None, *, axes=None):
        """Draw the clusters of samples in the order of time.

        Parameters
        ----------
        estimator : fitted VAEClustering, or Pipeline or search that ends in one
            The model.
        X : array-like of shape (n_samples, ...)
            Samples.
        time : array-like of shape (n_samples,), default=None
            Their times, increasing: numbers, or datetime64; None numbers the samples.
        axes : sequence of 3 matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : TimelineDisplay
            With the attributes ``axes_``, ``figure_`` and ``transitions_``.
        """
        labels = estimator.predict(X)
        time = np.arange(len(labels)) if time is None else np.asarray(time)
        n_clusters = len(final_step(estimator, ("weights_",)).weights_)
        return cls(labels, time, n_clusters).plot(axes=axes)

    def plot(self, *, axes=None):
        """Draw the picture.

        Parameters
        ----------
        axes : sequence of 3 matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : TimelineDisplay
            This object.

        Raises
        ------
        ValueError
            If times do not increase, or are not one a sample.
        """
        if np.shape(self.time) != np.shape(self.labels):
            raise ValueError(
                f"time must be one a sample: {len(self.labels)}, got an array of shape "
                f"{np.shape(self.time)}."
            )
        if len(self.time) < 2 or not (self.time[1:] > self.time[:-1]).all():
            raise ValueError("time must increase, and have two samples or more.")
        self.transitions_ = transition_matrix(self.labels, self.time, self.n_clusters)
        self.figure_, self.axes_ = make_axes(
            axes, 3, ncols=3, figsize=(11, 3), width_ratios=[3.4, 1, 1.5]
        )
        self._draw_timeline(self.axes_[0])
        self._draw_frequency(self.axes_[1])
        self._draw_transitions(self.axes_[2])
        return self

    def _name_clusters(self, axis):
        axis.set_ticks(range(self.n_clusters))
        for k, label in enumerate(axis.get_ticklabels()):
            label.set(color=cluster_color(k), weight="bold")

    def _draw_timeline(self, ax):
        for k in range(self.n_clusters):
            times = self.time[self.labels == k]
            row = np.full(len(times), k)
            ax.scatter(times, row, s=140, color=cluster_color(k), marker="|", lw=0.8)
        self._name_clusters(ax.yaxis)
        ax.set(ylim=(self.n_clusters - 0.5, -0.5), xlabel="time", ylabel="cluster")

    def _draw_frequency(self, ax):
        shares = np.bincount(self.labels, minlength=self.n_clusters) / len(self.labels)
        for k, share in enumerate(shares):
            ax.barh(k, share, color=cluster_color(k))
            ax.annotate(f" {share:.0%}", (share, k), va="center")
        self._name_clusters(ax.yaxis)
        ax.set(ylim=(self.n_clusters - 0.5, -0.5), xlim=(0, 1.35 * shares.max()))
        ax.set_xticks([])
        ax.set_xlabel("frequency")
        ax.spines[["top", "right", "bottom"]].set_visible(False)

    def _draw_transitions(self, ax):
        ax.imshow(self.transitions_, cmap="GnBu", vmin=0, vmax=1)
        for (i, j), value in np.ndenumerate(self.transitions_):
            color = "white" if value > 0.6 else "black"
            ax.text(
                j,
                i,
                "" if np.isnan(value) else f"{100 * value:.0f}",
                ha="center",
                va="center",
                color=color,
                fontsize="small",
            )
        self._name_clusters(ax.xaxis)
        self._name_clusters(ax.yaxis)
        ax.set(xlabel="next cluster", ylabel="cluster", title="transitions (%)")
