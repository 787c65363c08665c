"""Serves the widget, a plain portal page that shows it, and the privacy page."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.knowledge import load_default
from bot.settings import Settings

FOLDER = Path(__file__).parent
CENTRE = "consultation_center"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
# Browsers ask each time whether the file has changed: a new widget is used at once.
REVALIDATED = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)


def page(request: Request, name: str, **values: Any) -> HTMLResponse:
    """Return a page made from the template of this name. Portals that are listed may frame it."""
    settings: Settings = request.app.state.settings
    values |= {"centre": load_default().agency(CENTRE)}
    ancestors = " ".join(("'self'", *settings.allowed_origins))
    headers = REVALIDATED | {"Content-Security-Policy": PAGE_POLICY.format(ancestors=ancestors)}
    return HTMLResponse(_templates().get_template(name).render(**values), headers=headers)


@router.get("/")
async def portal(request: Request) -> HTMLResponse:
    settings: Settings = request.app.state.settings
    return page(request, "portal.html", telegram=bool(settings.telegram_token.get_secret_value()))


@router.get("/privacy")
async def privacy(request: Request) -> HTMLResponse:
    settings: Settings = request.app.state.settings
    return page(request, "privacy.html", settings=settings)


@router.get("/widget.js")
async def widget() -> FileResponse:
    # Portals on other origins load it, too.
    headers = REVALIDATED | {"Cross-Origin-Resource-Policy": "cross-origin"}
    return FileResponse(FOLDER / "widget.js", media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/pages.css")
async def stylesheet() -> FileResponse:
    return FileResponse(FOLDER / "pages.css", media_type="text/css; charset=utf-8", headers=REVALIDATED)
