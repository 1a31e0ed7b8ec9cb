import io
import zipfile
from pathlib import Path

from local.emulator import deploy

TEMPLATE = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Role:
    Properties:
      Arn: !GetAtt Queue.Arn
      Name: !Sub "${AWS::StackName}-role"
      Pair: !Sub ["${A}", {A: !Ref Queue}]
      When: !If [Small, 1, 2]
Conditions:
  Small: !Equals [!Ref Size, small]
"""


def test_short_forms_become_functions(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    template = deploy.read_template(tmp_path / "t.yaml")
    assert template["Resources"]["Role"]["Properties"] == {
        "Arn": {"Fn::GetAtt": ["Queue", "Arn"]},
        "Name": {"Fn::Sub": "${AWS::StackName}-role"},
        "Pair": {"Fn::Sub": ["${A}", {"A": {"Ref": "Queue"}}]},
        "When": {"Fn::If": ["Small", 1, 2]},
    }
    assert template["Conditions"] == {"Small": {"Fn::Equals": [{"Ref": "Size"}, "small"]}}


def test_archive_depends_on_content_only(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "pkg").mkdir(parents=True)
        (tmp_path / name / "pkg" / "a.py").write_text("x = 1\n")
    assert deploy.packed(tmp_path / "one") == deploy.packed(tmp_path / "two")
    assert deploy.key_of(tmp_path / "one") == deploy.key_of(tmp_path / "two")
    with zipfile.ZipFile(io.BytesIO(deploy.packed(tmp_path / "one"))) as archive:
        assert archive.read("pkg/a.py") == b"x = 1\n"


def test_changed_artifact_gets_another_key(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = deploy.key_of(tmp_path)
    (tmp_path / "a.py").write_text("2")
    assert deploy.key_of(tmp_path) != before
