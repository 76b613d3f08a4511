"""Display of the transitions between clusters."""

from textwrap import fill

import numpy as np

from skvaeclust._plotting._style import (
    CENTIMETRE,
    check_names,
    in_print_style,
    make_axes,
    name_clusters,
)
from skvaeclust.inspection._sequence_display import SequenceDisplay
from skvaeclust.sequences import (
    preferred_transitions,
    transition_counts,
    transition_probabilities,
)

LETTER = 0.17  # width of a letter, cm
NAME_WIDTH = 13  # letters
MANY, CELL = 8, 0.5  # number of clusters above which cells have a fixed width, cm
STAY = 0.9  # grey level of the diagonal
MARKS = {"^": "preferred", "v": "avoided"}
DARK = 0.68  # fraction of the colour scale above which numbers are white


class TransitionsDisplay(SequenceDisplay):
    """Matrix of transition probabilities; preferred and avoided ones are marked.

    Colours show transitions between different clusters. The probability of staying
    is usually much larger and is only written as a number.

    Usually created by :meth:`from_labels` or :meth:`from_estimator`.

    Parameters
    ----------
    probabilities : array-like of shape (n_clusters, n_clusters)
        Probability of each cluster (column), given that of the previous sample (row);
        NaN where unknown. Result of
        :func:`~skvaeclust.sequences.transition_probabilities`.
    tests : pandas.DataFrame, default=None
        Result of :func:`~skvaeclust.sequences.preferred_transitions`, for the marks.
    alpha : float, default=0.05
        Transitions with a smaller "q_value" are marked.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import TransitionsDisplay
    >>> labels = np.repeat(np.tile([0, 1, 2], 20), 3)
    >>> display = TransitionsDisplay.from_labels(labels, random_state=0)
    >>> display.probabilities[0].round(2).tolist()
    [0.67, 0.33, 0.0]
    """

    def __init__(self, probabilities, tests=None, *, alpha=0.05):
        self.probabilities = probabilities
        self.tests = tests
        self.alpha = alpha

    @classmethod
    def from_labels(
        cls,
        labels,
        *,
        time=None,
        n_clusters=None,
        alpha=0.05,
        names=None,
        ax=None,
        **params,
    ):
        """Draw the transitions between the clusters of any clustering.

        Parameters
        ----------
        labels, time, n_clusters
            As for :func:`~skvaeclust.sequences.transition_counts`.
        alpha : float, default=0.05
            False discovery rate of the marks.
        names, ax
            As for :meth:`plot`.
        **params : dict
            Other parameters of :func:`~skvaeclust.sequences.preferred_transitions`.

        Returns
        -------
        display : TransitionsDisplay
            The display, drawn.
        """
        given = {"time": time, "n_clusters": n_clusters}
        tests = preferred_transitions(labels, **given, **params)
        probabilities = transition_probabilities(transition_counts(labels, **given))
        return cls(probabilities, tests, alpha=alpha).plot(names=names, ax=ax)

    @in_print_style
    def plot(self, *, names=None, ax=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters. Default: cluster numbers.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.

        Returns
        -------
        display : TransitionsDisplay
            This object.
        """
        percent = 100 * np.asarray(self.probabilities, dtype=float)
        names = check_names(names, len(percent))
        self._make_axes(ax, names)
        between = np.where(np.eye(len(names)), np.nan, percent)
        top = np.nanmax(between, initial=1)
        stay = 0 * percent + STAY  # visible on the diagonal only
        self.ax_.imshow(stay, aspect="auto", cmap="gray", vmin=0, vmax=1)
        self.ax_.imshow(between, aspect="auto", cmap="GnBu", vmin=0, vmax=top)
        self._write_numbers(percent, np.nan_to_num(between) > DARK * top)
        self._add_key(ax, np.isnan(percent).any())
        return self

    def _make_axes(self, ax, names):
        """Make axes of square cells, with the names of the clusters."""
        many = len(names) > MANY  # names on one line
        names = [fill(name, (2 if many else 1) * NAME_WIDTH) for name in names]
        longest = max(len(line) for name in names for line in name.split("\n"))
        turned = len(names) * longest > 24
        side = 6.9 - LETTER * longest if len(names) > 2 else 4
        side = max(side, CELL * len(names)) if many else side
        width = max(8, side + LETTER * longest + 1.1)
        height = side + 2.8 + (LETTER * longest if turned else 0)
        size = (width * CENTIMETRE, height * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size)
        self.ax_.grid(False)
        self.ax_.xaxis.tick_top()
        self.ax_.xaxis.set_label_position("top")
        name_clusters(self.ax_.yaxis, names)
        name_clusters(self.ax_.xaxis, names)
        if turned:
            self.ax_.tick_params(axis="x", rotation=90)
        self.ax_.set(xlabel="to", ylabel="from")

    def _write_numbers(self, percent, dark):
        """Write the probabilities, and mark preferred and avoided transitions."""
        marks = {}
        if self.tests is not None:
            found = self.tests.loc[self.tests["q_value"] < self.alpha, "ratio"]
            marks = {pair: "^" if ratio > 1 else "v" for pair, ratio in found.items()}
        many = len(percent) > MANY
        size, font = (3, "small") if many else (4.5, "medium")
        style = {"ha": "center", "va": "center", "fontsize": font}
        for i, j in np.argwhere(~np.isnan(percent)):
            color = "white" if dark[i, j] else "0.35" if i == j else "black"
            value = percent[i, j]
            text = f"{value:.{1 if 0 < value < 0.95 else 0}f}"
            self.ax_.text(j, i, text, color=color, **style)
            if (i, j) in marks:
                mark = {"marker": marks[i, j], "markersize": size, "mew": 0}
                self.ax_.plot(j + 0.36, i - 0.34, color=color, **mark)

    def _add_key(self, ax, unknown):
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        handles, look = [], {"linestyle": "", "color": "k", "markersize": 4.5, "mew": 0}
        for mark, name in MARKS.items() if self.tests is not None else ():
            label = f"{name} (q < {self.alpha:g})"
            handles.append(Line2D([], [], marker=mark, label=label, **look))
        handles.append(Patch(color=str(STAY), label="same cluster"))
        if unknown:
            handles.append(Patch(fc="white", ec="0.5", lw=0.6, label="unknown"))
        look = {"ncols": 2, "handlelength": 1, "handleheight": 1}
        look["title"] = "transition probability (%)"
        if ax is None:
            self.figure_.legend(handles=handles, loc="outside lower center", **look)
        else:
            place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0)}
            self.ax_.legend(handles=handles, **place, **look)
