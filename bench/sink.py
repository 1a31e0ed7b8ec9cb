"""A Mastodon server that accepts everything at once, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from urllib.request import urlopen


class _Server(ThreadingHTTPServer):
    """`arrivals` maps a status's text to the instant (ms) at which its request was read."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.arrivals: dict[str, float] = {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """What arrived; for the bench, not for clients of the network."""
        self._answer(self.server.arrivals)

    def do_POST(self) -> None:
        arrived = time() * 1000
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.arrivals[body["status"]] = arrived
        url = f"http://127.0.0.1:{self.server.server_port}/{len(self.server.arrivals)}"
        self._answer({"id": str(len(self.server.arrivals)), "url": url, "in_reply_to_id": None})

    def _answer(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        return


@dataclass(frozen=True, slots=True)
class Sink:
    """`host`: name and port."""

    host: str

    def arrivals(self) -> dict[str, float]:
        """When each text arrived, in milliseconds since 1970."""
        with urlopen(f"http://{self.host}/", timeout=30) as answer:
            found: dict[str, float] = json.load(answer)
        return found


@contextmanager
def running_sink() -> Iterator[Sink]:
    command = [sys.executable, "-m", "bench.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            yield Sink(f"127.0.0.1:{port}")
        finally:
            process.terminate()


def main() -> None:
    server = _Server()
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
