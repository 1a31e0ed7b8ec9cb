"""Deploys a built SAM template to the emulator through its CloudFormation, as AWS would."""

import io
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

from local.emulator.server import Emulator, EmulatorError
from local.inputs import files_in, fingerprint

STACK, ARTIFACTS = "tidings", "tidings-artifacts"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class _Template(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the last kind
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Template.add_multi_constructor("!", _short_form)


def read_template(path: Path) -> dict[str, Any]:
    template: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Template)  # noqa: S506 -- a safe loader
    return template


def deploy(emulator: Emulator, built: Path, parameters: Mapping[str, str]) -> dict[str, str]:
    """Creates or updates the stack; logical id → physical id of its resources."""
    template = read_template(built)
    upload_artifacts(emulator, template, built.parent)
    known = template.get("Parameters", {})
    change_stack(emulator, template, {k: v for k, v in parameters.items() if k in known})
    resources = physical_ids(emulator)
    switch_on_expiry(emulator, template, resources)
    forget_old_layers(emulator)
    return resources


def upload_artifacts(emulator: Emulator, template: dict[str, Any], base: Path) -> None:
    """Replaces local folders by S3 URIs, as `sam deploy` does."""
    store = emulator.client("s3")
    try:
        store.create_bucket(Bucket=ARTIFACTS)
    except ClientError as error:
        if error.response["Error"]["Code"] not in (
            "BucketAlreadyOwnedByYou",
            "BucketAlreadyExists",
        ):
            raise
    stored = {item["Key"] for item in store.list_objects_v2(Bucket=ARTIFACTS).get("Contents", ())}
    used = set()
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            folder = resource.get("Properties", {}).get(name)
            if isinstance(folder, str):
                key = key_of(base / folder)
                if key not in stored:
                    store.put_object(Bucket=ARTIFACTS, Key=key, Body=packed(base / folder))
                resource["Properties"][name] = f"s3://{ARTIFACTS}/{key}"
                used.add(key)
    for key in stored - used:
        store.delete_object(Bucket=ARTIFACTS, Key=key)


def key_of(folder: Path) -> str:
    return f"{fingerprint(folder.iterdir(), skip=frozenset())[:32]}.zip"


def packed(folder: Path) -> bytes:
    """With times fixed at 1980, as SAM packs: bytecode that checks times would never be used."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in files_in(folder):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 1)
    return buffer.getvalue()


def change_stack(
    emulator: Emulator, template: Mapping[str, Any], parameters: Mapping[str, str]
) -> None:
    cloudformation, store = emulator.client("cloudformation"), emulator.client("s3")
    body = json.dumps(template)
    store.put_object(Bucket=ARTIFACTS, Key="template.json", Body=body.encode())
    request = {
        "StackName": STACK,
        "TemplateURL": f"{emulator.url}/{ARTIFACTS}/template.json",
        "Capabilities": CAPABILITIES,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    }
    try:
        change = (
            cloudformation.update_stack if exists(cloudformation) else cloudformation.create_stack
        )
        change(**request)
    except ClientError as error:
        if "No updates" in str(error):
            return
        raise EmulatorError(f"CloudFormation refused the template: {error}") from error
    wait_for_stack(cloudformation)


def exists(cloudformation: Any) -> bool:
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return bool(stacks)


def wait_for_stack(cloudformation: Any) -> None:
    while True:
        status = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("FAILED")
        ]
        raise EmulatorError(f"Deploying ended as {status}: {'; '.join(reasons)}")


def physical_ids(emulator: Emulator) -> dict[str, str]:
    found = emulator.client("cloudformation").describe_stack_resources(StackName=STACK)
    return {
        item["LogicalResourceId"]: item["PhysicalResourceId"]
        for item in found["StackResources"]
        if item.get("PhysicalResourceId")
    }


def switch_on_expiry(
    emulator: Emulator, template: Mapping[str, Any], resources: Mapping[str, str]
) -> None:
    """The emulator's CloudFormation drops a table's time-to-live."""
    tables = emulator.client("dynamodb")
    for name, resource in template["Resources"].items():
        wanted = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] != "AWS::DynamoDB::Table" or not wanted:
            continue
        now = tables.describe_time_to_live(TableName=resources[name])["TimeToLiveDescription"]
        if now.get("TimeToLiveStatus") != "ENABLED":
            tables.update_time_to_live(
                TableName=resources[name],
                TimeToLiveSpecification={
                    "Enabled": True,
                    "AttributeName": wanted["AttributeName"],
                },
            )


def forget_old_layers(emulator: Emulator) -> None:
    """Every build leaves a layer version behind, which a retention policy keeps."""
    functions = emulator.client("lambda")
    for layer in functions.list_layers()["Layers"]:
        name, latest = layer["LayerName"], layer["LatestMatchingVersion"]["Version"]
        for version in functions.list_layer_versions(LayerName=name)["LayerVersions"]:
            if version["Version"] != latest:
                functions.delete_layer_version(LayerName=name, VersionNumber=version["Version"])
