"""What the bot did not understand, by how often it was said; and a download of it as proposed training sentences."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.conversations.proposals import as_training_data
from bot.knowledge import load_default
from desk.guard import Who
from desk.pages import HEADERS, render
from desk.parts import address, parts_of

MOST_SHOWN = 200

router = APIRouter(prefix="/not-understood")


@router.get("")
def show(request: Request, person: Who) -> Response:
    """Show the list. Who looks at it sees what users wrote, so it is written down."""
    parts = parts_of(request)
    found = parts.not_understood.by_frequency(MOST_SHOWN)
    parts.access.note(person, address(request), "list", "not_understood", rows=len(found))
    names = {program.id: program.short_name for program in load_default().programs}
    return render(request, "not_understood.html", found=found, names=names)


@router.post("/proposals")
def download(request: Request, person: Who) -> Response:
    """Hand out the list in the form of data/nlu, for a person to review."""
    parts = parts_of(request)
    found = parts.not_understood.by_frequency()
    parts.access.note(person, address(request), "export", "not_understood", rows=len(found))
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="proposals.yml"'}
    return Response(as_training_data(found).encode(), 200, headers, "application/yaml; charset=utf-8")
