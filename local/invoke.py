"""make invoke EVENT=tick: sends events/tick.json to its function in the running local system."""

import argparse
import json
import sys
from pathlib import Path

from local.build import ROOT
from local.data import read
from local.emulator.server import EmulatorError, attach

EVENTS = ROOT / "events"
FUNCTIONS = {
    "api_get": "ApiFunction",
    "api_post": "ApiFunction",
    "api_sign_in": "ApiFunction",
    "deliver": "DeliverFunction",
    "fence": "DeliverFunction",
    "first_key": "ApiFunction",
    "metrics": "MetricsRollupFunction",
    "poll": "PollEngagementFunction",
    "prepare": "PrepareFunction",
    "rotate_key": "DeliverFunction",
    "sign_in_link": "ApiFunction",
    "tick": "TickFunction",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Invoke a function of the running local system")
    parser.add_argument("event", choices=sorted(FUNCTIONS))
    parser.add_argument("--data", type=Path, default=Path(".local"))
    given = parser.parse_args()
    known = read((given.data if given.data.is_absolute() else ROOT / given.data) / "run.json")
    if "emulator" not in known:
        print("invoke: nothing runs on this data yet; start it with make run", file=sys.stderr)
        return 1
    payload = json.loads((EVENTS / f"{given.event}.json").read_text())
    function = known["resources"][FUNCTIONS[given.event]]
    try:
        answer = attach(known["emulator"]).invoke(function, payload)
    except EmulatorError as error:
        print(f"invoke: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
