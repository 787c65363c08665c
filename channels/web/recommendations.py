"""Recommendations for portals, and the printable page of a result."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot import company
from bot.conversations.encryption import Keyring, load_keyring
from bot.eligibility import UNKNOWN
from bot.errors import LinkExpired
from bot.knowledge import Knowledge, Word, load_default
from bot.korean_time import korea_today
from bot.recommendation import Finding, recommend
from bot.recommendation_link import DAYS, PATH, unseal
from bot.settings import Settings
from channels.chat import REFUSALS, Limited

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MOST_FACTS = 2

router = APIRouter(tags=["recommendations"])

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
YesNo = bool | Literal["unknown"] | None


class Profile(BaseModel):
    """What is known of a company. Left out or null: not known, which is never "no"."""

    model_config = ConfigDict(extra="forbid", strict=True)

    company_size: Literal["sme", "mid_sized", "large", "individual", "institution", "unknown"] | None = None
    industry: Text | None = Field(
        None, description="In own words, or lodging, nightlife, uncertain, core_field, other."
    )
    business_status: Literal["active", "suspended", "closed", "unknown"] | None = None
    needs: Annotated[list[Text], Field(max_length=20)] | Literal["unknown"] | None = Field(
        None, description="In own words, or ids of knowledge/company.yml."
    )
    certifications: Annotated[list[Text], Field(max_length=20)] | Literal["unknown"] | None = None
    employee_count: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    holds_national_core_technology: YesNo = None
    holds_industrial_technology: YesNo = None
    is_subcontractor: YesNo = None
    partner_of_large_company: YesNo = None
    in_cross_shareholding_group: YesNo = None
    counterparty_in_cross_shareholding_group: YesNo = None
    leak_occurred: YesNo = None
    uses_escrow: YesNo = None
    has_security_equipment: YesNo = None
    accepts_self_payment: YesNo = None


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    profile: Profile


class Condition(BaseModel):
    condition: str
    met: bool | None
    section: str = Field(description="The heading of the brochure under which it stands.")
    change: str | None = Field(description="What would make it hold.")


class Recommended(BaseModel):
    number: int
    id: str
    name: str
    verdict: Literal["eligible", "unknown", "ineligible"]
    wanted: bool = Field(description="It serves what the company came for; the others follow after these.")
    why: list[str]
    reasons: list[Condition]
    goes_first: bool | None = Field(description="The company is one of those that the program supports first.")
    remarks: list[str]


@router.post("/api/recommendations", responses=REFUSALS)
async def recommend_programs(parts: Limited, question: Question) -> list[Recommended]:
    """All programs, best first: those that fit the company and its needs, those that would but for a condition, the rest."""
    knowledge = load_default()
    facts = facts_of(question.profile, knowledge)
    return [_shown(finding) for finding in recommend(knowledge.programs, facts, korea_today()).all]


def facts_of(profile: Profile, knowledge: Knowledge) -> dict[str, Any]:
    """Return the facts of a profile, own words read like an answer. Raises 422 for words that cannot be read."""
    facts: dict[str, Any] = profile.model_dump(exclude_none=True)
    if "industry" in facts and facts["industry"] not in (*knowledge.industries, UNKNOWN):
        read = company.read(facts["industry"], knowledge, "industry").facts
        facts["industry"] = read.get("industry", UNKNOWN)
    for fact, words in (("needs", knowledge.needs), ("certifications", knowledge.certifications)):
        if isinstance(facts.get(fact), list):
            facts[fact] = _keys(facts[fact], fact, words, knowledge)
    return facts


def _keys(told: list[str], fact: str, words: dict[str, Word], knowledge: Knowledge) -> list[str]:
    keys: dict[str, None] = {}
    for text in told:
        found = [text] if text in words else company.read(text, knowledge, fact).facts.get(fact)
        if not isinstance(found, list) or not found:
            raise HTTPException(422)
        keys |= dict.fromkeys(found)
    return list(keys)


def _shown(finding: Finding) -> Recommended:
    reasons = [
        Condition(condition=reason.text, met=reason.met, section=reason.section, change=reason.change)
        for reason in finding.reasons
    ]
    return Recommended(
        number=finding.program.number,
        id=finding.program.id,
        name=finding.program.name,
        verdict=finding.verdict,  # type: ignore[arg-type]
        wanted=finding.points > 0,
        why=[why.text for why in finding.whys],
        reasons=reasons,
        goes_first=finding.goes_first if finding.priorities else None,
        remarks=[remark.text for remark in finding.remarks],
    )


@router.get(PATH + "{token}", include_in_schema=False)
async def printable_page(parts: Limited, request: Request, token: str) -> HTMLResponse:
    """Show a result on paper: for the boss, for the file. The link itself says what it shows, and until when."""
    knowledge = load_default()
    settings: Settings = request.app.state.settings
    headers = {"Content-Security-Policy": POLICY, "X-Robots-Tag": "noindex, nofollow"}
    try:
        known = unseal(token, _keyring(settings), knowledge, korea_today())
    except LinkExpired:
        return HTMLResponse(_templates().get_template("recommendation_expired.html").render(), 404, headers)
    result = recommend(knowledge.programs, known.facts, korea_today())
    text = (
        _templates()
        .get_template("recommendation.html")
        .render(
            result=result,
            known=known,
            knowledge=knowledge,
            programs=[_on_paper(finding, knowledge) for finding in result.shown],
            near=result.near,
            leaked=known.facts.get("leak_occurred") is True,
            today=korea_today(),
            days=DAYS,
            source=knowledge.sources[0],
        )
    )
    return HTMLResponse(text, headers=headers)


@router.get("/recommendation.css", include_in_schema=False)
async def stylesheet() -> FileResponse:
    return FileResponse(
        FOLDER / "recommendation.css", media_type="text/css; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


def _on_paper(finding: Finding, knowledge: Knowledge) -> dict[str, Any]:
    """Return what the page shows of one program."""
    program = finding.program
    facts = {
        topic: [fact.text for fact in knowledge.facts(program.id, topic)[:MOST_FACTS]]
        for topic in ("support", "cost", "period", "apply")
    }
    whys = [why.text for why in finding.whys[:1]]
    facts["support"] = list(dict.fromkeys([*whys, *facts["support"]]))[:MOST_FACTS]
    sections = dict.fromkeys(
        [*(why.section for why in finding.whys[:1]), *(reason.section for reason in finding.reasons)]
    )
    return {"finding": finding, "program": program, "facts": facts, "sections": list(sections)}


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@lru_cache(maxsize=8)
def _keyring(settings: Settings) -> Keyring:
    return load_keyring(settings)
