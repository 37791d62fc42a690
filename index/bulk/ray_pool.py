"""Run preparers as Ray actors: on this machine, or on an existing cluster.

Plain actors are used, not Ray Data. Ray Data would have to carry articles, their spans and the
reasons of failures through Arrow columns, it does not say which batch killed a worker, and it
decides itself when blocks are done again. Here a batch is one call of one actor, so the same code
(`dispatch.py`) repeats the batches of a lost worker for Ray and for processes, and writes each
result once.

A cluster that is started here listens on the loopback interface only, requires a random token, has
no dashboard and sends no usage statistics. It ends with the run.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from ipaddress import ip_address
from tempfile import mkdtemp
from typing import Any

from index.bulk.items import Batch
from index.bulk.pools import BATCHES_PER_WORKER, PoolResult, prepare_safely
from index.bulk.preparation import MakePreparer, Preparer
from index.errors import AssistantError, InputError, ModelError

__all__ = ["RayPool"]

# Ray reads them when it is imported, or when it starts a process.
_ENVIRONMENT = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray takes the loopback address for its own, as it does on Windows and macOS.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # Or Ray hides the accelerators of this process, and warns that it will not in the future.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
OBJECT_STORE_BYTES = 1_000_000_000


class RayPool:
    """Prepare batches in Ray actors that load the embedder once.

    Args:
        make_preparer: makes the preparer of an actor; it is pickled.
        workers: the number of actors; each has one processor.
        address: the address of an existing cluster; if empty, a cluster is started here.

    Raises:
        InputError: Ray is not installed, or the cluster cannot be used.
    """

    def __init__(self, make_preparer: MakePreparer, workers: int, address: str = "") -> None:
        self.capacity = BATCHES_PER_WORKER * workers
        self._resources = ExitStack()
        try:
            self._ray = self._resources.enter_context(_connect(workers, address))
            self.lost_errors: tuple[type[Exception], ...] = (
                self._ray.exceptions.RayActorError,
                self._ray.exceptions.WorkerCrashedError,
                self._ray.exceptions.NodeDiedError,
                self._ray.exceptions.ObjectLostError,
                self._ray.exceptions.OutOfMemoryError,
            )
            self._make_preparer = self._ray.put(make_preparer)
            self._actors = [self._start_actor() for _ in range(workers)]
        except BaseException:
            self._resources.close()
            raise
        self._pending: dict[Future[PoolResult], int] = {}  # the number of its actor

    def _start_actor(self) -> Any:
        actor = self._ray.remote(_Worker).options(num_cpus=1, max_restarts=0, max_task_retries=0)
        return actor.remote(self._make_preparer)

    def submit(self, batch: Batch) -> Future[PoolResult]:
        self._pending = {
            future: number for future, number in self._pending.items() if not future.done()
        }
        loads = list(self._pending.values())
        number = min(range(len(self._actors)), key=loads.count)
        future: Future[PoolResult] = self._actors[number].prepare.remote(batch).future()
        self._pending[future] = number
        return future

    def restart(self) -> None:
        for number, actor in enumerate(self._actors):
            try:
                self._ray.get(actor.ping.remote())
            except self.lost_errors:
                self._actors[number] = self._start_actor()

    def close(self) -> None:
        for actor in self._actors:
            self._ray.kill(actor)
        self._resources.close()


class _Worker:
    """An actor. Its preparer is made at the first batch."""

    def __init__(self, make_preparer: MakePreparer) -> None:
        self._make_preparer = make_preparer
        self._preparer: Preparer | None = None

    def prepare(self, batch: Batch) -> PoolResult:
        """Return the result of a batch."""
        try:
            self._preparer = self._preparer or self._make_preparer()
        except AssistantError as error:
            return error
        return prepare_safely(self._preparer, batch)

    def ping(self) -> None:
        """Do nothing."""


@contextmanager
def _connect(workers: int, address: str) -> Iterator[Any]:
    """Yield the module `ray`, connected to a cluster with enough processors."""
    with ExitStack() as stack:
        if not address:
            _check_import()
            variables = {**_ENVIRONMENT, "RAY_AUTH_TOKEN": _make_token()}
            stack.enter_context(_set_environment(variables))
        try:
            import ray
        except ImportError as error:
            raise InputError(
                "The engine ray needs a package: run `pip install 'article-assistant[bulk]'`."
            ) from error
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if address:
            options |= {"address": address}
        else:
            # Ray's sockets need a short path.
            folder = mkdtemp(prefix="ray-", dir="/tmp" if os.path.isdir("/tmp") else None)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            options |= {
                "address": "local",
                "num_cpus": workers,
                "num_gpus": 0,
                "include_dashboard": False,
                "object_store_memory": OBJECT_STORE_BYTES,
                "_temp_dir": folder,
            }
        stack.callback(ray.shutdown)
        _start(lambda: ray.init(**options), address)
        if address:
            _check_processors(ray, workers, address)
        else:
            _check_loopback(ray)
        yield ray


def _start(start: Callable[[], object], address: str) -> None:
    """Connect to a cluster. Ray raises errors of several kinds if it cannot. Raises InputError."""
    try:
        start()
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        name = f"The Ray cluster {address}" if address else "A Ray cluster on this machine"
        raise InputError(
            f"{name} cannot be used ({reason}). Check that it runs with the same versions of "
            "Python and Ray, or use --engine local."
        ) from error


def _check_processors(ray: Any, workers: int, address: str) -> None:
    processors = int(ray.cluster_resources().get("CPU", 0))
    if processors < workers:
        raise InputError(
            f"The Ray cluster {address} has {processors} processors, but {workers} workers need "
            "one each. Use fewer --workers."
        )


def _check_import() -> None:
    """Check that Ray is imported here or with the same environment. Raises InputError."""
    if sys.modules.get("ray") is not None and not _make_token.cache_info().currsize:
        raise InputError(
            "Ray was imported in this process before, without its settings for a cluster that only "
            "this machine can reach. Start a new process, or give the address of a cluster."
        )


def _check_loopback(ray: Any) -> None:
    """Check that the cluster is not reachable from other machines. Raises ModelError."""
    address = ray.util.get_node_ip_address()
    if not ip_address(address).is_loopback:
        raise ModelError(
            f"This version of Ray listens on {address}, not on the loopback interface only. "
            "Use --engine local, or give --ray-address."
        )


@cache
def _make_token() -> str:
    """Return a random token. Ray reads it once in a process."""
    return secrets.token_hex(32)


@contextmanager
def _set_environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables, which new processes inherit, and restore them at the end."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ |= variables
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                with suppress(KeyError):
                    del os.environ[name]
            else:
                os.environ[name] = value
