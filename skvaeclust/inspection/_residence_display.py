"""Display of the residence times of clusters."""

from skvaeclust._plotting._panels import make_panels
from skvaeclust._plotting._style import (
    add_legend,
    cluster_color,
    cluster_marker,
    in_print_style,
    ink,
)
from skvaeclust._words import counted
from skvaeclust.inspection._sequence_display import SequenceDisplay
from skvaeclust.sequences import residence_times


class ResidenceTimesDisplay(SequenceDisplay):
    """Fraction of runs of at least a duration, one panel per cluster.

    Points are estimates that allow for runs cut by gaps, bands their intervals, and
    lines a Markov chain of the same persistence. Titles count complete runs, which
    neither a gap nor an end of the record cuts.

    Usually created by :meth:`from_labels` or :meth:`from_estimator`.

    Parameters
    ----------
    table : pandas.DataFrame
        Result of :func:`~skvaeclust.sequences.residence_times`.
    n_clusters : int, default=None
        Number of clusters. Default: the largest in the table plus 1.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One per cluster.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import ResidenceTimesDisplay
    >>> labels = np.repeat([0, 1, 0, 1, 0, 1, 0], [3, 1, 5, 2, 1, 2, 4])
    >>> display = ResidenceTimesDisplay.from_labels(labels, names=["calm", "storm"])
    """

    def __init__(self, table, n_clusters=None):
        self.table = table
        self.n_clusters = n_clusters

    @classmethod
    def from_labels(cls, labels, *, time=None, n_clusters=None, **params):
        """Draw the residence times of any clustering.

        Parameters
        ----------
        labels, time, n_clusters
            As for :func:`~skvaeclust.sequences.residence_times`.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ResidenceTimesDisplay
            The display, drawn.
        """
        table = residence_times(labels, time=time, n_clusters=n_clusters)
        return cls(table, n_clusters).plot(**params)

    @in_print_style
    def plot(self, *, names=None, n_columns=None, axes=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters. Default: cluster numbers.
        n_columns : int, default=None
            Panels per row, each a quarter of a page wide. Default: at most four.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, one per cluster. None makes a new figure.

        Returns
        -------
        display : ResidenceTimesDisplay
            This object.
        """
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch
        from matplotlib.ticker import LogLocator

        n_runs = self.table["observed"].groupby(level="cluster").sum()
        n_clusters = self.n_clusters or max(n_runs.index, default=0) + 1
        n_runs = n_runs.reindex(range(n_clusters), fill_value=0)
        self.figure_, self.axes_ = make_panels(
            axes,
            names,
            n_clusters,
            n_columns=n_columns,
            xlabel=f"duration d ({self.table.attrs.get('unit', 'samples')})",
            ylabel="runs $\\geq$ d (%)",
            notes=[counted(n, "complete run") for n in n_runs],
        )
        for k, ax in enumerate(self.axes_):
            rows = self.table.query("cluster == @k")
            duration = rows.index.get_level_values("duration")
            low, high = 100 * rows["low"].clip(1e-9), 100 * rows["high"]
            ax.fill_between(duration, low, high, color="0.85", lw=0)
            ax.plot(duration, 100 * rows["geometric_survival"], color=ink(), lw=0.8)
            look = {"color": cluster_color(k), "marker": cluster_marker(k)}
            ax.plot(duration, 100 * rows["survival"], ls="", markersize=2.5, **look)
            ax.set_yscale("log")
            ax.set_ylim(50 / max(1, n_runs.max()), 140)
            ax.yaxis.set_major_locator(LogLocator(numticks=6))
            ax.yaxis.set_major_formatter("{x:g}")
            ax.minorticks_off()
        observed = {"marker": "o", "markersize": 3, "linestyle": ""}
        key = [
            Line2D([], [], color="0.3", label="observed", **observed),
            Line2D([], [], color=ink(), label="Markov chain"),
            Patch(color="0.85", label="95 % interval"),
        ]
        add_legend(self.figure_, self.axes_[-1], axes is None, key)
        return self
