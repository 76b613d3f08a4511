"""scikit-learn's estimator checks, with default parameters, and its conventions."""

import inspect
import pickle
import re

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import estimator_html_repr
from sklearn.utils.estimator_checks import parametrize_with_checks

import skvaeclust
from skvaeclust import PCScaledNoiseAugmenter, VAEClustering

ADDS_ROWS = "fit_transform gives the samples and their copies, transform the samples"
EXPECTED_FAILURES = {
    "PCScaledNoiseAugmenter": {
        "check_transformer_data_not_an_array": ADDS_ROWS,
        "check_transformer_general": ADDS_ROWS,
    },
    "VAEClustering": {},
}


def expected_failed_checks(estimator):
    return EXPECTED_FAILURES[type(estimator).__name__]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [VAEClustering(), PCScaledNoiseAugmenter()],
    expected_failed_checks=expected_failed_checks,
    xfail_strict=True,
)
def test_sklearn_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).standard_normal((20, 3))


@pytest.fixture(scope="module")
def fitted(X):
    model = VAEClustering(2, max_epochs=2, n_init=1, random_state=0)
    with pytest.warns(ConvergenceWarning, match="Try max_epochs=8"):
        return model.fit(X)


def test_pickle_and_joblib_keep_the_model(fitted, X, tmp_path):
    joblib.dump(fitted, tmp_path / "model.joblib")
    for copy in (
        pickle.loads(pickle.dumps(fitted)),
        joblib.load(tmp_path / "model.joblib"),
    ):
        np.testing.assert_array_equal(copy.predict_proba(X), fitted.predict_proba(X))
        np.testing.assert_array_equal(copy.cluster_centers_, fitted.cluster_centers_)


def test_clone_keeps_parameters_and_forgets_the_fit(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "labels_")


def test_html_repr_names_the_augmenter():
    html = estimator_html_repr(VAEClustering(3, augmenter=PCScaledNoiseAugmenter(7)))
    assert "VAEClustering" in html
    assert "PCScaledNoiseAugmenter" in html


def test_pandas_output_has_named_columns(fitted, X):
    names = ["vaeclustering0", "vaeclustering1"]
    assert list(fitted.get_feature_names_out()) == names
    frame = pickle.loads(pickle.dumps(fitted)).set_output(transform="pandas")
    assert list(frame.transform(X).columns) == names
    np.testing.assert_array_equal(frame.transform(X), fitted.transform(X))
    np.testing.assert_array_equal(frame.reconstruct(X), fitted.reconstruct(X))


def section(documented, title):
    """Names and types in a section of a numpydoc docstring."""
    lines = inspect.getdoc(documented)
    found = re.search(rf"(?ms)^{title}\n-+\n(.*?)(?=\n\n\S[^\n]*\n---|\Z)", lines)
    return dict(re.findall(r"(?m)^(\w+) : (.+)", found[1])) if found else {}


@pytest.mark.parametrize(
    "name", [name for name in skvaeclust.__all__ if name[0].isupper()]
)
def test_parameters_are_documented_with_their_defaults(name):
    public = getattr(skvaeclust, name)
    parameters = inspect.signature(public).parameters.values()
    documented = section(public, "Parameters")
    assert list(documented) == [p.name for p in parameters]
    for p in parameters:
        default = re.search("default=(.+)", documented[p.name])[1]
        assert eval(default, {}) == p.default, p.name


def test_fitted_attributes_are_documented(fitted, X):
    for model in (fitted, PCScaledNoiseAugmenter().fit(X)):
        attributes = {a for a in vars(model) if re.fullmatch(r"[a-z].*[^_]_", a)}
        # Only where X has names.
        documented = set(section(type(model), "Attributes")) - {"feature_names_in_"}
        assert documented == attributes
