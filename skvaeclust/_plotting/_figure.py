"""Figure of a display."""

import sys

from matplotlib import pyplot as plt
from matplotlib.figure import Figure


class DisplayFigure(Figure):
    """Figure that ``plt.show()`` shows, but on which ``plt.plot()`` does not draw.

    pyplot always has a current figure if any figure exists. Functions of pyplot that
    need axes get those of a new figure instead, unless ``plt.sca`` chose others.
    """

    _chosen = False

    def sca(self, ax):
        """Set the current axes."""
        if ax.figure is not self:  # those of `add_subplot`
            return ax.figure.sca(ax)
        self._chosen |= _is_called_by_pyplot()
        return super().sca(ax)

    def gca(self):
        """Return the current axes."""
        if _is_called_by_pyplot() and not self._chosen:
            return plt.figure().gca()
        return super().gca()

    def add_subplot(self, *args, **kwargs):
        """Add axes."""
        if _is_called_by_pyplot() and not self._chosen:
            return plt.figure().add_subplot(*args, **kwargs)
        return super().add_subplot(*args, **kwargs)


def _is_called_by_pyplot():
    """Check whether a method was called by a function of pyplot."""
    return sys._getframe(2).f_globals.get("__name__") == plt.__name__
