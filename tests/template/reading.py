"""The template as data, and as text where comments matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from local.emulator.deploy import read_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
FUNCTION = "AWS::Serverless::Function"


@lru_cache(maxsize=1)
def template() -> dict[str, Any]:
    return read_template(TEMPLATE)


def resources(kind: str | None = None) -> dict[str, dict[str, Any]]:
    """Logical id → properties."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template()["Resources"].items()
        if kind is None or resource["Type"] == kind
    }


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a function's or the schedule's role. `sole` is its only resource."""

    role: str
    sid: str
    actions: tuple[str, ...]
    resource: object
    condition: dict[str, Any]

    @property
    def target(self) -> str:
        """The logical id that the resource names, with the index where there is one."""
        match self.resource:
            case {"Fn::GetAtt": [name, "Arn"]} | {"Ref": name}:
                return str(name)
            case {"Fn::Sub": [str(arn), {"Name": {"Fn::If": _}}]} if ":table/" in arn:
                return f"Table{arn.partition('${Name}')[2]}"
            case {"Fn::Sub": str(text)} if ":parameter/" in text:
                return text.partition("${AWS::StackName}/")[2]
            case {"Fn::Sub": str(text)}:
                return text.replace("${MediaBucket.Arn}", "MediaBucket")
        return str(self.resource)


def statements() -> Iterator[Statement]:
    for role, properties in resources("AWS::IAM::Role").items():
        for policy in properties["Policies"]:
            for entry in policy["PolicyDocument"]["Statement"]:
                found = entry["Fn::If"][1] if "Fn::If" in entry else entry
                actions = found["Action"]
                yield Statement(
                    role,
                    found["Sid"],
                    tuple([actions] if isinstance(actions, str) else actions),
                    found["Resource"],
                    found.get("Condition", {}),
                )


def role_of(function: str) -> str:
    role: str = resources(FUNCTION)[function]["Role"]["Fn::GetAtt"][0]
    return role


def reference(value: object) -> str | None:
    """The logical id that a Ref, a GetAtt or a Sub of one reference points to."""
    match value:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), *_]}:
            return name
    return None
