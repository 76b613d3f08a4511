"""Matrices of pairs of clusters."""

from textwrap import fill

from skvaeclust._plotting._style import CENTIMETRE, make_axes, name_clusters, size_of

LETTER = 0.17  # width of a letter, cm
LINE = 0.046  # height of a line, cm per point
SMALLEST = 6  # points
AROUND = 2  # height of the axis label above and the legend below, cm
NAME_WIDTH, MOST_LINES = 13, 3  # minimum width of a name, letters, and its lines
MANY, CELL = 8, 0.5  # number of clusters above which cells have a fixed width, cm

DARK = 0.68  # fraction of the colour scale above which numbers are white


def make_matrix_axes(ax, names):
    """Make axes of square cells, with names of clusters at the left and the top.

    Return the figure and the axes.
    """
    many = len(names) > MANY  # names on one line
    least = (2 if many else 1) * NAME_WIDTH
    widths = [max(least, -(-len(name) // MOST_LINES)) for name in names]
    names = [
        fill(name, width, break_long_words=False)
        for name, width in zip(names, widths, strict=True)
    ]
    longest = max(len(line) for name in names for line in name.split("\n"))
    turned = len(names) * longest > 24
    side = max(4, 6.9 - LETTER * longest) if len(names) > 2 else 4
    side = max(side, CELL * len(names)) if many else side
    width = max(8, side + LETTER * longest + 1.1)
    height = side + 2.8 + (LETTER * longest if turned else 0)
    size = (width * CENTIMETRE, height * CENTIMETRE)
    given = ax is not None
    figure, (ax,) = make_axes(ax, 1, figsize=size)
    ax.grid(False)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    name_clusters(ax.yaxis, names)
    name_clusters(ax.xaxis, names)
    if given:  # maybe low
        n_lines = len(names) * (1 + max(name.count("\n") for name in names))
        free = size_of(ax)[1] - AROUND - turned * LETTER * longest
        size = min(ax.xaxis.label.get_fontsize(), free / LINE / n_lines)
        ax.tick_params(labelsize=max(size, SMALLEST))
    if turned:
        ax.tick_params(axis="x", rotation=90)
    return figure, ax


def write_cell(ax, i, j, text, dark, color="black"):
    """Write into a cell, in white if it is dark. Return the colour."""
    color = "white" if dark else color
    style = {"ha": "center", "va": "center", "color": color}
    size = "small" if ax.get_images()[0].get_array().shape[0] > MANY else "medium"
    ax.text(j, i, text, fontsize=size, **style)
    return color


def add_matrix_key(figure, ax, own, title, handles=()):
    """Add the title of the numbers, and a legend, below a matrix."""
    look = {"ncols": 2, "handlelength": 1, "handleheight": 1, "title": title}
    if own:
        figure.legend(handles=handles, loc="outside lower center", **look)
    else:
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "frameon": False}
        ax.legend(handles=handles, **place, **look)
