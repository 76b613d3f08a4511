"""Base class of displays of labels in time."""

from sklearn.utils.validation import check_is_fitted

from skvaeclust._steps import last_step


class SequenceDisplay:
    """Base class of displays of labels in time, which define ``from_labels``."""

    @classmethod
    def from_estimator(cls, estimator, X=None, *, time=None, **params):
        """Draw the clusters that a fitted model predicts.

        Parameters
        ----------
        estimator : fitted clusterer, Pipeline or search that ends in one
            The model.
        X : array-like of shape (n_samples, ...) or labelled fields, default=None
            Samples in order of time. Default: those of the fit.
        time : array-like of shape (n_samples,), default=None
            As for ``from_labels``.
        **params : dict
            Other parameters of ``from_labels``.

        Returns
        -------
        display : object
            The display, drawn.
        """
        model = last_step(estimator)
        if X is None and not hasattr(estimator, "labels_"):
            check_is_fitted(estimator)
            name = type(estimator).__name__
            raise TypeError(f"X is required, since {name} has no labels_.")
        if X is not None and not hasattr(estimator, "predict"):
            raise TypeError(
                f"{type(model).__name__} has no method predict. Use from_labels with "
                "its labels_."
            )
        labels = estimator.labels_ if X is None else estimator.predict(X)
        sizes = (
            getattr(model, name, None) for name in ("weights_", "cluster_centers_")
        )
        n_clusters = next((len(found) for found in sizes if found is not None), None)
        return cls.from_labels(labels, time=time, n_clusters=n_clusters, **params)
