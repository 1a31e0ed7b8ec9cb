"""Prints template.yaml as SAM turns it into CloudFormation, offline. Run by SAM's interpreter."""

import json
import sys
from pathlib import Path

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def main(path: str) -> None:
    template = yaml_parse(Path(path).read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://some-bucket/some-key"
    known = {name: entry.get("Default") for name, entry in template["Parameters"].items()}
    translator = Translator({}, Parser())
    made = translator.translate(sam_template=template, parameter_values=known)
    sys.stdout.write(json.dumps(made, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
