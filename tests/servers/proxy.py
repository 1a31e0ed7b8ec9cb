"""A reverse proxy on loopback that puts faults between a client and a real server."""

import http.client
from urllib.parse import urlsplit

from tests.servers.loopback import PATIENCE_S, LoopbackServer, Request, Response

# Each belongs to one connection, not to what is passed on (RFC 9110, part 7.6.1).
HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}


def _passed_on(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in headers if name.lower() not in HOP_BY_HOP}


class FaultyProxy(LoopbackServer):
    """Passes everything on to `upstream`, a URL that may be set once the proxy's own is known."""

    one_at_a_time = False

    def __init__(self, upstream: str = "") -> None:
        super().__init__()
        self.upstream = upstream

    def respond(self, request: Request) -> Response:
        place = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=PATIENCE_S)
        headers = _passed_on(list(request.headers.items()))
        if request.size or request.method == "POST":
            headers["content-length"] = str(request.size)
        try:
            body = request.rewound() if request.size else None
            connection.request(request.method, request.target, body=body, headers=headers)
            answer = connection.getresponse()
            return Response(answer.status, answer.read(), _passed_on(answer.getheaders()))
        finally:
            connection.close()
