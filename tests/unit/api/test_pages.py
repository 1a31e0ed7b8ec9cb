"""The page and its files are served under a strict policy, and only they."""

from pathlib import Path

import pytest

from functions.api import pages
from functions.api.app import App
from tests.fakes.api_world import ApiWorld, Got, got, http_event

HASHED = "index-a1b2c3.js"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": "<!doctype html><script type=module src=/assets/index-a1b2c3.js></script>",
        "docs/index.html": "<!doctype html><title>docs</title>",
        f"assets/{HASHED}": "console.log(1)" * 100,
        "assets/icon.svg": "<svg/>",
        "assets/font.woff2": "wOF2",
        "secret.txt": "secret",
        "assets/.hidden": "secret",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def fetch(world: ApiWorld, page: Path, path: str, **headers: str) -> Got:
    app = App(lambda: world.api, page=page)
    return got(app(http_event("GET", path, headers=headers), None))


def test_the_page_allows_nothing_foreign_but_media(world: ApiWorld, page: Path) -> None:
    answer = fetch(world, page, "/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    policy = dict(
        directive.split(" ", 1)
        for directive in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' https://bucket.test"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/", "/docs", f"/assets/{HASHED}", "/openapi.json", "/favicon.ico"]
)
def test_every_file_is_guarded(world: ApiWorld, page: Path, path: str) -> None:
    answer = fetch(world, page, path)
    assert answer.status in (200, 204)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        (HASHED, "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
        ("font.woff2", "font/woff2"),
    ],
)
def test_files_are_kept_for_good(world: ApiWorld, page: Path, name: str, mime: str) -> None:
    answer = fetch(world, page, f"/assets/{name}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == mime
    assert answer.text == (page / "assets" / name).read_text()


def test_text_travels_packed(world: ApiWorld, page: Path) -> None:
    answer = fetch(world, page, f"/assets/{HASHED}", **{"accept-encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.text) < 200
    assert "content-encoding" not in fetch(world, page, f"/assets/{HASHED}").headers


@pytest.mark.parametrize(
    "path",
    ["/assets/nothing.js", "/assets/.hidden", "/assets/../secret.txt", "/assets/..%2Fsecret.txt",
     "/assets/..", "/secret.txt", "/assets/sub/file.js", "/assets//etc/passwd"],
)  # fmt: skip
def test_nothing_else_is_served(world: ApiWorld, page: Path, path: str) -> None:
    answer = fetch(world, page, path)
    assert answer.status == 404
    assert "secret" not in answer.text.replace(path, "")


def test_a_page_that_was_not_built_says_so(world: ApiWorld, tmp_path: Path) -> None:
    for path in ("/", "/docs"):
        answer = fetch(world, tmp_path, path)
        assert answer.status == 503
        assert "make web" in answer.text
    assert fetch(world, tmp_path, "/openapi.json").status == 200


def test_the_page_is_where_the_build_puts_it() -> None:
    assert pages.HERE.parts[-3:] == ("functions", "api", "page")
