"""What is known about the programs, for portals."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException

from bot.knowledge import Program, load_default
from channels.chat import Limited

router = APIRouter(prefix="/api/programs", tags=["programs"])


@router.get("")
async def list_programs(parts: Limited) -> list[dict[str, Any]]:
    """All programs in the order of their numbers, in short."""
    return [in_short(program) for program in load_default().programs]


@router.get("/{number}")
async def read_program(parts: Limited, number: int) -> dict[str, Any]:
    """Everything about one program."""
    try:
        program = load_default().program(number)
    except KeyError:
        raise HTTPException(404) from None
    return asdict(program)


def in_short(program: Program) -> dict[str, Any]:
    """Return what a list shows of a program."""
    return {
        "number": program.number,
        "id": program.id,
        "name": program.name,
        "short_name": program.short_name,
        "agency": program.agency.name,
        "operator": program.operator.name,
        "price": program.price,
        "website": program.website,
        "contacts": [asdict(contact) for contact in program.contacts],
    }
