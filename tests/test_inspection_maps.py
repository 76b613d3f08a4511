"""Tests of maps on grids, axes and projections."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust._plotting._coastline import read_coastline
from skvaeclust._plotting._shading import tick_levels
from skvaeclust.composites import cluster_means
from skvaeclust.inspection import ClusterMapsDisplay, FieldMapsDisplay, MapGrid

plt = pytest.importorskip("matplotlib.pyplot")
from matplotlib.collections import LineCollection  # noqa: E402

CONSTRAINED = {"layout": "constrained"}


@pytest.fixture
def flow():
    """Return three fields (3, 2, 6, 8)."""
    return np.random.default_rng(0).standard_normal((3, 2, 6, 8))


def tick_labels(ax, axis="x"):
    """Return the visible tick labels."""
    ax.figure.canvas.draw()
    found = getattr(ax, f"get_{axis}ticklabels")()
    return [label.get_text() for label in found if label.get_visible()]


def test_masked_values_are_land(flow):
    mask = np.zeros(flow.shape, dtype=bool)
    mask[..., :2, :2] = True
    masked = np.ma.array(np.where(mask, 1e20, flow), mask=mask)
    display = FieldMapsDisplay(masked).plot()
    assert display.colorbar_.mappable.levels.max() < 10


def outline(ax):
    """Return the points of the coastline of a map."""
    lines = [a for a in ax.collections if isinstance(a, LineCollection)]
    points = [line for group in lines for line in group.get_segments()]
    return np.concatenate([np.zeros((0, 2)), *points])


def test_longitudes_are_made_continuous(flow):
    x = (np.linspace(130, 235, 8) + 180) % 360 - 180  # crosses 180 degrees
    grid = np.meshgrid(x, np.linspace(-20, 50, 6))
    for x_given, y in ((x, grid[1][:, 0]), grid):
        display = FieldMapsDisplay(
            flow[:1], grid=MapGrid(x=x_given, y=y, xy_units="degrees")
        ).plot()
        ax = display.axes_[0]
        assert_allclose(ax.get_xlim(), (130, 235))
        assert {"150°E", "180°", "150°W"} <= set(tick_labels(ax))


def test_coastlines_continue_beyond_180_degrees(flow):
    coastline = [[-170.0, 0], [-150, 10], [np.nan, np.nan], [150, 0], [160, 10]]
    coastline += [[np.nan, np.nan], [0, 0], [10, 10]]
    display = FieldMapsDisplay(
        flow,
        grid=MapGrid(
            x=np.linspace(130, 235, 8),
            y=np.arange(6),
            xy_units="degrees",
            coastline=coastline,
        ),
    ).plot()
    ax = display.axes_[0]
    x = outline(ax)[:, 0]
    low, high = ax.get_xlim()
    assert x[(low <= x) & (x <= high)].tolist() == [150, 160, 190, 210]
    with pytest.raises(ValueError, match=r"\(n_points, 2\), got \(2, 5\)"):
        FieldMapsDisplay(flow, grid=MapGrid(coastline=np.zeros((2, 5)))).plot()


def test_coastline_of_longitude_and_latitude(flow):
    """Cape Finisterre, Gibraltar, Cape Horn; Australia west of 180 degrees east."""
    coast = read_coastline()
    assert_array_equal(np.abs(coast[0]) <= (180, 90), True)
    for place in [(-9.3, 43), (-5.6, 36), (-67.3, -55.6), (180 - 26.5, -28)]:
        assert np.nanmin(np.linalg.norm(coast - place, axis=1)) < 1
    along = np.diff(coast, axis=0)
    assert not ((np.abs(coast[:-1, 0]) == 180) & (along[:, 0] == 0)).any()
    grid = MapGrid(np.linspace(130, 235, 8), np.linspace(-20, 50, 6), "degrees")

    def n_points(**changes):
        display = FieldMapsDisplay(flow, grid=replace(grid, **changes)).plot()
        x = outline(display.axes_[0])[:, 0]
        low, high = display.axes_[0].get_xlim()
        return ((low < x) & (x < high)).sum()

    with pytest.raises(ValueError, match="coastline=None must be True, False or an"):
        replace(grid, coastline=None)
    assert n_points() > 1000
    assert n_points(x=grid.x - 360) == n_points()
    assert n_points(coastline=False) == n_points(xy_units="km") == 0


def test_coordinates_may_be_unknown_on_land(flow):
    x, y = np.meshgrid(np.linspace(-40, 20, 8), np.linspace(30, 60, 6))
    x[:2, :3] = y[:2, :3] = np.nan
    display = FieldMapsDisplay(flow, grid=MapGrid(x=x, y=y, xy_units="degrees")).plot()
    display.figure_.canvas.draw()
    assert_allclose(display.axes_[0].get_xlim(), (-40, 20))
    with pytest.raises(ValueError, match="x and y must be finite"):
        FieldMapsDisplay(
            flow, grid=MapGrid(x=np.full(8, np.nan), y=np.arange(6))
        ).plot()


def test_only_land_is_grey(flow):
    """Outside a curvilinear grid, maps are white."""
    x, y = np.meshgrid(np.arange(8.0), np.arange(6.0))
    ax = FieldMapsDisplay(flow, grid=MapGrid(x=x + y, y=y)).plot().axes_[0]
    assert ax.get_facecolor() == (1, 1, 1, 1)
    assert len(ax.patches) == 1
    ax = FieldMapsDisplay(flow, grid=MapGrid(x=x[0], y=y[:, 0])).plot().axes_[0]
    assert ax.get_facecolor() != (1, 1, 1, 1)


def test_ticks_of_global_grids(flow):
    x, y = np.arange(0, 360, 45), np.linspace(-90, 90, 6)
    display = FieldMapsDisplay(
        flow[:2], grid=MapGrid(x=x, y=y, xy_units="degrees")
    ).plot()
    assert tick_labels(display.axes_[0])[:3] == ["0°", "90°E", "180°"]
    assert {"45°S", "0°", "45°N"} <= set(tick_labels(display.axes_[0], "y"))


@pytest.mark.parametrize("channels", [[0], [1], [0, 1]])
def test_all_nan_channels(flow, channels):
    """All-NaN channels and maps give no warning."""
    flow[:, channels] = np.nan
    display = FieldMapsDisplay(flow).plot()
    assert display.colorbar_ is None
    empty = [text.get_text() for text in display.axes_[0].texts]
    assert empty == (["empty"] if len(channels) == 2 else [])


def test_units_and_quantities_are_one_per_channel(flow):
    for wrong in ({"units": ["m"]}, {"quantity": ["u", "v", "w"]}):
        with pytest.raises(ValueError, match="must be a str, or 2 str"):
            FieldMapsDisplay(flow, grid=MapGrid(**wrong)).plot(channel=1)


def test_grids_are_checked_and_completed():
    for x, y in ((np.zeros((2, 3)), np.zeros(3)), (np.zeros((2, 3, 4)), None)):
        with pytest.raises(ValueError, match="x and y must have the shapes"):
            MapGrid(x, y)
    own = MapGrid(coastline=False, units="kn")
    both = own.completed_by(MapGrid([1, 2], [3, 4], "km", "m/s", "current"))
    assert (both.coastline, both.units, both.quantity) == (False, "kn", "current")
    assert_array_equal(both.y, [3, 4])


def test_tick_labels_of_the_colour_bar(flow):
    high = FieldMapsDisplay(101325 + flow[:, :1]).plot()
    high.figure_.canvas.draw()
    labels = [t.get_text() for t in high.colorbar_.ax.get_xticklabels()]
    assert all("{1013" in label for label in labels)
    for step, expected in ((2.5, 5), (3, 3), (0.25, 0.5), (0.2, 0.4)):
        levels = step * np.arange(-6, 7)
        assert_allclose(np.diff(tick_levels(levels, 13 if step == 3 else 7)), expected)
    assert_allclose(tick_levels(2.5 * np.arange(-6, 7), 5), [-10, 0, 10])
    speed = FieldMapsDisplay(flow).plot()
    assert speed.colorbar_.mappable.levels[0] == 0


def test_wide_and_tall_maps(flow):
    """Figures have the shape of the maps, and no more columns than maps."""
    for shape, highest in (((4, 80), 8), ((80, 4), 26)):
        fields = np.resize(flow, (2, 2, *shape))
        figure = FieldMapsDisplay(fields).plot(n_columns=5).figure_
        assert figure.get_figheight() * 2.54 < highest
        assert len(figure.axes) == 3


def test_lowest_maps_have_the_ticks(flow):
    fields = np.resize(flow, (5, 2, 6, 8))
    display = FieldMapsDisplay(
        fields, grid=MapGrid(x=np.arange(8), y=np.arange(6), xy_units="km")
    )
    for axes in (None, list(plt.subplots(2, 3, **CONSTRAINED)[1].ravel()[:5])):
        shown = [bool(tick_labels(ax)) for ax in display.plot(axes=axes).axes_]
        assert shown == [False, False, True, True, True]
    _, axes = plt.subplot_mosaic("AB;CC", **CONSTRAINED)
    maps = FieldMapsDisplay(
        flow[:2], grid=MapGrid(x=np.arange(8), y=np.arange(6), xy_units="km")
    )
    assert tick_labels(maps.plot(axes=[axes["A"], axes["B"]]).axes_[1])


def test_axes_of_all_kinds(flow):
    display = ClusterMapsDisplay(flow, [0.5, 0.3, 0.2], significant=flow > 0)
    figure = plt.figure(**CONSTRAINED)
    left, right = figure.subfigures(1, 2)
    given = [
        left.subplots(3, 1),
        tuple(right.subplots(3, 1)),
        plt.subplot_mosaic("AB;CC")[1],
        [[ax] for ax in plt.subplots(1, 3)[1]],
    ]
    for axes in given:
        shown = display.plot(axes=axes)
        shown.figure_.canvas.draw()
        assert shown.axes_.shape == (3,)
    assert shown.figure_ is given[-1][0][0].figure


@pytest.mark.parametrize("suffix", ["pdf", "svg", "png"])
def test_maps_without_a_layout_do_not_overlap(flow, suffix, tmp_path):
    figure, axes = plt.subplots(1, 3)
    x, y = np.linspace(-60, 30, 8), np.linspace(30, 70, 6)
    display = ClusterMapsDisplay(
        flow, np.ones(3) / 3, grid=MapGrid(x=x, y=y, xy_units="degrees")
    )
    display.plot(axes=axes)
    figure.savefig(tmp_path / f"maps.{suffix}")
    bar = display.colorbar_.ax.get_window_extent()
    for ax in axes:
        assert not ax.xaxis.get_tightbbox().overlaps(bar)
    assert len(pickle.loads(pickle.dumps(display)).axes_) == 3


def test_weak_arrows_are_not_drawn():
    fields = np.zeros((1, 2, 20, 30))
    fields[0, 0, :, :10], fields[0, 0, :, 10:] = 1, 0.01
    display = FieldMapsDisplay(fields).plot()
    (arrows,) = [c for c in display.axes_[0].collections if hasattr(c, "U")]
    assert set(np.ma.compressed(arrows.U)) == {1.0}


def test_titles_break_only_where_they_must():
    fields = np.random.default_rng(0).standard_normal((4, 1, 20, 30))
    short, long = "Scandinavian blocking: 100 %", "a very long title " * 5
    display = FieldMapsDisplay(fields, [short, long, short, long]).plot()
    display.figure_.canvas.draw()
    for ax, title in zip(display.axes_, display.titles, strict=True):
        text = ax._left_title
        assert ("\n" in text.get_text()) == (title == long)
        assert text.get_window_extent().width <= ax.get_window_extent().width


@pytest.mark.parametrize(
    "levels", [0, -3, 10**5, [], [1], [1, 1], [2, 1], "ab", [[0, 1]], [0, np.nan], 2.5]
)
def test_wrong_levels(levels):
    with pytest.raises(ValueError, match=r"levels=.* must be an integer from 1 to"):
        FieldMapsDisplay(np.ones((1, 1, 3, 4))).plot(levels=levels)


def projected(display, **params):
    """Draw on cartopy axes, without a coastline."""
    display.grid = replace(display.grid, coastline=False, xy_units="degrees")
    display.plot(**params).figure_.canvas.draw()
    return display.axes_[0]


def test_maps_around_the_globe_have_no_seam(flow):
    ccrs = pytest.importorskip("cartopy.crs")
    display = FieldMapsDisplay(
        flow, grid=MapGrid(x=np.arange(0, 360, 45), y=np.linspace(-75, 75, 6))
    )
    ax = projected(display, projection=ccrs.PlateCarree(0))
    assert_allclose(ax.get_xlim(), (-180, 180))
    regional = FieldMapsDisplay(
        flow, grid=MapGrid(x=np.arange(0, 80, 10), y=display.grid.y)
    )
    assert_allclose(
        projected(regional, projection=ccrs.PlateCarree(0)).get_xlim(), (0, 70)
    )


@pytest.mark.parametrize("name", ["Robinson", "Mollweide", "Orthographic"])
def test_maps_of_the_globe_show_all_values(flow, name):
    """A grid from 0 to 360 degrees is not cut where it begins."""
    ccrs = pytest.importorskip("cartopy.crs")
    x, y = np.arange(0, 360, 10), np.arange(-90, 91, 10)
    fields = np.cos(np.deg2rad(y))[:, None] * np.sin(2 * np.deg2rad(x))
    display = FieldMapsDisplay(fields[None, None], grid=MapGrid(x, y, "degrees"))
    display.plot(projection=getattr(ccrs, name)()).figure_.canvas.draw()
    (ax,) = display.axes_
    assert np.ptp(ax.get_xlim()) > 1e7
    image = np.asarray(display.figure_.canvas.buffer_rgba())[..., :3].astype(int)
    blue, red = (
        ((image[..., a] - image[..., b]) > 50).sum() for a, b in [(2, 0), (0, 2)]
    )
    assert blue > 0.5 * red > 1000


def test_maps_around_a_pole_are_circles(flow):
    ccrs = pytest.importorskip("cartopy.crs")
    north = FieldMapsDisplay(
        flow, grid=MapGrid(x=np.arange(0, 360, 45), y=np.linspace(20, 90, 6))
    )
    south = FieldMapsDisplay(flow, grid=MapGrid(x=north.grid.x, y=-north.grid.y))
    for display, projection in (
        (north, ccrs.NorthPolarStereo()),
        (south, ccrs.SouthPolarStereo()),
    ):
        ax = projected(display, projection=projection)
        edge = ax.patch.get_path().vertices
        assert len(edge) > 100
        assert_allclose(np.hypot(*edge.T), ax.get_xlim()[1], rtol=1e-3)


def test_longitude_labels_on_both_sides_of_180(flow):
    ccrs = pytest.importorskip("cartopy.crs")
    display = FieldMapsDisplay(
        flow[:1], grid=MapGrid(x=np.linspace(120, 240, 8), y=np.linspace(-20, 50, 6))
    )
    ax = projected(display, projection=ccrs.PlateCarree(180))
    (lines,) = [artist for artist in ax.artists if hasattr(artist, "label_artists")]
    seen = {text.get_text() for text in lines.label_artists if text.get_visible()}
    assert {"150°E", "180°", "150°W", "30°N"} <= seen
    assert {text.get_fontsize() for text in lines.label_artists} == {8}


def test_large_and_small_values(flow):
    display = FieldMapsDisplay(1e7 * flow, grid=MapGrid(units="m2/s")).plot()
    (key,) = [a for a in display.axes_[-1].artists if hasattr(a, "label")]
    assert key.label.startswith(r"2$\times10^{7}$ m$^{2}$ s$^{-1}$")
    still = FieldMapsDisplay(0 * flow).plot()
    assert min(still.colorbar_.ax.get_xlim()) == 0


def test_titles_of_given_axes_have_one_size(flow):
    _, axes = plt.subplots(1, 2, figsize=(6.7, 3))
    FieldMapsDisplay(flow[:2], ["a", "a long title of a map"]).plot(axes=axes)
    assert len({ax._left_title.get_fontsize() for ax in axes}) == 1


def test_maps_of_models_of_flat_rows(X, quick):
    rows = X.reshape(len(X), -1)
    model = quick(rows, field_shape=X.shape[1:])
    for samples in (None, rows):
        shown = ClusterMapsDisplay.from_estimator(model, samples)
        assert shown.fields.shape == (3, *X.shape[1:])
    with pytest.raises(
        ValueError, match=r"shape \(3, 144\). Reshape flat rows, or fit"
    ):
        ClusterMapsDisplay.from_estimator(quick(rows))


def test_images_have_their_first_row_at_the_top():
    image = np.zeros((1, 1, 6, 6))
    image[0, 0, :2] = 1
    for y, top in ((None, False), (-np.arange(6), True)):
        ax = FieldMapsDisplay(image, grid=MapGrid(y=y)).plot().axes_[0]
        first = 0 if y is None else y[0]
        assert (first == max(ax.get_ylim())) == top


def test_anomalies_of_labelled_fields_are_titled_and_named(currents):
    labels = np.arange(60) % 2
    anomalies = cluster_means(currents, labels, anomalies=True).v
    display = FieldMapsDisplay(anomalies).plot()
    assert [ax.get_title("left") or ax.get_title() for ax in display.axes_] == [
        "cluster 0",
        "cluster 1",
    ]
    assert display.colorbar_.ax.get_xlabel().count("anomaly") == 1
    given = ClusterMapsDisplay.from_labels(currents[["v"]], labels, anomalies=True)
    assert given.colorbar_.ax.get_xlabel().count("anomaly") == 1
