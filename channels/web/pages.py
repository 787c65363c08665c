"""Serves the widget, a plain portal page that shows it, and the privacy page."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from channels.web.files import FOLDER

router = APIRouter(include_in_schema=False)


@router.get("/widget.js")
async def widget() -> FileResponse:
    return FileResponse(
        FOLDER / "widget.js", media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )
