"""An OpenID Connect issuer on loopback: a page that asks who you are, and the endpoints behind it.

Who agreed once is remembered by a cookie, as by every issuer, until they sign out there.
"""

import html
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.fakes.provider import CLIENT, WELL_KNOWN, Provider
from tests.servers.loopback import LoopbackServer, Request, Response

PAGE = """<!doctype html><html lang="en"><title>Example ID</title><h1>Example ID</h1>
<form method="post" action="/authorize?{query}">
<label>E-mail <input name="email" value="ada@bakery.example"></label>
<button name="answer" value="yes">Agree</button>
<button name="answer" value="no">Refuse</button></form></html>"""


class OidcServer(LoopbackServer):
    """`sent_back`: every address that a browser was sent back to."""

    def __init__(self) -> None:
        super().__init__()
        self.provider = Provider(self.url, lambda: int(time.time()))
        self.sent_back: list[str] = []

    def respond(self, request: Request) -> Response:
        if request.path == WELL_KNOWN:
            return Response.of_json(self.provider.document())
        if request.path == "/jwks":
            return Response.of_json(self.provider.key_set())
        if request.path == "/token" and request.method == "POST":
            status, found = self.provider.exchanged(dict(parse_qsl(request.body().decode())))
            return Response.of_json(found, status)
        if request.path == "/authorize":
            return self._authorize(request)
        if request.path == "/logout":
            return self._logout(request)
        if request.path == "/favicon.ico":
            return Response(204)
        return Response.of_html("there is no such page", 404)

    def _authorize(self, request: Request) -> Response:
        asked = {name: values[-1] for name, values in request.query.items()}
        wrong = self._wrong(asked)
        if wrong:
            return Response.of_html(html.escape(wrong), 400)
        form = dict(parse_qsl(request.body().decode())) if request.method == "POST" else {}
        email = form.get("email") or _remembered(request)
        if form.get("answer") == "no":
            return self._back(asked, {"error": "access_denied"})
        if not email:
            query = html.escape(urlsplit(request.target).query)
            return Response.of_html(PAGE.format(query=query), 200)
        code = self.provider.granted(
            email,
            nonce=asked["nonce"],
            challenge=asked["code_challenge"],
            redirect_uri=asked["redirect_uri"],
        )
        cookie = f"who={email}; Path=/; HttpOnly"
        return self._back(asked, {"code": code}, **{"Set-Cookie": cookie})

    def _wrong(self, asked: dict[str, str]) -> str:
        """Before these hold, nobody may be sent back anywhere."""
        if asked.get("client_id") != CLIENT:
            return "unknown client"
        if asked.get("redirect_uri") not in self.provider.redirect_uris:
            return "not a registered address"
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            return "only codes, and only for openid"
        if asked.get("code_challenge_method") != "S256" or len(asked["code_challenge"]) != 43:
            return "PKCE with S256 is required"
        return "" if asked.get("nonce") else "a nonce is required"

    def _back(self, asked: dict[str, str], told: dict[str, str], **headers: str) -> Response:
        answer = told | {"state": asked.get("state", ""), "iss": self.url}
        target = f"{asked['redirect_uri']}?{urlencode(answer)}"
        self.sent_back.append(target)
        return Response(302, headers={"Location": target, **headers})

    def _logout(self, request: Request) -> Response:
        target = request.parameter("post_logout_redirect_uri") or ""
        if request.parameter("client_id") != CLIENT or target not in self.provider.redirect_uris:
            return Response.of_html("not a registered address", 400)
        gone = "who=; Path=/; Max-Age=0"
        return Response(302, headers={"Location": target, "Set-Cookie": gone})


def _remembered(request: Request) -> str:
    _, _, email = request.headers.get("cookie", "").partition("who=")
    return email.partition(";")[0]
