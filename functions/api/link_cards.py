"""How links are shown below a post: what their pages say, before somebody writes it anew."""

from base64 import b64encode

from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import link_cards as shapes
from shared.core.ports import Downloaded
from shared.core.roles import Role
from shared.core.services import Api

routes = Routes("Link cards", "How a link is shown below a post.")


@routes.add(
    "GET",
    "/v1/link-card",
    "Read what a link's page says",
    query=shapes.LinkCardQuery,
    answer=shapes.PageCard,
    role=Role.EDITOR,
)
def get_link_card(api: Api, call: Call, *, query: shapes.LinkCardQuery) -> Answer:
    """Fetches the page and its picture now. Only public addresses are read; what a page does not
    say, and one that cannot be read, is said in `why`.
    """
    found = api.read_page(query.url)
    return Answer(
        shapes.PageCard(
            url=query.url,
            title=found.title,
            description=found.description,
            picture=_data(found.picture) if found.picture else None,
            picture_url=found.picture_url or None,
            why=found.why,
        )
    )


def _data(picture: Downloaded) -> str:
    return f"data:{picture.mime};base64,{b64encode(picture.data).decode()}"
