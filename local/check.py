"""make check: everything that CI checks before the long tests, what fails soonest first."""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from local.web import BIN, ROOT, WEB, install_packages

SAM = ROOT / ".envs" / "sam" / "bin"
Command = list[str]


def checks() -> dict[str, Command]:
    python, rules = str(BIN / "python"), "cfn_lint_serverless.rules"
    return {
        "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "lint": [str(BIN / "ruff"), "check", "--output-format", "concise", "--quiet", "."],
        "imports": [str(BIN / "lint-imports")],
        "types": [str(BIN / "mypy")],
        "template": [str(SAM / "sam"), "validate", "--lint", "--region", "us-east-1"],
        "template rules": [str(SAM / "cfn-lint"), "--append-rules", rules, "--", "template.yaml"],
        "unit tests": [python, "-m", "pytest", "-q", "-n", "2", "tests/unit"],
        "page": [str(BIN / "npm"), "run", "--silent", "check"],
    }


def run(name: str, command: Command) -> bool:
    began = time.monotonic()
    environment = os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(ROOT / ".build" / "sam"),
    }
    done = subprocess.run(
        command,
        cwd=WEB if name == "page" else ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "FAILED" if done.returncode else "ok"
    said = f"\n{done.stdout.rstrip()}" if done.returncode else ""
    print(f"check: {name}: {verdict} ({time.monotonic() - began:.0f} s){said}", flush=True)
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Check what CI checks before the long tests")
    parser.add_argument("--without-tests", action="store_true", help="they run afterwards anyway")
    wanted = checks()
    if parser.parse_args().without_tests:
        del wanted["unit tests"]
    if (WEB / "package.json").exists():
        install_packages()
    else:
        del wanted["page"]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(run, wanted.keys(), wanted.values()))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
