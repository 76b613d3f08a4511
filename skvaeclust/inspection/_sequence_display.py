"""Base class of displays of labels in time."""

from sklearn.utils.validation import check_is_fitted

from skvaeclust._steps import clusterer_name, count_clusters


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
        if X is None and not hasattr(estimator, "labels_"):
            check_is_fitted(estimator)
            name = type(estimator).__name__
            raise TypeError(f"X is required, since {name} has no labels_.")
        if X is not None and not hasattr(estimator, "predict"):
            name = clusterer_name(estimator)
            raise TypeError(
                f"{name} has no method predict. Use from_labels with its labels_."
            )
        labels = estimator.labels_ if X is None else estimator.predict(X)
        n_clusters = count_clusters(estimator)
        return cls.from_labels(labels, time=time, n_clusters=n_clusters, **params)
