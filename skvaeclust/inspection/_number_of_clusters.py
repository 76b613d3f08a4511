"""Display of the scores of numbers of clusters."""

from textwrap import fill

import numpy as np

from skvaeclust._plotting._style import (
    CENTIMETRE,
    PAGE_WIDTH,
    add_legend,
    cluster_color,
    in_print_style,
    make_axes,
)
from skvaeclust._words import counted
from skvaeclust.model_selection._rule import FULL_ISOLATION

PANELS = {
    "distinctness": "distinctness",
    "isolation": "isolation",
    "agreement": "agreement with other starts",
}
LIMITS = "minimum (distinctness), saturation (isolation)"
LARGEST_ISOLATION = 3  # upper end of the axis
FEW = 8  # with fewer surrogates, lines instead of a band


class NumberOfClustersDisplay:
    """Scores of samples and of surrogate data against the number of clusters.

    Fewer than eight surrogates are drawn as lines, more as a band.

    Parameters
    ----------
    result : NumberOfClusters
        Result of :func:`~skvaeclust.model_selection.choose_n_clusters`.

    Attributes
    ----------
    axes_ : ndarray of 3 matplotlib Axes
        Distinctness, isolation and agreement.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.inspection import NumberOfClustersDisplay
    >>> from skvaeclust.model_selection import choose_n_clusters
    >>> X = make_idealized_circulations(20, height=8, width=9, random_state=0).data
    >>> result = choose_n_clusters(X, n_clusters=[2, 3], random_state=0)
    >>> display = NumberOfClustersDisplay(result).plot()
    """

    def __init__(self, result):
        if not hasattr(result, "candidates"):
            raise TypeError(
                "result must be that of choose_n_clusters, got "
                f"{type(result).__name__}."
            )
        self.result = result

    @in_print_style
    def plot(self, *, axes=None):
        """Draw the plot.

        Parameters
        ----------
        axes : sequence of 3 matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.

        Returns
        -------
        display : NumberOfClustersDisplay
            This object.
        """
        size = (PAGE_WIDTH, 6 * CENTIMETRE)
        self.figure_, self.axes_ = make_axes(axes, 3, ncols=3, figsize=size)
        for ax, (name, title) in zip(self.axes_, PANELS.items(), strict=True):
            self._draw_panel(ax, name)
            ax.set_xlabel("number of clusters")
            ax.set_title(title, fontsize=ax.xaxis.label.get_fontsize())
            ax.spines[["top", "right"]].set_visible(False)
        first, second, third = self.axes_
        own = axes is None
        limits = {"color": "0.5", "linestyle": ":"}
        limits["label"] = LIMITS if own else fill(LIMITS, 24)
        first.axhline(self.result.min_distinctness, **limits)
        second.axhline(FULL_ISOLATION, **limits)
        for ax in (first, third):
            ax.set_ylim(min(0, ax.get_ylim()[0]), 1.05)
        top = min(max(second.get_ylim()[1], 1.8), LARGEST_ISOLATION)
        second.set_ylim(0, top)
        isolation = self.result.scores["isolation"]
        for number, value in zip(self.result.candidates, isolation, strict=True):
            if value > top:
                style = {"va": "top", "color": cluster_color(0), "size": "small"}
                second.plot(number, top, "^", color=cluster_color(0), clip_on=False)
                place = {"xytext": (5, 0), "textcoords": "offset points"}
                second.annotate(f"{value:.1f}", (number, top), **place, **style)
        handles = {h.get_label(): h for h in first.get_legend_handles_labels()[0]}
        handles = [*handles.values()]
        add_legend(self.figure_, third, own, handles)
        return self

    def _draw_panel(self, ax, name):
        result = self.result
        numbers, values = result.candidates, result.scores[name]
        surrogates = result.surrogate_scores[name]
        label = counted(len(surrogates), "surrogate")
        if len(surrogates) >= FEW:
            ax.fill_between(numbers, *result.band(name), color="0.85", label=label)
        else:
            style = {"color": "0.7", "linewidth": 0.7, "label": label}
            ax.plot(numbers, np.transpose(surrogates), **style)
        ax.plot(
            numbers, values, "o-", color=cluster_color(0), markersize=4, label="samples"
        )
        chosen = numbers == result.n_clusters
        if chosen.any():
            style = {"color": cluster_color(1), "markersize": 6, "label": "chosen"}
            ax.plot(numbers[chosen], values[chosen], "o", **style)
        ax.set_xticks(numbers)
