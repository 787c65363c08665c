"""How the API says no: `{"error": {code, message}}`, with a Korean sentence that can be shown as it is."""

import logging
import traceback

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from bot.errors import ConversationClosed, TextRefused, TooManyRequests, UnknownChoice, UnknownConversation
from channels.cleaning import LONGEST_TEXT

logger = logging.getLogger(__name__)

WORDS = {
    "bad_request": (400, "요청을 읽을 수 없어요. 형식을 확인해 주세요."),
    "token_missing": (401, "대화 토큰이 필요해요."),
    "not_found": (404, "찾으시는 내용이 없어요."),
    "conversation_not_found": (404, "대화를 찾을 수 없어요. 새 대화를 시작해 주세요."),
    "ticket_not_found": (404, "접수번호와 PIN이 맞는 접수를 찾지 못했어요. 다시 확인해 주세요."),
    "method_not_allowed": (405, "이 주소에서는 쓸 수 없는 방식이에요."),
    "conversation_closed": (409, "끝난 대화예요. 새 대화를 시작해 주세요."),
    "too_large": (413, "보내신 내용이 너무 커요. 64KB까지 받을 수 있어요."),
    "invalid": (422, "보내신 내용의 형식이 맞지 않아요."),
    "text_empty": (422, "내용을 입력해 주세요."),
    "text_too_long": (422, f"한 번에 {LONGEST_TEXT:,}자까지 보낼 수 있어요. 나누어서 보내 주세요."),
    "unknown_choice": (422, "더 이상 쓸 수 없는 버튼이에요. 다시 물어봐 주세요."),
    "too_many": (429, "요청이 너무 많아요. 잠시 뒤에 다시 시도해 주세요."),
    "internal": (500, "처리하지 못했어요. 잠시 뒤에 다시 시도해 주세요."),
    "unavailable": (503, "지금은 이용할 수 없어요. 잠시 뒤에 다시 시도해 주세요."),
}
BY_STATUS = {status: code for code, (status, _) in reversed(WORDS.items())} | {404: "not_found", 422: "invalid"}


def refusal(code: str, headers: dict[str, str] | None = None, **more: object) -> JSONResponse:
    """Return the answer for a code of WORDS."""
    status, message = WORDS[code]
    return JSONResponse({"error": {"code": code, "message": message, **more}}, status, headers)


def report(error: Exception, path: str) -> None:
    """Log where an unforeseen error came from, without its message: that may quote what a user wrote."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s on %s\n%s", type(error).__name__, path, trace)


def add_refusals(app: FastAPI) -> None:
    """Let the application answer errors in this form."""

    @app.exception_handler(UnknownConversation)
    async def _(request: Request, error: UnknownConversation) -> JSONResponse:
        return refusal("conversation_not_found")

    @app.exception_handler(ConversationClosed)
    async def _(request: Request, error: ConversationClosed) -> JSONResponse:
        return refusal("conversation_closed")

    @app.exception_handler(UnknownChoice)
    async def _(request: Request, error: UnknownChoice) -> JSONResponse:
        return refusal("unknown_choice")

    @app.exception_handler(TextRefused)
    async def _(request: Request, error: TextRefused) -> JSONResponse:
        return refusal(error.code)

    @app.exception_handler(TooManyRequests)
    async def _(request: Request, error: TooManyRequests) -> JSONResponse:
        return refusal("too_many", {"Retry-After": str(error.retry_after)})

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> JSONResponse:
        # Where it is wrong, never what was sent.
        fields = sorted(
            {".".join(str(part) for part in e["loc"] if part != "body")[:64] for e in error.errors()} - {""}
        )
        return refusal("invalid", fields=fields)

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> JSONResponse:
        code = BY_STATUS.get(error.status_code, "internal" if error.status_code >= 500 else "bad_request")
        answer = refusal(code, dict(error.headers or {}))
        answer.status_code = error.status_code
        return answer

    for unavailable in (OperationalError, InterfaceError, PoolTimeout):

        @app.exception_handler(unavailable)
        async def _(request: Request, error: Exception) -> JSONResponse:
            report(error, request.url.path)
            return refusal("unavailable", {"Retry-After": "3"})
