"""Display of the clusters in time."""

import numpy as np

from skvaeclust._steps import final_step
from skvaeclust.inspection._sequence import (
    elapsed,
    runs,
    transition_counts,
    transition_probabilities,
)
from skvaeclust.inspection._style import cluster_color, make_axes


class TimelineDisplay:
    """Cluster of every sample in time, with frequencies and transitions of clusters.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
        Cluster of every sample.
    time : array-like of shape (n_samples,)
        Increasing times: numbers, datetime64, or dates of any calendar (cftime).
    n_clusters : int
        Number of clusters.

    Attributes
    ----------
    axes_ : ndarray of 3 matplotlib Axes
        Timeline, frequency, transitions.
    figure_ : matplotlib Figure
        The figure.
    transitions_ : ndarray of shape (n_clusters, n_clusters)
        Probability of each cluster (column), given that of the previous sample (row).

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
        """Draw the clusters of samples in order of time.

        Parameters
        ----------
        estimator : fitted VAEClustering, or Pipeline or search that ends in one
            The model.
        X : array-like of shape (n_samples, ...)
            Samples.
        time : array-like of shape (n_samples,), default=None
            Increasing times of the samples: numbers, datetime64, or dates of any
            calendar (cftime); None takes sample indices.
        axes : sequence of 3 matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.

        Returns
        -------
        display : TimelineDisplay
            With the attributes ``axes_``, ``figure_`` and ``transitions_``.
        """
        labels = estimator.predict(X)
        time = np.arange(len(labels)) if time is None else time
        n_clusters = len(final_step(estimator, ("weights_",)).weights_)
        return cls(labels, time, n_clusters).plot(axes=axes)

    def plot(self, *, axes=None):
        """Draw the plot.

        Parameters
        ----------
        axes : sequence of 3 matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.

        Returns
        -------
        display : TimelineDisplay
            This object.

        Raises
        ------
        ValueError
            If times do not increase or are not one per sample, or for a single sample.
        """
        if len(self.labels) < 2:
            raise ValueError("A timeline needs at least two samples.")
        counts = transition_counts(
            self.labels, time=self.time, n_clusters=self.n_clusters
        )
        self.transitions_ = transition_probabilities(counts)
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
        """Draw a bar for each unbroken run."""
        time, name = np.asarray(self.time), "time"
        if time.dtype.kind == "O":  # matplotlib has no calendars
            time, name = elapsed(time, len(time)) / 86400, f"days since {time[0]}"
        step = np.median(np.diff(time))
        first, last = runs(self.labels, self.time)
        for k in range(self.n_clusters):
            of_cluster = self.labels[first] == k
            start, end = time[first[of_cluster]], time[last[of_cluster]]
            ax.barh(
                np.full(len(start), k),
                end - start + step,
                left=start,
                height=0.7,
                color=cluster_color(k),
            )
        self._name_clusters(ax.yaxis)
        ax.margins(x=0.01)
        ax.set(ylim=(self.n_clusters - 0.5, -0.5), xlabel=name, ylabel="cluster")

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
