"""Tests of the colours of clusters."""

from itertools import combinations

import numpy as np
import pytest

from skvaeclust._plotting._style import area_style, cluster_color, text_color

plt = pytest.importorskip("matplotlib.pyplot")
to_rgb = plt.matplotlib.colors.to_rgb

# Red-green blindness: deuteranopia and protanopia, for linear RGB. G. M. Machado, M. M.
# Oliveira and L. A. F. Fernandes (2009), doi:10.1109/TVCG.2009.113.
BLIND = [
    [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
]
TO_XYZ = np.array(
    [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
)


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """Convert linear RGB to CIE L*a*b*."""
    x, y, z = np.cbrt(np.clip(rgb, 0, 1) @ TO_XYZ.T / TO_XYZ.sum(axis=1)).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def test_colours_differ_without_colour_vision():
    colors = np.array([linear(cluster_color(k)) for k in range(5)])
    lightness = lab(np.vstack([colors, linear(cluster_color(-1))]))[:, 0]
    assert np.diff(np.sort(lightness)).min() > 10
    for seen in BLIND:
        pairs = combinations(lab(colors @ np.transpose(seen)), 2)
        assert min(np.linalg.norm(a - b) for a, b in pairs) > 20


def test_names_can_be_read():
    for k in range(-1, 12):
        luminance = linear(text_color(k)) @ TO_XYZ[1]
        assert 1.05 / (luminance + 0.05) > 3.5  # contrast with white


def test_areas_differ_in_grey():
    """Beyond the first five, whose lightness differs, by their hatches."""
    hatches = [area_style(k)["hatch"] for k in range(13)]
    assert hatches[:5] == [None] * 5
    assert len(set(hatches[5:])) == 8
    assert area_style(13) == area_style(0)
    assert area_style(-1)["hatch"] is None


@pytest.mark.parametrize("color", [cluster_color, text_color])
def test_colours_in_a_dark_style(color):
    with plt.style.context("dark_background"):
        luminances = [linear(color(k)) @ TO_XYZ[1] for k in range(-1, 13)]
    assert (np.array(luminances) + 0.05).min() / 0.05 > 4.5  # contrast with black
