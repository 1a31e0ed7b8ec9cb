"""The media library: its files, folders, where a file is used, crops, and how it fits."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import Id, Input, Output
from functions.api.schemas.problems import Finding
from functions.api.schemas.requests import ListQuery, Tag

Folder = Annotated[
    str,
    Field(max_length=200, description="Names with `/` between them, such as 2027/Spring."),
]
Pixels = Annotated[int, Field(ge=0, le=100_000, description="Pixels, as the picture is shown.")]
Side = Annotated[int, Field(ge=1, le=100_000, description="Pixels.")]


class MediaCreate(Input):
    """Either `url` (fetched at once), or `name`, `mime` and `size` of a file to upload."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "bread.jpg", "mime": "image/jpeg", "size": 345678, "alt": "A loaf"}
            ]
        }
    )

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    mime: Annotated[str, StringConstraints(max_length=100)] | None = None
    size: Annotated[int, Field(ge=1, description="Bytes.")] | None = None
    alt: Annotated[str, StringConstraints(max_length=2000)] = ""
    folder: Folder = ""
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()


class MediaEdit(Input):
    """Posts that already use the file keep the alternative text they were written with. One that
    has none takes it with the next edit that names the file, while nothing of the post is live.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"alt": "A loaf of bread"}]})

    alt: Annotated[str, StringConstraints(max_length=2000)] | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None
    folder: Folder | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] | None = None


class MediaQuery(ListQuery):
    """Everything that is given must hold."""

    folder: Folder | None = Field(
        default=None, description="This folder and those in it; `/`: what is in no folder."
    )
    tag: Tag | None = None
    kind: Literal["image", "video"] | None = None
    used: Annotated[bool, Field(strict=False)] | None = Field(
        default=None, description="`false`: files that no post was ever saved with."
    )
    q: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Words of its name, description, tags or folder, in any order."
    )


class Crop(Input):
    """What is kept of the picture; `x` and `y` are its upper left corner."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"x": 0, "y": 120, "width": 1080, "height": 1080}]}
    )

    x: Pixels
    y: Pixels
    width: Side
    height: Side


class FolderMove(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"folder": "Spring", "to": "2027/Spring"}]}
    )

    folder: Folder
    to: Folder = Field(description="Its new name or place; empty: its files are in no folder then.")


class FolderMoved(Output):
    moved: int = Field(description="Files that changed.")
    more: bool = Field(description="There are further files: ask for the same again.")


class FolderCount(Output):
    folder: str
    files: int = Field(description="In it and in those within it.")


class TagCount(Output):
    tag: str
    files: int


class Shelves(Output):
    folders: list[FolderCount]
    tags: list[TagCount]
    files: int
    complete: bool = Field(description="False: only the latest files were counted.")


class Fit(Output):
    """What would become of a file on its way to one account. The file itself stays as it is."""

    account_id: Id
    resized: bool = Field(
        description="Made smaller before it is sent, so that the network takes it."
    )
    max_bytes: int | None = Field(description="What the network takes, where it says so.")
    max_pixels: int | None = Field(description="Width times height, where the network says so.")
    problems: list[Finding] = Field(description="Why it cannot be sent there.")
    notices: list[Finding]


class Fits(Output):
    accounts: list[Fit]
