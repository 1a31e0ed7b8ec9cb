"""Jobs: what the publisher was asked to do, and how far it got."""

from functions.api import views
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from shared.core.services import Api

routes = Routes("Jobs", "Work on the networks that answers later: verify, edit, take down.")


@routes.add("GET", "/v1/jobs/{job_id}", "Get a job", answer=out.Job)
def get_job(api: Api, call: Call, *, job_id: str) -> Answer:
    """Ask again every second or two until its state is `done` or `failed`."""
    return Answer(views.job(api.store.job(call.workspace_id, job_id)))
