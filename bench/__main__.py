"""`python -m bench [section …]`: a Markdown table for each section, all when none is named."""

import argparse
import os
import platform
import sys
import time
from importlib import import_module

from bench.table import printed

SECTIONS = {
    "start": "CPU time of a function from process start through its first event",
    "size": "Size of what is deployed",
    "capacity": "AWS calls and capacity of a post",
    "tick": "AWS calls and capacity of a tick",
    "calendar": "A month of the calendar",
    "listening": "AWS calls and capacity of listening and counting",
    "cpu": "The deliverer's CPU for a post",
    "steps": "CPU time of the calls that a step is made of",
    "punctuality": "Lateness under AWS's published latencies, in virtual time",
    "lateness": "Lateness in real time, deliverer in process on the in-memory store",
    "deployed": "The deployed local system",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure Tidings on this machine")
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    chosen = parser.parse_args().sections
    if unknown := set(chosen) - SECTIONS.keys():
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    missed = False
    for name in chosen or SECTIONS:
        rows = import_module(f"bench.{name}").measure()
        missed |= any(row.verdict == "MISSED" for row in rows)
        print(printed(SECTIONS[name], rows), flush=True)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}; load {load}; {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
