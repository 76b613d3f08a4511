"""Tests of the times of samples: which coordinate, lead times, unknown times."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans

from skvaeclust.sequences import transition_counts
from skvaeclust.xarray import FieldClustering, FieldTransformer


@pytest.fixture(scope="module")
def daily(currents):
    return currents.u.drop_vars("kind")


def rows_of(data, dim="time"):
    return FieldTransformer(climatology="month", dim=dim).fit_transform(data)


def two_forecasts(data, lead):
    """Runs of 20 days that start on day 0 and on day 30."""
    runs = [
        data[start : start + 20].drop_vars("time").rename(time="lead")
        for start in (0, 30)
    ]
    runs = xr.concat(runs, data.time[[0, 30]])
    return runs.assign_coords(lead=lead)


def test_a_scalar_date_is_not_that_of_all_samples(daily):
    left_over = daily.assign_coords(valid_time=daily.time.values[3])
    assert_array_equal(rows_of(left_over), rows_of(daily))
    undated = daily.drop_vars("time").assign_coords(valid_time=daily.time.values[3])
    with pytest.raises(ValueError, match="same for all samples is not used"):
        rows_of(undated)


@pytest.mark.parametrize("names", [np.arange(60), [f"event {i}" for i in range(60)]])
def test_dates_precede_numbers_and_names(daily, names):
    events = daily.rename(time="event").assign_coords(
        event=names, date=("event", daily.time.values)
    )
    assert_array_equal(rows_of(events, "event"), rows_of(daily))
    other = events.assign_coords(issued=("event", daily.time.values[::-1]))
    with pytest.raises(ValueError, match="'date' and 'issued' both hold dates"):
        rows_of(other, "event")


@pytest.mark.parametrize("kind", ["time zone", "period", "cftime", "multi-index"])
def test_all_types_of_dates(daily, kind):
    index = daily.indexes["time"]
    if kind == "time zone":
        other = daily.assign_coords(time=index.tz_localize("UTC"))
    elif kind == "period":
        other = daily.assign_coords(time=index.to_period("D"))
    elif kind == "cftime":
        other = daily.assign_coords(time=daily.time.convert_calendar("noleap").time)
    else:
        other = daily.expand_dims(place=["here"]).stack(sample=["place", "time"])
    dim = "sample" if kind == "multi-index" else "time"
    model = FieldClustering(KMeans(2, n_init=1), climatology="month", dim=dim)
    labels = model.fit(other.transpose(dim, ...)).labels_
    assert labels.indexes[dim].equals(other.indexes[dim])
    assert_array_equal(rows_of(other.transpose(dim, ...), dim), rows_of(daily))


@pytest.mark.parametrize(
    ("units", "steps"),
    [("hours", 24), ("D", 1), ("seconds", 86400), (None, np.timedelta64(1, "D"))],
)
@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_lead_times_with_units_are_durations(daily, units, steps, calendar):
    if calendar != "standard":
        daily = daily.convert_calendar(calendar, use_cftime=True)
    attrs = {"units": units} if units else {}
    runs = two_forecasts(daily, xr.DataArray(np.arange(20) * steps, dims="lead"))
    runs.lead.attrs = attrs
    transformer = FieldTransformer(climatology="month", detrend=True).fit(daily)
    rows = transformer.transform(daily)
    found = transformer.transform(runs.transpose("time", "lead", ...))
    assert_allclose(found, np.vstack([rows[:20], rows[30:50]]), atol=1e-12)
    assert_allclose(transformer.transform(runs[1]), rows[30:50], atol=1e-12)


@pytest.mark.parametrize("units", ["", "months"])
def test_lead_times_of_unknown_length_raise_errors(daily, units):
    runs = two_forecasts(daily, ("lead", np.arange(20), {"units": units}))
    transformer = FieldTransformer(climatology="month").fit(daily)
    with pytest.raises(ValueError, match="'lead' must be a duration or have units"):
        transformer.transform(runs)
    FieldTransformer().fit(daily).transform(runs)  # needs no time


def test_members_at_one_date_have_that_date(daily):
    transformer = FieldTransformer(climatology="month").fit(daily)
    members = xr.concat([daily[40]] * 2, "member")
    rows = transformer.transform(members)
    assert_array_equal(rows, transformer.transform(daily)[[40, 40]])


@pytest.mark.parametrize(
    "params",
    [{"climatology": "month"}, {"climatology": "dayofyear"}, {"detrend": True}],
)
def test_an_unknown_time_is_named(daily, params):
    time = daily.time.values.copy()
    time[4] = np.datetime64("NaT")
    unknown = daily.assign_coords(time=time)
    with pytest.raises(ValueError, match="NaT or NaN in 'time' for the sample time=4"):
        FieldTransformer(**params).fit(unknown)
    FieldTransformer().fit(unknown)


@pytest.mark.parametrize("form", ["%Y%m%d", "%Y%m%d.5", "%Y%m"])
def test_dates_as_numbers_raise_errors(daily, form):
    time = pd.date_range("2000-12-20", periods=60, freq="31D")
    numbers = time.strftime(form).astype(float)
    with pytest.raises(ValueError, match=r"dates as numbers .* pandas\.to_datetime"):
        FieldTransformer(detrend=True).fit(daily.assign_coords(time=numbers))
    with pytest.raises(ValueError, match="holds dates as numbers"):
        transition_counts(np.arange(60) % 2, time=numbers)


@pytest.mark.parametrize("start", [0, 730_000, 876_000, 17_000_000, 2_451_545])
def test_other_numbers_are_times(daily, start):
    numbers = start + 6 * np.arange(60)
    FieldTransformer(detrend=True).fit(daily.assign_coords(time=numbers))
    assert transition_counts(np.arange(60) % 2, time=numbers).sum() == 59


def test_numbers_with_units_are_not_dates(daily):
    numbers = daily.assign_coords(
        time=("time", np.arange(60), {"units": "days since 2000-01-01"})
    )
    with pytest.raises(ValueError, match=r"'days since 2000-01-01'.*decode_cf"):
        rows_of(numbers)


def test_calendars_that_agree(daily):
    other = daily.convert_calendar("standard", use_cftime=True)
    transformer = FieldTransformer(detrend=True, climatology="dayofyear").fit(daily)
    rows = transformer.transform(daily)
    assert_allclose(transformer.transform(other), rows, atol=1e-12)
    assert_array_equal(
        FieldClustering(KMeans(2, n_init=1)).fit(other).labels_.time, other.time
    )


def test_selected_dates_that_differ_raise_an_error(daily):
    transformer = FieldTransformer(climatology="month").fit(daily)
    field = daily[40].assign_coords(valid_time=daily.time.values[3])
    with pytest.raises(ValueError, match=r"'valid_time'.* and 'time'.* differ"):
        transformer.transform(field)
    with_lead = daily[3].assign_coords(
        valid_time=daily.time.values[40], step=np.timedelta64(37, "D")
    )
    rows = transformer.transform(with_lead.copy(data=daily.values[40]))
    assert_array_equal(rows, transformer.transform(daily[[40]]))


def test_one_sample_at_a_time(daily, monkeypatch):
    """A scalar date is not used in batches of one sample either."""
    left_over = daily.assign_coords(valid_time=daily.time.values[3])
    transformer = FieldTransformer(climatology="month").fit(daily)
    rows = transformer.transform(daily)
    lazy = transformer.transform(left_over.chunk(time=1))
    assert_array_equal(np.asarray(lazy), rows)
    assert_array_equal(transformer.transform(left_over[[40]]), rows[[40]])
    time = daily.time.values.copy()
    time[40] = np.datetime64("NaT")
    lazy = transformer.transform(daily.assign_coords(time=time).chunk(time=7))
    with pytest.raises(ValueError, match="for the sample time=40"):
        lazy.compute()


def test_days_of_years_as_numbers_raise_errors(currents):
    days = currents.indexes["time"] + pd.to_timedelta(340, "D")  # into the next year
    numbers = np.array([int(f"{day:%Y%j}") for day in days])
    later = currents.assign_coords(time=numbers)
    with pytest.raises(ValueError, match=r"YYYYDDD.* format='%Y%j'"):
        FieldTransformer(detrend=True).fit(later)
    within = currents.assign_coords(time=2001001 + np.arange(60))
    FieldTransformer(detrend=True).fit(within)  # proportional to time
