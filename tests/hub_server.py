"""A model hub on a real socket: what is asked of the real one, with the faults of a bad line."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from hub_models import CONTENT, REVISION, git_blob, sha256


class HubServer:
    """Serves ``content`` as some/small; large files by a redirect to another host, as the real one does."""

    def __init__(self):
        self.content = dict(CONTENT)
        self.etags = {}
        self.large = {"model.bin"}
        self.refusal = None  # status and X-Error-Code of every answer
        self.needed_token = None
        self.commit = REVISION
        self.cuts = {}  # by name: after how many bytes a connection breaks, the next time and the one after
        self.ranges = True
        self.statuses = {}  # by name: what is answered to GET in turn, before the file
        self.first_statuses = []  # of the first questions, whatever for
        self.pause_s = {}  # by name: between pieces of 1000 bytes
        self.stop = threading.Event()
        self.requests = []  # method, name, Range, Authorization, which host
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"hub": self})
        self.servers = [ThreadingHTTPServer((host, 0), handler) for host in ("127.0.0.1", "127.0.0.2")]
        self.url, self.cdn = (
            f"http://{server.server_address[0]}:{server.server_address[1]}" for server in self.servers
        )

    def gets(self, name):
        return [request for request in self.requests if request[:2] == ("GET", name)]

    def etag(self, name):
        data = CONTENT.get(name, self.content[name])
        return self.etags.get(name) or (sha256(data) if name in self.large else git_blob(data))

    @contextmanager
    def running(self):
        threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in self.servers]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            for server, thread in zip(self.servers, threads, strict=True):
                server.shutdown()
                server.server_close()
                thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        hub, path = self.hub, urlsplit(self.path).path
        name = path.rsplit("/", 1)[-1]
        on_cdn = self.headers["Host"] in hub.cdn
        with hub.lock:
            hub.requests.append(
                (self.command, name, self.headers["Range"], self.headers["Authorization"], "cdn" if on_cdn else "hub")
            )
        if on_cdn:
            self._send(name)
        elif hub.first_statuses:
            self._refuse(hub.first_statuses.pop(0), "")
        elif hub.refusal:
            self._refuse(*hub.refusal)
        elif hub.needed_token and self.headers["Authorization"] != f"Bearer {hub.needed_token}":
            self._refuse(401, "GatedRepo")
        elif path.startswith("/renamed/"):
            self._forward(path.replace("/renamed/", "/some/"))
        elif path != f"/some/small/resolve/{REVISION}/{name}":
            self._refuse(404, "RevisionNotFound")
        elif name not in hub.content:
            self._refuse(404, "EntryNotFound")
        elif name in hub.large:
            self._redirect(name)
        else:
            self._send(name)

    def _refuse(self, status, code):
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", "no")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _forward(self, path):
        self.send_response(307)
        self.send_header("Location", path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _redirect(self, name):
        self.send_response(302)
        self.send_header("Location", f"{self.hub.cdn}/{name}?signature=secret")
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("X-Linked-Etag", f'"{self.hub.etag(name)}"')
        self.send_header("X-Linked-Size", str(len(CONTENT[name])))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, name):
        hub, data = self.hub, self.hub.content[name]
        if self.command == "GET" and hub.statuses.get(name):
            self._refuse(hub.statuses[name].pop(0), "")
            return
        first = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if self.headers["Range"] else 0
        if first and hub.ranges:
            if first >= len(data):
                self._refuse(416, "")
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
            data = data[first:]
        else:
            self.send_response(200)
        self.send_header("X-Repo-Commit", hub.commit)
        self.send_header("ETag", f'"{hub.etag(name)}"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            cuts = hub.cuts.get(name)
            self._write(name, data[: cuts.pop(0)] if cuts else data)

    def _write(self, name, data):
        pause = self.hub.pause_s.get(name, 0)
        for start in range(0, len(data), 1000 if pause else len(data)):
            try:
                self.wfile.write(data[start : start + 1000] if pause else data)
            except OSError:
                return
            if pause and self.hub.stop.wait(pause):
                return


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
