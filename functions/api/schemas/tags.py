"""Tags of posts: where they are used, and giving them another name."""

from pydantic import ConfigDict, Field

from functions.api.schemas.base import Id, Input, Output
from functions.api.schemas.requests import Tag as TagName


class Tag(Output):
    """However it is written, `Promo` or `promo`, it is one."""

    tag: str = Field(description="As most posts have it.")
    posts: int
    templates: int
    rules: int = Field(description="Rules of the brand's voice that hold for posts with it alone.")
    pauses: int = Field(description="Of this tag, that are not over.")


class Tags(Output):
    items: list[Tag] = Field(description="By name.")
    next: str | None
    complete: bool = Field(description="False: only drafts and the latest posts were counted.")


class TagRename(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"tag": "promo", "to": "Spring campaign"}]}
    )

    tag: TagName
    to: TagName = Field(
        description="Its new name. Where that is a tag already, the two become one."
    )
    cursor: str | None = Field(
        default=None, max_length=2000, description="`next` of the answer before."
    )


class TagRenamed(Output):
    changed: int = Field(description="Posts that this request changed.")
    next: str | None = Field(description="There are further posts: ask again with this `cursor`.")
    left: list[Id] = Field(
        description="Posts that have the old name still, because somebody was changing them: ask "
        "again without a `cursor`."
    )
