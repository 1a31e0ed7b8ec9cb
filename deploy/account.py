"""What deploying needs of an AWS account, as one small port and its real side."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from deploy.questions import Stop

SAM_STACK = "aws-sam-cli-managed-default"
"""Where `sam deploy --resolve-s3` keeps its bucket, one for all applications of a Region."""
KEY_WAIT_DAYS = 7
"""The shortest wait that KMS offers before a key is gone for good.
https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html (2026-11-22)"""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployment, or what is known of one that was deleted."""

    id: str
    name: str
    status: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


class Account(Protocol):
    """One AWS account in one Region."""

    def identity(self) -> str:
        """Who is signed in, as an ARN; raises Stop with what to do when nobody is."""
        ...

    def stack(self, name: str) -> Stack | None:
        """The stack as it is; None when there is none."""
        ...

    def deleted_stack(self, name: str) -> Stack | None:
        """The latest deleted stack of this name, as far back as AWS remembers (90 days)."""
        ...

    def resources(self, stack: Stack) -> Mapping[str, tuple[str, str]]:
        """Logical id → (type, physical id), of a deleted stack too."""
        ...

    def delete_stack(self, stack: Stack) -> None:
        """Returns when it is gone; raises Stop when AWS could not delete it."""
        ...

    def concurrency(self) -> int:
        """How many functions may run at once in this Region."""
        ...

    def invoke(self, function: str, event: Mapping[str, str]) -> dict[str, Any]:
        """The function's answer; raises Stop when it ended with an error."""
        ...

    def delete_table(self, name: str) -> bool:
        """With its deletion protection. False when it is already gone."""
        ...

    def delete_bucket(self, name: str) -> int | None:
        """With every version of every file; answers how many. None when it is already gone."""
        ...

    def delete_key(self, key: str) -> bool:
        """After the shortest wait that AWS allows. False when that has already been asked for."""
        ...

    def delete_parameters(self, names: Sequence[str]) -> Sequence[str]:
        """Of Parameter Store. Answers those that were there."""
        ...

    def delete_pool(self, pool: str) -> bool:
        """Whoever signs in with it, with its deletion protection. False when it is already gone."""
        ...

    def delete_logs(self, prefix: str) -> Sequence[str]: ...

    def delete_artifacts(self, prefix: str) -> int:
        """What was uploaded for deploying; and SAM's own bucket when nothing else is in it."""
        ...


class AwsAccount:
    """The real one. `session` is a boto3 session with its Region set."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def identity(self) -> str:
        try:
            return str(self._client("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError) as error:
            raise Stop(
                f"AWS does not know who you are ({error}).\n"
                "Sign in first: `aws configure sso` or `aws configure`, or set AWS_PROFILE to a "
                "profile that works; `aws sts get-caller-identity` must answer."
            ) from error

    def stack(self, name: str) -> Stack | None:
        try:
            found = self._client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return _stack(found[0]) if found else None

    def deleted_stack(self, name: str) -> Stack | None:
        client = self._client("cloudformation")
        pages = client.get_paginator("list_stacks")
        for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"]):
            for summary in page["StackSummaries"]:  # latest first
                if summary["StackName"] == name:
                    # By its id a deleted stack still tells its parameters.
                    return _stack(client.describe_stacks(StackName=summary["StackId"])["Stacks"][0])
        return None

    def resources(self, stack: Stack) -> Mapping[str, tuple[str, str]]:
        pages = self._client("cloudformation").get_paginator("list_stack_resources")
        return {
            item["LogicalResourceId"]: (item["ResourceType"], item["PhysicalResourceId"])
            for page in pages.paginate(StackName=stack.id)
            for item in page["StackResourceSummaries"]
            if item.get("PhysicalResourceId")
        }

    def delete_stack(self, stack: Stack) -> None:
        client = self._client("cloudformation")
        client.delete_stack(StackName=stack.id)
        try:
            client.get_waiter("stack_delete_complete").wait(StackName=stack.id)
        except BotoCoreError as error:
            raise Stop(
                f"AWS could not delete the stack: {error}\n"
                f"Open CloudFormation in the console, look at the events of {stack.name}, mend "
                "what they name and run `make undeploy` again: it goes on where it stopped."
            ) from error

    def concurrency(self) -> int:
        limit = self._client("lambda").get_account_settings()["AccountLimit"]
        return int(limit["ConcurrentExecutions"])

    def invoke(self, function: str, event: Mapping[str, str]) -> dict[str, Any]:
        answer = self._client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Stop(
                f"{function} ended with an error: {payload.get('errorMessage', payload)}\n"
                "Its log group in CloudWatch says more; `make deploy` may be run again."
            )
        return payload

    def delete_table(self, name: str) -> bool:
        client = self._client("dynamodb")
        try:
            client.update_table(TableName=name, DeletionProtectionEnabled=False)
            client.get_waiter("table_exists").wait(TableName=name)
            client.delete_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            return False
        return True

    def delete_bucket(self, name: str) -> int | None:
        client = self._client("s3")
        try:
            deleted = self._empty(name, prefix="")
            client.delete_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return None
            raise
        return deleted

    def delete_key(self, key: str) -> bool:
        client = self._client("kms")
        if client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion":
            return False
        client.schedule_key_deletion(KeyId=key, PendingWindowInDays=KEY_WAIT_DAYS)
        return True

    def delete_parameters(self, names: Sequence[str]) -> Sequence[str]:
        gone = self._client("ssm").delete_parameters(Names=list(names))
        return sorted(gone["DeletedParameters"])

    def delete_pool(self, pool: str) -> bool:
        client = self._client("cognito-idp")
        try:
            # What is not named here falls back to its default, which no longer matters.
            client.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
            client.delete_user_pool(UserPoolId=pool)
        except client.exceptions.ResourceNotFoundException:
            return False
        return True

    def delete_logs(self, prefix: str) -> Sequence[str]:
        client = self._client("logs")
        pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        for name in names:
            client.delete_log_group(logGroupName=name)
        return names

    def delete_artifacts(self, prefix: str) -> int:
        stack = self.stack(SAM_STACK)
        bucket = stack.outputs.get("SourceBucket") if stack else None
        if stack is None or bucket is None:
            return 0
        deleted = self._empty(bucket, prefix=f"{prefix}/")
        if not any(True for _ in self._versions(bucket, prefix="")):
            self.delete_stack(stack)
        return deleted

    def _empty(self, bucket: str, *, prefix: str) -> int:
        deleted = 0
        for versions in self._versions(bucket, prefix=prefix):
            answer = self._client("s3").delete_objects(
                Bucket=bucket, Delete={"Objects": versions, "Quiet": True}
            )
            if failed := answer.get("Errors"):
                raise Stop(f"{bucket}: {failed[0]['Key']} stays: {failed[0]['Message']}")
            deleted += len(versions)
        return deleted

    def _versions(self, bucket: str, *, prefix: str) -> Iterator[list[dict[str, str]]]:
        """Pages of what is left in a bucket, delete markers included."""
        pages = self._client("s3").get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if found:
                yield [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]

    def _client(self, service: str) -> Any:
        return self._session.client(service)


def _stack(found: Mapping[str, Any]) -> Stack:
    return Stack(
        id=found["StackId"],
        name=found["StackName"],
        status=found["StackStatus"],
        parameters={
            item["ParameterKey"]: item["ParameterValue"] for item in found.get("Parameters", ())
        },
        outputs={item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", ())},
    )
