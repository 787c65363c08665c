"""`POST /api/tickets/lookup`: what became of a ticket, for whoever has its number and PIN."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.errors import UnknownTicket
from bot.tickets.receipts import read_number, read_pin
from bot.tickets.store import TicketStore
from channels.chat import REFUSALS, address, parts_of
from channels.refusals import refusal

router = APIRouter(prefix="/api/tickets", tags=["tickets"])


class LookUpIn(BaseModel):
    """Number and PIN as they stand on the receipt."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    pin: Annotated[str, StringConstraints(min_length=1, max_length=16)]


class TicketOut(BaseModel):
    """What the holder of a receipt may know: no names, no text of the report."""

    number: str
    kind: Literal["leak", "consultation", "call_back"]
    state: Literal["new", "claimed", "in_progress", "waiting_user", "closed"]
    created_at: datetime
    changed_at: datetime
    due_at: datetime = Field(description="By then somebody should have answered first.")


@router.post("/lookup", response_model=TicketOut, responses=REFUSALS)
async def look_up(request: Request, wanted: LookUpIn) -> TicketOut | JSONResponse:
    """Ask what became of a ticket. A wrong number and a wrong PIN look alike; after a few wrong ones there is a wait."""
    parts = parts_of(request)
    await parts.limiter.hit((parts.settings.limit_lookups_address, "lookups", address(request)))
    number, pin = read_number(wanted.number), read_pin(wanted.pin)
    tickets: TicketStore = request.app.state.tickets
    try:
        if number is None or pin is None:
            raise UnknownTicket
        found = await parts.relay.in_store(tickets.look_up, number, pin, address(request))
    except UnknownTicket:
        return refusal("ticket_not_found")
    return TicketOut(**{name: found[name] for name in TicketOut.model_fields})
