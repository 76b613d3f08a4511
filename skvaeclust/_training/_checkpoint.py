"""Checkpoints: the state of training in a file, from which a killed fit resumes."""

import io
import re
import time
from hashlib import blake2b
from numbers import Integral
from pathlib import Path

import numpy as np
import torch

from skvaeclust import __version__
from skvaeclust._files import delete_drafts, write_whole
from skvaeclust._warnings import warn

# Minimum time between two writes; longer for large models, so that less than a tenth
# of the time is spent on writing.
CHECKPOINT_SECONDS = 10.0
SUFFIX = ".checkpoint"
SIZE = blake2b().digest_size
FIELDS = ("states", "active", "optimizer")


def open_checkpoint(folder, random_state, problem, plans, say):
    """Open the checkpoint of a fit, and report where training resumes.

    Parameters
    ----------
    folder : str, path-like or None
    random_state : int
        Seed of the fit. With other types, the fit cannot be repeated.
    problem : Problem
    plans : list of RestartPlan
    say : callable
        Called with a line of text.

    Returns
    -------
    checkpoint : Checkpoint or None
        None if there is no folder.
    """
    if folder is None:
        return None
    if not isinstance(random_state, Integral):
        raise ValueError(
            "checkpoint requires an int as random_state, otherwise the fit cannot be "
            f"repeated. Got random_state={random_state!r}."
        )
    checkpoint = Checkpoint(folder, fingerprint(problem, plans))
    if checkpoint.position:
        say(f"resumes {checkpoint.position}")
    elif others := [*checkpoint.path.parent.glob(f"*{SUFFIX}")]:
        say(f"found checkpoints of other fits only, such as {others[0]}")
    return checkpoint


def fingerprint(problem, plans):
    """Compute a digest of all inputs of the training, of length SIZE."""
    tensors = [problem.x, problem.copies, problem.factor, problem.mask]
    tensors += [plan.labels for plan in plans]
    network = problem.network
    known = hasattr(network, "get_params")
    parts = (
        [None if tensor is None else describe(tensor) for tensor in tensors],
        [(plan.seed, plan.fixed) for plan in plans],
        (type(network).__qualname__, network.get_params() if known else vars(network)),
        problem.settings,
        (torch.device(problem.device).type, torch.__version__, __version__),
    )
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(parts))  # memory addresses
    return blake2b(text.encode()).digest()


def describe(tensor):
    """Return shape, dtype and digest of a tensor on the CPU."""
    array = np.ascontiguousarray(tensor.numpy())
    return array.shape, array.dtype.str, blake2b(array).hexdigest()


def checksum(*parts):
    """Return the digest of bytes one after the other, without joining them."""
    digest = blake2b()
    for part in parts:
        digest.update(part)
    return digest.digest()


def plain(value):
    """Convert numpy scalars to Python numbers, which torch loads without pickle."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value))
    return value.item() if isinstance(value, np.generic) else value


def state_of(restart):
    """Return the state of a restart, without copying its weights."""
    schedule = vars(restart.schedule).copy()
    del schedule["settings"]
    return {
        "model": restart.model.state_dict(),
        "generator": restart.stream.generator.get_state(),
        "schedule": schedule,
        "history": restart.history,
    }


def restore(restart, state):
    """Set the state of a restart."""
    restart.model.load_state_dict(state["model"])
    restart.stream.generator.set_state(state["generator"])
    restart.history = state["history"]
    vars(restart.schedule).update(state["schedule"])
    restart.schedule.labels = restart.schedule.labels.to(restart.x.device)


class Checkpoint:
    """State of training, and the file to save it to.

    The file contains the fingerprint of the fit, a checksum and the state: tensors and
    numbers in the format of ``torch.save``. Reading it does not execute code.

    Parameters
    ----------
    folder : str or path-like
        Folder of the file. It is created if needed.
    fit : bytes
        Output of `fingerprint`. The files of other fits have other names.
    """

    def __init__(self, folder, fit):
        self.path, self.fit = Path(folder, f"{fit.hex()[:16]}{SUFFIX}"), fit
        self.states, self.active, self.optimizer = {}, [], None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise ValueError(
                f"checkpoint={str(folder)!r} must be a folder, or the path of a new "
                f"one: {error}."
            ) from error
        if self.path.exists():
            self._read()
        self.due = time.monotonic() + CHECKPOINT_SECONDS

    @property
    def position(self):
        """Where training resumes, as text; None if it has not begun."""
        if not self.active:
            return f"after restart {len(self.states)}" if self.states else None
        epoch = len(self.states[self.active[0]]["history"]) + 1
        numbers = ", ".join(str(number + 1) for number in self.active)
        return f"from epoch {epoch} of restart {numbers}"

    def load(self, restarts, optimizer):
        """Restore a stack and its optimizer; return the unfinished restarts."""
        if restarts[0].number not in self.states:
            return restarts
        for restart in restarts:
            restore(restart, self.states[restart.number])
        active = [restart for restart in restarts if restart.number in self.active]
        if active:
            optimizer.load_state_dict(self.optimizer)
        return active

    def save(self, restarts, optimizer, active):
        """Record the state of a stack after an epoch; write it if it is time."""
        self.states |= {restart.number: state_of(restart) for restart in restarts}
        self.active = [restart.number for restart in active]
        begin = time.monotonic()
        if begin >= self.due:
            self.optimizer = optimizer.state_dict() if active else None
            try:
                self._write()
            except OSError as error:
                warn(
                    f"The checkpoint {self.path} is not written: {error}. Training "
                    "goes on, and tries again later.",
                    UserWarning,
                )
            end = time.monotonic()
            self.due = end + CHECKPOINT_SECONDS * max(1.0, end - begin)

    def remove(self):
        """Delete the file, but not the folder."""
        try:
            self.path.unlink(missing_ok=True)
            delete_drafts(self.path.parent)
        except OSError as error:
            warn(f"The checkpoint {self.path} is not deleted: {error}.", UserWarning)

    def _read(self):
        raw = memoryview(self.path.read_bytes())
        fit, digest, state = raw[:SIZE], raw[SIZE : 2 * SIZE], raw[2 * SIZE :]
        if checksum(fit, state) != digest:
            raise ValueError(
                f"The checkpoint {self.path} is damaged: its checksum is wrong. Delete "
                "it to start training again."
            )
        if fit != self.fit:
            raise ValueError(f"The checkpoint {self.path} is that of another fit.")
        state = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
        self.states, self.active, self.optimizer = (state[name] for name in FIELDS)

    def _write(self):
        buffer = io.BytesIO()
        torch.save(plain({name: getattr(self, name) for name in FIELDS}), buffer)
        state = buffer.getbuffer()
        digest = checksum(self.fit, state)
        write_whole(self.path, self.fit, digest, state)
