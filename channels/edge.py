"""The outermost layer: security headers on every response, a limit on bodies, and an answer in our form whatever breaks inside."""

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.refusals import refusal, report

NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "Content-Security-Policy": NOTHING_LOADS,  # a page that shows something sets its own
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}
LARGEST_BODY = 64 * 1024
BODY_SECONDS = 15.0
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


class Edge:
    """ASGI middleware around everything else. A header that a response already has is left as it is."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = HEADERS | ({"Strict-Transport-Security": STRICT_TRANSPORT} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            body = await _read_body(scope, receive)
            if body is None:
                await refusal("too_large", {"Connection": "close"})(scope, receive, send_with_headers)
                return

            async def receive_again() -> Message:
                nonlocal body
                if body is None:
                    return await receive()
                message: Message = {"type": "http.request", "body": body, "more_body": False}
                body = None
                return message

            await self.app(scope, receive_again, send_with_headers)
        except TimeoutError:
            if not started:
                await refusal("bad_request", {"Connection": "close"})(scope, receive, send_with_headers)
        except Exception as error:
            report(error, scope["path"])
            if not started:
                await refusal("internal")(scope, receive, send_with_headers)


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the whole body, or None as soon as it is too large. Raises TimeoutError when it does not come."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if len(length) > 12 or int(length) > LARGEST_BODY:
        return None
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return bytes(body)
            body += message.get("body", b"")
            if len(body) > LARGEST_BODY:
                return None
            if not message.get("more_body"):
                return bytes(body)
