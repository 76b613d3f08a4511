"""Callbacks for scikit-learn that several test files need."""


class SilentCallback:
    """A callback that does nothing."""

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, **kwargs):
        pass

    def on_fit_task_end(self, estimator, context, **kwargs):
        pass


class StopAfter(SilentCallback):
    """A callback that raises an error after a number of epochs."""

    def __init__(self, n_epochs, error):
        self.left, self.error = n_epochs, error

    def on_fit_task_begin(self, estimator, context, **kwargs):
        if context.task_name == "epoch":
            self.left -= 1
            if self.left < 0:
                raise self.error
