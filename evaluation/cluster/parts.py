"""Start, kill and start again the parts of a deployment on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import httpx

from evaluation.runs import ROOT
from tools.postgresql import PostgresqlServer, run_postgresql

__all__ = [
    "SERVER_NAME",
    "Deployment",
    "Part",
    "fill_in_proxy",
    "find_free_ports",
    "make_proxy",
    "run_deployment",
]

SERVER_NAME = "articles.test"
MODEL = "mock-100ms"
START_SECONDS = 120
STOP_SECONDS = 20
PROXY_TEMPLATE = ROOT / "deploy" / "nginx.conf.template"
# What Debian's nginx.conf has around the template, without a daemon, and in a folder of its own.
PROXY_FRAME = """
daemon off;
worker_processes 4;
$user
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    $site
}
"""


@dataclass
class Part:
    """A process of the deployment. Its output goes to a file."""

    name: str
    command: tuple[str, ...]
    health: str  # an address that answers with status 200 when the part is ready
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # nginx's workers are killed with it
            )

    def wait(self) -> None:
        """Wait until the part is ready.

        Raises:
            RuntimeError: it ended, or is not ready in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.health):
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                output = self.log.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"{self.name} is not ready: {output[-2_000:]}")
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill the process and those that it has started."""
        if self._process:
            os.killpg(self._process.pid, 9)
            self._process.wait()

    def stop(self) -> None:
        """End the process."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass(frozen=True)
class Deployment:
    """A running deployment.

    `faults` has, for each part, how to kill it and how to start it again.
    """

    address: str  # of the proxy
    web: tuple[str, str]  # addresses of the two processes
    faults: Mapping[str, tuple[Callable[[], None], Callable[[], None]]]


@contextmanager
def run_deployment(folder: Path) -> Iterator[Deployment]:
    """Run PostgreSQL, Chroma, a mock model, two web processes and nginx in a folder.

    Raises:
        FileNotFoundError: PostgreSQL or nginx is not installed.
        RuntimeError: a part does not start.
    """
    chroma_port, model_port, first_port, second_port, proxy_port = find_free_ports(5)
    proxy = make_proxy(folder, proxy_port, first_port, second_port)
    with ExitStack() as stack:
        database = stack.enter_context(run_postgresql())
        chroma = Part(
            "chroma",
            (
                *(str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1"),
                *("--port", str(chroma_port), "--path", str(folder / "chroma")),
            ),
            f"http://127.0.0.1:{chroma_port}/api/v2/heartbeat",
            folder / "chroma.log",
        )
        model = Part(
            "model",
            (sys.executable, "-m", "evaluation.load.mock_model", MODEL, str(model_port)),
            f"http://127.0.0.1:{model_port}/v1/models",
            folder / "model.log",
        )
        environment = {
            "ARTICLE_ASSISTANT_DATABASE": database.make_address(),
            "ARTICLE_ASSISTANT_CHROMA": f"http://127.0.0.1:{chroma_port}",
            "ARTICLE_ASSISTANT_HOST_NAMES": SERVER_NAME,
            "ARTICLE_ASSISTANT_ALLOW_PUBLIC": "true",
        }
        webs = [
            _make_web(
                number, port, f"{MODEL}@http://127.0.0.1:{model_port}/v1", folder, environment
            )
            for number, port in enumerate((first_port, second_port), 1)
        ]
        for part in (chroma, model, *webs, proxy):
            stack.callback(part.stop)
            part.start()
            part.wait()
        yield Deployment(
            f"http://127.0.0.1:{proxy_port}",
            (f"http://127.0.0.1:{first_port}", f"http://127.0.0.1:{second_port}"),
            {
                "PostgreSQL": (database.kill, lambda: _start_database(database)),
                **{part.name: (part.kill, part.start) for part in (chroma, model, *webs, proxy)},
            },
        )


def make_proxy(folder: Path, port: int, first: int, second: int) -> Part:
    """Return nginx with the configuration of `deploy/`, before two processes of this machine.

    Args:
        folder: gets nginx's files.
        port: of the proxy.
        first: the port of one process.
        second: the port of the other one.

    Raises:
        FileNotFoundError: nginx is not installed.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program:
        raise FileNotFoundError("nginx is absent: install Debian's package nginx-light")
    addresses = [f"127.0.0.1:{number}" for number in (port, first, second)]
    configuration = Template(PROXY_FRAME).substitute(
        folder=folder,
        user="user root;" if os.geteuid() == 0 else "",  # else its workers cannot use the folder
        site=fill_in_proxy(*addresses),
    )
    (folder / "nginx.conf").write_text(configuration, encoding="utf-8")
    command = (program, "-c", str(folder / "nginx.conf"))
    return Part("proxy", command, f"http://{addresses[0]}/healthz", folder / "nginx.log")


def fill_in_proxy(listen: str, first: str, second: str) -> str:
    """Return nginx's configuration, as `envsubst` fills in the template.

    Args:
        listen: the address of the proxy.
        first: the address of one process.
        second: the address of the other one.
    """
    text = PROXY_TEMPLATE.read_text(encoding="utf-8")
    values = {"LISTEN": listen, "SERVER_NAME": SERVER_NAME, "WEB_1": first, "WEB_2": second}
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _make_web(
    number: int, port: int, model: str, folder: Path, environment: Mapping[str, str]
) -> Part:
    name = f"web {number}"
    data = folder / f"data-{number}"
    serve = ("serve", "--model", model, "--port", str(port), "--data", str(data))
    return Part(
        name,
        (sys.executable, "-m", "assistant", *serve),
        f"http://127.0.0.1:{port}/readyz",
        folder / f"web-{number}.log",
        environment,
    )


def _start_database(database: PostgresqlServer) -> None:
    """Start PostgreSQL, which first waits for the processes of the killed one to end."""
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            database.start()
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


def find_free_ports(count: int) -> list[int]:
    """Return ports that are free now. All of them are open at once, so that they differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, headers={"Host": SERVER_NAME}, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
