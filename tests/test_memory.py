"""Tests of results that are computed once and shared."""

import numpy as np
from numpy.testing import assert_array_equal

from skvaeclust import _memory
from skvaeclust._components import principal_components
from skvaeclust._memory import remember


def test_last_results_are_kept_by_content(monkeypatch):
    calls = []

    @remember(2)
    def double(array, power=1):
        calls.append(power)
        return 2 * array**power

    first = double(np.arange(3.0))
    assert double(np.arange(6.0)[:3]) is first
    assert double(np.arange(3.0), 2) is not first
    assert double(np.arange(3)) is not first  # of another type
    assert calls == [1, 2, 1]
    assert double(np.arange(3.0)) is not first  # two are kept
    assert_array_equal(double(np.arange(3.0)), first)
    monkeypatch.setattr(_memory, "LARGEST", 8)
    assert double(np.arange(3.0)) is not double(np.arange(3.0))


def test_principal_components_are_shared_and_safe():
    X = np.random.default_rng(0).standard_normal((9, 4))
    first, again = principal_components(X), principal_components(X.copy())
    assert first is again
    assert not any(array.flags.writeable for array in first)
    X[0, 0] += 1
    assert principal_components(X) is not first
