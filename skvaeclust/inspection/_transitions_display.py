"""Display of the transitions between clusters."""

import numpy as np

from skvaeclust._arguments import check_number
from skvaeclust._plotting._matrix import (
    DARK,
    MANY,
    add_matrix_key,
    make_matrix_axes,
    write_cell,
)
from skvaeclust._plotting._style import check_names, in_print_style, ink
from skvaeclust.inspection._sequence_display import SequenceDisplay
from skvaeclust.sequences import (
    preferred_transitions,
    transition_counts,
    transition_probabilities,
)
from skvaeclust.sequences._sequence import LabelSequence

STAY = 0.9  # grey level of the diagonal
MARKS = {"^": "preferred", "v": "avoided"}


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
        check_number(alpha, "alpha", 0, 1, strictly=True)
        check_names(names, LabelSequence.read(labels, **given).n_clusters)
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
        self.figure_, self.ax_ = make_matrix_axes(ax, names)
        self.ax_.set(xlabel="to", ylabel="from")
        between = np.where(np.eye(len(names)), np.nan, percent)
        top = np.nanmax(between, initial=1)
        stay = 0 * percent + STAY  # visible on the diagonal only
        self.ax_.imshow(stay, aspect="auto", cmap="gray", vmin=0, vmax=1)
        self.ax_.imshow(between, aspect="auto", cmap="GnBu", vmin=0, vmax=top)
        marks = self._write_numbers(percent, np.nan_to_num(between) > DARK * top)
        self._add_key(ax, marks, np.isnan(percent).any())
        return self

    def _write_numbers(self, percent, dark):
        """Write the probabilities; mark preferred and avoided transitions.

        Return handles of the marks for the legend.
        """
        from matplotlib.lines import Line2D

        marks, drawn = {}, {}
        if self.tests is not None:
            found = self.tests.loc[self.tests["q_value"] < self.alpha, "ratio"]
            marks = {pair: "^" if ratio > 1 else "v" for pair, ratio in found.items()}
        look = {
            "linestyle": "",
            "mew": 0,
            "markersize": 3 if len(percent) > MANY else 4.5,
        }
        for i, j in np.argwhere(~np.isnan(percent)):
            value = percent[i, j]
            text = f"{value:.{1 if 0 < value < 0.95 else 0}f}"
            own = "0.35" if i == j else "black"
            color = write_cell(self.ax_, i, j, text, dark[i, j], own)
            if mark := marks.get((i, j)):
                self.ax_.plot(j + 0.36, i - 0.34, color=color, marker=mark, **look)
                label = f"{MARKS[mark]} (q < {self.alpha:g})"
                drawn[mark] = Line2D(
                    [], [], marker=mark, label=label, color=ink(), **look
                )
        return [drawn[mark] for mark in MARKS if mark in drawn]

    def _add_key(self, ax, handles, unknown):
        from matplotlib.patches import Patch

        title = "transition probability (%)"
        if self.tests is not None and not handles:
            title += f"\nnone preferred or avoided (q < {self.alpha:g})"
        handles.append(Patch(color=str(STAY), label="same cluster"))
        if unknown:
            handles.append(
                Patch(fc=self.ax_.get_facecolor(), ec="0.5", lw=0.6, label="unknown")
            )
        add_matrix_key(self.figure_, self.ax_, ax is None, title, handles)
