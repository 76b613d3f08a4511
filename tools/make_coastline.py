"""Make the coastline of maps from Natural Earth, 1:110 million (public domain).

Needs pyshp and shapely, and ``naturalearth_lowres.shp``, which is in the wheel of
geopandas 0.14.4: ``pip download geopandas==0.14.4 --no-deps``, then unzip. Usage::

    python tools/make_coastline.py geopandas/datasets/naturalearth_lowres/
"""

import sys
from pathlib import Path

import numpy as np
import shapefile
from shapely import get_parts, unary_union
from shapely.geometry import shape

TARGET = Path(__file__).parents[1] / "skvaeclust/_plotting/data/natural_earth_110m.npz"


def outlines(folder):
    """Yield rings around the land, rounded to hundredths of a degree."""
    countries = shapefile.Reader(str(Path(folder) / "naturalearth_lowres")).shapes()
    land = unary_union([shape(country).buffer(0) for country in countries])
    for part in get_parts(land):
        for ring in (part.exterior, *part.interiors):
            yield np.round(100 * np.array(ring.coords)).astype(int)


def without_frame(ring):
    """Split a ring where it follows the edges of the map: 180 degrees, the pole."""
    lon, lat = ring.T
    frame = (np.abs(lon) >= 18000) & (np.roll(lon, -1) == lon) | (lat <= -9000)
    frame |= np.roll(lat, -1) <= -9000
    parts = np.split(np.arange(len(ring)), np.flatnonzero(frame[:-1]) + 1)
    return [ring[part] for part in parts if len(part) > 1]


lines = [line for ring in outlines(sys.argv[1]) for line in without_frame(ring)]
print(len(lines), "lines,", sum(map(len, lines)), "points")
points = np.concatenate(lines).astype("i2")
ends = np.cumsum([len(line) for line in lines])[:-1].astype("i2")
np.savez_compressed(TARGET, points=points, ends=ends)
