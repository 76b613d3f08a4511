"""Tests of units: ways to write them, and scaling of variables of different units."""

import numpy as np
import pytest

from skvaeclust._units import canonical, differ, typeset
from skvaeclust.xarray import FieldTransformer


@pytest.mark.parametrize(
    "same",
    [
        ["m s-1", "m/s", "m s**-1", "meters / second", "m.s-1", "m s^-1", "s-1 m"],
        ["kg m-2 s-1", "kg/m2/s", "kg m**-2 s**-1", "kg m^-2 s^-1"],
        ["K", "kelvin", "degK"],
        ["degC", "Celsius", "degrees_celsius", "°C"],
        ["hPa", "mb", "millibar", "millibars"],
        ["1", "-", "dimensionless", "kg kg-1", "kg/kg", "m3 m-3"],
        ["%", "percent"],
    ],
)
def test_units_that_are_the_same(same):
    assert len({canonical(units) for units in same}) == 1


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("m/s", "m s$^{-1}$"),
        ("kg m**-2 s-1", "kg m$^{-2}$ s$^{-1}$"),
        ("kg kg-1", "kg kg$^{-1}$"),
        ("mbar", "hPa"),
        ("degrees_celsius", "°C"),
        ("%", "%"),
        ("1", ""),
        ("", ""),
        ("0.1 m", "0.1 m"),
        ("$\\mu$m", "$\\mu$m"),
    ],
)
def test_units_of_labels(units, expected):
    assert typeset(units) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("K", "degC"),
        ("Pa", "hPa"),
        ("m s-1", "cm s-1"),
        ("m s-1", "m s-2"),
        ("g kg-1", "kg kg-1"),
        ("%", "1"),
        ("0.1 m", "m"),
        ("m2 s-2", "m"),
    ],
)
def test_units_that_differ(first, second):
    assert differ(first, second)
    assert not differ(first, None)
    assert not differ("", second)


def test_variables_of_different_units_need_their_own_scale(currents):
    moist = currents.assign(v=(1e-6 * currents.v).assign_attrs(units="kg kg-1"))
    message = r"'v' is in 'kg kg-1' and 'u' in 'm s-1'.*scale='variable'"
    with pytest.raises(ValueError, match=message):
        FieldTransformer().fit(moist)
    rows = FieldTransformer(scale="variable").fit_transform(moist)
    np.testing.assert_allclose(rows[:, 28:].std(), rows[:, :28].std(), rtol=0.05)
    FieldTransformer(scale=None).fit(moist)
    bare = moist.assign(v=moist.v.drop_attrs())
    with pytest.warns(UserWarning, match="times as much as 'v'"):
        FieldTransformer().fit(bare)


def test_later_units_may_be_written_in_another_way(currents):
    transformer = FieldTransformer().fit(currents)
    other = currents.assign(u=currents.u.assign_attrs(units="m s**-1"))
    assert transformer.transform(other).shape == (60, 56)
