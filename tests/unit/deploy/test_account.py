"""The real side of the account, on moto: protected tables, versioned buckets, keys, logs."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from deploy.account import SAM_STACK, AwsAccount
from deploy.questions import Stop

REGION = "us-east-1"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.Session(region_name=REGION)


@pytest.fixture
def account(session: boto3.Session) -> AwsAccount:
    return AwsAccount(session)


def test_who_is_signed_in(account: AwsAccount) -> None:
    assert account.identity().split(":")[4] == "123456789012"


def test_nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(Stop, match="aws configure"):
        AwsAccount(boto3.Session(region_name=REGION)).identity()


def test_a_profile_that_does_not_exist_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from deploy.up import guarded, real_outside

    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert guarded(lambda outside: None, real_outside) == 1


def test_a_protected_table_is_deleted_once(session: boto3.Session, account: AwsAccount) -> None:
    client = session.client("dynamodb")
    client.create_table(
        TableName="posts",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    assert account.delete_table("posts")
    assert client.list_tables()["TableNames"] == []
    assert not account.delete_table("posts")


def test_a_bucket_goes_with_every_version(session: boto3.Session, account: AwsAccount) -> None:
    client = session.client("s3")
    client.create_bucket(Bucket="media")
    client.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
    for text in (b"one", b"two"):
        client.put_object(Bucket="media", Key="media/a", Body=text)
    client.put_object(Bucket="media", Key="media/b", Body=b"x")
    client.delete_object(Bucket="media", Key="media/b")
    assert account.delete_bucket("media") == 4
    assert client.list_buckets()["Buckets"] == []
    assert account.delete_bucket("media") is None


def test_a_protected_pool_is_deleted_once(session: boto3.Session, account: AwsAccount) -> None:
    client = session.client("cognito-idp")
    made = client.create_user_pool(PoolName="people", DeletionProtection="ACTIVE")
    pool = made["UserPool"]["Id"]
    assert account.delete_pool(pool)
    assert client.list_user_pools(MaxResults=1)["UserPools"] == []
    assert not account.delete_pool(pool)


def test_a_key_waits_for_its_end(session: boto3.Session, account: AwsAccount) -> None:
    client = session.client("kms")
    key = client.create_key()["KeyMetadata"]["KeyId"]
    assert account.delete_key(key)
    assert client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert not account.delete_key(key)


def test_parameters_go_once(session: boto3.Session, account: AwsAccount) -> None:
    client = session.client("ssm")
    client.put_parameter(Name="/tidings/a/credentials/private", Value="k", Type="SecureString")
    names = ["/tidings/a/credentials/private", "/tidings/a/credentials/public"]
    assert account.delete_parameters(names) == names[:1]
    assert account.delete_parameters(names) == []


def test_only_the_installations_own_logs_go(session: boto3.Session, account: AwsAccount) -> None:
    client = session.client("logs")
    for name in ("/tidings/a/tick", "/tidings/a/api", "/tidings/ab/tick"):
        client.create_log_group(logGroupName=name)
    assert sorted(account.delete_logs("/tidings/a/")) == ["/tidings/a/api", "/tidings/a/tick"]
    left = client.describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in left] == ["/tidings/ab/tick"]


TEMPLATE = """
Parameters: {AdminEmail: {Type: String}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: waiting}}
Outputs:
  ApiUrl: {Value: "https://example.com"}
"""


def test_a_stack_from_its_making_to_its_end(session: boto3.Session, account: AwsAccount) -> None:
    assert account.stack("tidings") is None
    assert account.deleted_stack("tidings") is None
    given = [{"ParameterKey": "AdminEmail", "ParameterValue": "ada@example.com"}]
    session.client("cloudformation").create_stack(
        StackName="tidings",
        TemplateBody=TEMPLATE,
        Parameters=given,  # type: ignore[arg-type]  # the stubs know every member of it
    )
    stack = account.stack("tidings")
    assert stack is not None
    assert stack.status == "CREATE_COMPLETE"
    assert stack.parameters == {"AdminEmail": "ada@example.com"}
    assert stack.outputs == {"ApiUrl": "https://example.com"}
    kinds = {name: kind for name, (kind, _) in account.resources(stack).items()}
    assert kinds == {"Queue": "AWS::SQS::Queue"}
    account.delete_stack(stack)
    assert account.stack("tidings") is None
    gone = account.deleted_stack("tidings")
    assert gone is not None
    assert gone.status == "DELETE_COMPLETE"


ARTIFACTS = """
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: sam-artifacts}}
Outputs:
  SourceBucket: {Value: !Ref Bucket}
"""


@pytest.mark.parametrize(("others", "stays"), [(True, True), (False, False)])
def test_sams_own_bucket_goes_only_when_nobody_else_uses_it(
    session: boto3.Session, account: AwsAccount, *, others: bool, stays: bool
) -> None:
    session.client("cloudformation").create_stack(StackName=SAM_STACK, TemplateBody=ARTIFACTS)
    client = session.client("s3")
    client.put_object(Bucket="sam-artifacts", Key="tidings/code.zip", Body=b"x")
    if others:
        client.put_object(Bucket="sam-artifacts", Key="tidings2/code.zip", Body=b"x")
    assert account.delete_artifacts("tidings") == 1
    assert (account.stack(SAM_STACK) is not None) is stays


def test_without_sams_bucket_there_is_nothing_to_do(account: AwsAccount) -> None:
    assert account.delete_artifacts("tidings") == 0
