"""What operations see of a process: JSON logs, and errors at Sentry without anybody's data (X03)."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAILS = """
import sentry_sdk, structlog
from backend.kit import observe
from backend.settings import load
observe.configure(load(), "api")
structlog.contextvars.bind_contextvars(request_id="r-1")
def with_request(event, hint):
    secret = {"Authorization": "Bearer ey.SECRET", "authorization": "Bearer ey.SECRET", "User-Agent": "wx"}
    event["request"] = {"url": "http://shop/graphql", "headers": secret, "data": {"phone": "13800000000"}, "cookies": "c=SECRET", "query_string": "code=SECRET"}
    return event
sentry_sdk.get_isolation_scope().add_event_processor(with_request)
try:
    raise LookupError("no such shelf")
except LookupError as error:
    structlog.get_logger().error("resolver_failed", exc_info=error)
    print(sentry_sdk.capture_exception(error) is not None)
sentry_sdk.flush(5)
"""


def failing(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FAILS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SHUHUI_DATA": str(tmp_path), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


def test_errors_go_to_sentry_without_personal_data(tmp_path: Path) -> None:
    """X03: with a DSN an error arrives there with its place; tokens, cookies and what a customer sent do not."""
    came: list[bytes] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Sentry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        done = failing(tmp_path, SENTRY_DSN=f"http://key@127.0.0.1:{server.server_port}/1")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.stdout == "True\n"
    told = b"\n".join(came).decode()
    assert "no such shelf" in told and "LookupError" in told and '"environment":"development"' in told
    assert '"User-Agent"' in told and "SECRET" not in told and "13800000000" not in told


def test_without_a_dsn_nothing_is_sent_and_logs_are_json_lines(tmp_path: Path) -> None:
    """X03: every line on stderr is one JSON object with its level, its process and the request's id."""
    done = failing(tmp_path)
    assert done.stdout == "False\n"
    (line,) = (json.loads(line) for line in done.stderr.splitlines())
    assert (line["event"], line["level"], line["process"], line["request_id"]) == (
        "resolver_failed",
        "error",
        "api",
        "r-1",
    )
    assert "no such shelf" in line["exception"]
