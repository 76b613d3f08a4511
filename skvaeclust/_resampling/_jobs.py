"""Jobs in parallel, with progress."""

import time

from sklearn.utils.parallel import Parallel

from skvaeclust._limits import count
from skvaeclust._words import duration, shown

INTERVAL = 2  # minimum number of seconds between two lines
N_JOBS = count(-1000, 1000)


class Jobs:
    """Runner of jobs in parallel, which prints the progress and the time left.

    Parameters
    ----------
    name : str
        Name of the public function, at the start of each line.
    n_jobs : int or None
    verbose : bool
    n_total : int
        Number of jobs of all calls, or the largest possible number.
    """

    def __init__(self, name, n_jobs, verbose, n_total):
        if n_jobs is not None and not (N_JOBS.is_satisfied_by(n_jobs) and n_jobs):
            raise ValueError(
                f"n_jobs={shown(n_jobs)} must be None, a number of processes from "
                "1 to 1000, or -1 for all cores."
            )
        self.name, self.verbose = name, verbose
        self.n_jobs = n_jobs if n_jobs is None else min(n_jobs, n_total)
        self.n_done, self.n_total = 0, n_total
        self.start = self.last = time.monotonic()
        self.say(f"0 of {n_total}")

    def say(self, text):
        """Print a line of progress, if verbose."""
        if self.verbose:
            print(f"[{self.name}] {text}", flush=True)

    def run(self, jobs, weight=1):
        """Run delayed calls, each of which counts as ``weight`` jobs.

        Returns
        -------
        results : list
        """
        if not self.verbose:
            return Parallel(n_jobs=self.n_jobs)(jobs)
        results = []
        for result in Parallel(n_jobs=self.n_jobs, return_as="generator")(jobs):
            results.append(result)
            self.n_done += weight
            now = time.monotonic()
            if now - self.last >= INTERVAL or self.n_done == self.n_total:
                self.last = now
                left = (now - self.start) * (self.n_total / self.n_done - 1)
                self.say(f"{self.n_done} of {self.n_total}, {duration(left)} left")
        return results
