"""A local server that behaves as Telegram's Bot API does, for the methods that we call.

It checks every call as Telegram would (lengths in UTF-16, bytes of callback data, markup, entities) and more strictly: a field that the
method does not have is a mistake. What was wrong is collected in `problems`, whatever the caller makes of the 400.
"""

import json
import threading
import time
import urllib.parse
import urllib.request
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError

TOKEN = "7312345678:AAF-local_test_token_0123456789abcdefg"
BOT = {"id": 7312345678, "is_bot": True, "first_name": "기술보호 상담봇", "username": "gisul_test_bot"}
BOT_FLAGS = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
LONGEST = 4096
ENTITY_TYPES = ("bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "code", "pre", "text_link")
UPDATE_TYPES = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post", "edited_channel_post")

SEND = {"chat_id", "text", "entities", "reply_markup", "link_preview_options", "parse_mode", "disable_notification"}
FIELDS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "max_connections", "drop_pending_updates", "ip_address"},
    "deleteWebhook": {"drop_pending_updates"},
    "getWebhookInfo": set(),
    "setMyCommands": {"commands", "scope", "language_code"},
    "setMyDescription": {"description", "language_code"},
    "sendMessage": SEND,
    "sendChatAction": {"chat_id", "action"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup", "inline_message_id"},
}


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


@dataclass
class Fault:
    """What happens to the next calls of a method. `drop` closes the connection before or after the call took effect."""

    method: str
    times: int = 1
    status: int = 0
    description: str = ""
    retry_after: int = 0
    drop: str = ""
    when: Callable[[dict[str, Any]], bool] = lambda params: True


@dataclass
class Sent:
    """A message that reached a chat."""

    chat: int
    message_id: int
    text: str
    entities: list[dict[str, Any]]
    markup: dict[str, Any]
    at: float

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return [button for row in self.markup.get("inline_keyboard", []) for button in row]

    @property
    def titles(self) -> list[str]:
        return [button["text"] for button in self.buttons]

    def button(self, title: str) -> dict[str, Any]:
        return next(button for button in self.buttons if title in button["text"])


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass
class BotApi:
    """The state of the server. Times are of the monotonic clock."""

    token: str = TOKEN
    url: str = ""
    updates: deque[dict[str, Any]] = field(default_factory=deque)
    sent: list[Sent] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any], float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    queries: set[str] = field(default_factory=set)
    webhook: dict[str, Any] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)  # public address → local address of the webhook
    commands: list[dict[str, str]] = field(default_factory=list)
    online: bool = True
    limits: bool = True  # answers 429 as Telegram would
    flooded: int = 0
    down_until: float = 0.0

    def __post_init__(self) -> None:
        self.lock = threading.Condition()
        self.next_update = 880_000_000
        self.next_message = 100
        self.poller = 0
        self.acknowledged: list[int] = []
        self.delivered: list[int] = []
        self.closing = False

    # --- what users do

    def push(self, **update: Any) -> int:
        with self.lock:
            self.next_update += 1
            self.updates.append({"update_id": self.next_update} | update)
            self.lock.notify_all()
            return self.next_update

    def message_id(self) -> int:
        with self.lock:
            self.next_message += 1
            return self.next_message

    def user(self, chat: int, **more: Any) -> "User":
        return User(self, chat, **more)

    # --- what the bot did

    def to(self, chat: int) -> list[Sent]:
        with self.lock:
            return [sent for sent in self.sent if sent.chat == chat]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params, _ in list(self.calls) if name == method]

    def fail(self, method: str, **how: Any) -> Fault:
        fault = Fault(method, **how)
        with self.lock:
            self.faults.append(fault)
        return fault

    # --- calls

    def call(self, method: str, params: dict[str, Any]) -> Any:
        self.calls.append((method, params, time.monotonic()))
        if method not in FIELDS:
            self.problems.append(f"{method}: not known here")
            raise Refused(404, "Not Found")
        if unknown := set(params) - FIELDS[method]:
            self.problems.append(f"{method}: unknown fields {sorted(unknown)}")
            raise Refused(400, f"Bad Request: unknown fields {sorted(unknown)}")
        return getattr(self, f"do_{method}")(params)

    def bad(self, description: str) -> Refused:
        self.problems.append(description)
        return Refused(400, f"Bad Request: {description}")

    def do_getMe(self, params: dict[str, Any]) -> Any:
        return BOT | BOT_FLAGS

    def do_getUpdates(self, params: dict[str, Any]) -> Any:
        if self.webhook.get("url"):
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        self._check_types(params)
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        if not 1 <= limit <= 100:
            raise self.bad("limit")
        deadline = time.monotonic() + min(int(params.get("timeout", 0)), 50)
        with self.lock:
            self.poller += 1
            mine = self.poller
            self.lock.notify_all()
            while self.updates and self.updates[0]["update_id"] < offset:
                self.acknowledged.append(self.updates.popleft()["update_id"])
            while True:
                if self.poller != mine:
                    raise Refused(
                        409,
                        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                    )
                if self.updates or self.closing:
                    return list(self.updates)[:limit]
                if (left := deadline - time.monotonic()) <= 0:
                    return []
                self.lock.wait(left)

    def _check_types(self, params: dict[str, Any]) -> None:
        if any(kind not in UPDATE_TYPES for kind in params.get("allowed_updates", [])):
            raise self.bad("allowed_updates")

    def do_setWebhook(self, params: dict[str, Any]) -> Any:
        self._check_types(params)
        if not params.get("url", "").startswith("https://"):
            raise self.bad("bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.get("secret_token", "")
        if not 1 <= len(secret) <= 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
            raise self.bad("secret token contains unallowed characters")
        with self.lock:
            self.webhook = params
            self.lock.notify_all()
        return True

    def do_deleteWebhook(self, params: dict[str, Any]) -> Any:
        self.webhook = {}
        return True

    def do_getWebhookInfo(self, params: dict[str, Any]) -> Any:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }

    def do_setMyCommands(self, params: dict[str, Any]) -> Any:
        for command in params["commands"]:
            name, description = command["command"], command["description"]
            if not (1 <= len(name) <= 32 and all(c.islower() or c.isdigit() or c == "_" for c in name)):
                raise self.bad("BOT_COMMAND_INVALID")
            if not 1 <= len(description) <= 256:
                raise self.bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = params["commands"]
        return True

    def do_setMyDescription(self, params: dict[str, Any]) -> Any:
        if units(params.get("description", "")) > 512:
            raise self.bad("description is too long")
        return True

    def _check_chat(self, chat: int) -> None:
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat not in self.known:
            raise Refused(400, "Bad Request: chat not found")

    def do_sendMessage(self, params: dict[str, Any]) -> Any:
        chat = int(params["chat_id"])
        self._check_chat(chat)
        text = params.get("text", "")
        if not text.strip():
            raise self.bad("message text is empty")
        if units(text) > LONGEST:
            raise self.bad("message is too long")
        if "\ufffd" in text or any(0xD800 <= ord(char) < 0xE000 for char in text):
            raise self.bad("strings must be encoded in UTF-8")
        if params.get("parse_mode"):
            raise self.bad("parse_mode together with texts of users")
        self._check_entities(text, params.get("entities", []))
        markup = params.get("reply_markup", {})
        self._check_markup(markup)
        if set(params.get("link_preview_options", {})) - {"is_disabled", "url", "prefer_small_media"}:
            raise self.bad("link_preview_options")
        now = time.monotonic()
        with self.lock:
            if self.limits:
                last = max((s.at for s in self.sent if s.chat == chat), default=-10.0)
                lately = sum(1 for s in self.sent[-200:] if s.at > now - 1)
                if now - last < 0.995 or lately >= 30:
                    self.flooded += 1
                    raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
            message = Sent(chat, self.message_id(), text, params.get("entities", []), markup, now)
            self.sent.append(message)
            self.lock.notify_all()
        return self._as_message(message)

    def _as_message(self, message: Sent) -> dict[str, Any]:
        chat = {"id": message.chat, "type": "private" if message.chat > 0 else "group"}
        shown = {
            "message_id": message.message_id,
            "from": BOT,
            "chat": chat,
            "date": int(time.time()),
            "text": message.text,
        }
        return shown | ({"reply_markup": message.markup} if "inline_keyboard" in message.markup else {})

    def _check_entities(self, text: str, entities: list[dict[str, Any]]) -> None:
        encoded = text.encode("utf-16-le")
        for entity in entities:
            if entity["type"] not in ENTITY_TYPES:
                raise self.bad(f"entity {entity['type']}")
            begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
            if entity["length"] < 1 or end > len(encoded):
                raise self.bad("entity beyond the text")
            try:
                encoded[begin:end].decode("utf-16-le")
            except UnicodeDecodeError:
                raise self.bad("entity cuts a surrogate pair") from None

    def _check_markup(self, markup: dict[str, Any]) -> None:
        if not markup:
            return
        kinds = {"inline_keyboard", "keyboard", "remove_keyboard", "force_reply"} & set(markup)
        if len(kinds) != 1:
            raise self.bad("object expected as reply markup")
        if "inline_keyboard" in markup:
            self._check_inline(markup)
        elif "keyboard" in markup:
            extra = {
                "keyboard",
                "resize_keyboard",
                "one_time_keyboard",
                "input_field_placeholder",
                "is_persistent",
                "selective",
            }
            if set(markup) - extra or units(markup.get("input_field_placeholder", "")) > 64:
                raise self.bad("reply keyboard")
            for row in markup["keyboard"]:
                if not 1 <= len(row) <= 12 or not all(button["text"] for button in row):
                    raise self.bad("reply keyboard row")
        elif markup.get("remove_keyboard") is not True:
            raise self.bad("remove_keyboard")

    def _check_inline(self, markup: dict[str, Any]) -> None:
        rows = markup["inline_keyboard"]
        if set(markup) != {"inline_keyboard"} or sum(len(row) for row in rows) > 100:
            raise self.bad("inline keyboard")
        for row in rows:
            if not 1 <= len(row) <= 8:
                raise self.bad("inline keyboard row")
            for button in row:
                if not button.get("text", "").strip():
                    raise self.bad("text buttons are unallowed in the inline keyboard")
                if len(set(button) - {"text"}) != 1:
                    raise self.bad("a button does exactly one thing")
                if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise self.bad("BUTTON_DATA_INVALID")
                if "url" in button and not button["url"].startswith(("https://", "http://", "tg://")):
                    raise self.bad("BUTTON_URL_INVALID")

    def do_sendChatAction(self, params: dict[str, Any]) -> Any:
        self._check_chat(int(params["chat_id"]))
        if params["action"] != "typing":
            raise self.bad("wrong parameter action in request")
        return True

    def do_answerCallbackQuery(self, params: dict[str, Any]) -> Any:
        query = params["callback_query_id"]
        if query not in self.queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if units(params.get("text", "")) > 200:
            raise self.bad("MESSAGE_TOO_LONG")
        self.answered[query] = params
        return True

    def do_editMessageReplyMarkup(self, params: dict[str, Any]) -> Any:
        markup = params.get("reply_markup", {})
        self._check_markup(markup)
        found = [s for s in self.sent if s.chat == int(params["chat_id"]) and s.message_id == int(params["message_id"])]
        if not found:
            raise Refused(400, "Bad Request: message to edit not found")
        if found[0].markup == markup:
            raise Refused(400, "Bad Request: message is not modified")
        found[0].markup = markup
        return self._as_message(found[0])

    # --- the webhook

    def deliver(self) -> None:
        """Call the webhook, each update until it is taken; of those that may be on their way at once the latest comes first."""
        while not self.closing:
            with self.lock:
                if not (self.webhook.get("url") and self.updates):
                    self.lock.wait(0.05)
                    continue
                at_once = list(self.updates)[: int(self.webhook.get("max_connections", 40))]
                target = self.webhook["url"]
            public = next((address for address in self.routes if target.startswith(address)), None)
            if public is None:
                time.sleep(0.05)
                continue
            calls = {}
            with ThreadPoolExecutor(len(at_once)) as pool:
                for update in reversed(at_once):
                    calls[update["update_id"]] = pool.submit(
                        self._post, target.replace(public, self.routes[public]), update
                    )
                    time.sleep(0.01 if len(at_once) > 1 else 0)
            taken = [number for number, call in calls.items() if call.result()]
            with self.lock:
                self.updates = deque(update for update in self.updates if update["update_id"] not in taken)
                self.acknowledged += taken
            if len(taken) < len(at_once):
                time.sleep(0.05)

    def _post(self, url: str, update: dict[str, Any]) -> bool:
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"]}
        request = urllib.request.Request(url, json.dumps(update).encode(), headers)
        self.delivered.append(update["update_id"])
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
                return response.status == 200
        except (HTTPError, URLError, OSError):
            return False


@dataclass
class User:
    """A person with Telegram, who has this bot in a private chat."""

    api: BotApi
    chat: int
    name: str = "김민수"

    def __post_init__(self) -> None:
        self.api.known.add(self.chat)

    @property
    def person(self) -> dict[str, Any]:
        return {"id": self.chat, "is_bot": False, "first_name": self.name, "language_code": "ko"}

    def message(self, **content: Any) -> dict[str, Any]:
        chat = {"id": self.chat, "type": "private", "first_name": self.name}
        basic = {"message_id": self.api.message_id(), "from": self.person, "chat": chat, "date": int(time.time())}
        return basic | content

    def says(self, text: str) -> int:
        entities = {}
        if text.startswith("/"):
            entities = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]}
        return self.api.push(message=self.message(text=text, **entities))

    def sends(self, **content: Any) -> int:
        return self.api.push(message=self.message(**content))

    def edits(self, text: str) -> int:
        return self.api.push(edited_message=self.message(text=text, edit_date=int(time.time())))

    def shares(self, phone: str, *, own: bool = True) -> int:
        contact = {"phone_number": phone, "first_name": self.name, "user_id": self.chat if own else self.chat + 1}
        return self.sends(contact=contact)

    def presses(self, sent: Sent, title: str) -> str:
        return self.presses_data(sent, sent.button(title)["callback_data"])

    def presses_data(self, sent: Sent, data: str) -> str:
        query = f"q{self.api.message_id()}"
        self.api.queries.add(query)
        shown = self.api._as_message(sent)
        self.api.push(
            callback_query={"id": query, "from": self.person, "message": shown, "chat_instance": "1", "data": data}
        )
        return query

    def blocks(self) -> None:
        self.api.blocked.add(self.chat)
        self._membership("member", "kicked")

    def unblocks(self) -> None:
        self.api.blocked.discard(self.chat)
        self._membership("kicked", "member")

    def _membership(self, old: str, new: str) -> None:
        def member(status: str) -> dict[str, Any]:
            return {"status": status, "user": BOT} | ({"until_date": 0} if status == "kicked" else {})

        chat = {"id": self.chat, "type": "private", "first_name": self.name}
        change = {"chat": chat, "from": self.person, "date": int(time.time())}
        self.api.push(my_chat_member=change | {"old_chat_member": member(old), "new_chat_member": member(new)})

    def got(self, number: int = 1, *, seconds: float = 15.0) -> list[Sent]:
        """Return all messages of this chat as soon as there are so many."""
        deadline = time.monotonic() + seconds
        with self.api.lock:
            while len(self.api.to(self.chat)) < number:
                left = deadline - time.monotonic()
                texts = [sent.text[:80] for sent in self.api.to(self.chat)]
                assert left > 0, f"{len(texts)} of {number} messages: {texts}; problems: {self.api.problems}"
                self.api.lock.wait(left)
        return self.api.to(self.chat)

    def last(self, number: int = 1) -> Sent:
        return self.got(number)[-1]


def handler_of(api: BotApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            _, bot, method = self.path.split("/", 2)
            if not api.online or time.monotonic() < api.down_until:
                self.drop()
                return
            if bot != f"bot{api.token}":
                self.answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
                return
            params = {key: self.value(value) for key, value in urllib.parse.parse_qsl(body, keep_blank_values=True)}
            fault = self.fault(method, params)
            if fault and fault.drop == "before":
                self.drop()
                return
            try:
                if fault and fault.status:
                    more = {"retry_after": fault.retry_after} if fault.retry_after else {}
                    raise Refused(fault.status, fault.description or "refused on demand", **more)
                result = {"ok": True, "result": api.call(method, params)}
            except Refused as refused:
                self.answer(refused.status, refused.body)
            else:
                if fault and fault.drop == "after":
                    self.drop()
                else:
                    self.answer(200, result)

        do_GET = do_POST

        def fault(self, method: str, params: dict[str, Any]) -> Fault | None:
            with api.lock:
                for fault in api.faults:
                    if fault.method == method and fault.times > 0 and fault.when(params):
                        fault.times -= 1
                        return fault
            return None

        def value(self, text: str) -> Any:
            if text[:1] in "[{" or text in ("true", "false"):
                try:
                    return json.loads(text)
                except ValueError:
                    return text
            return text

        def drop(self) -> None:
            self.close_connection = True
            self.connection.close()

        def answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):  # the caller was killed, or we closed it
                return

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                return

        def log_message(self, *args: Any) -> None:
            return

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def serve(api: BotApi) -> Callable[[], None]:
    """Start the server. Returns what stops it."""
    server = _Server(("127.0.0.1", 0), handler_of(api))
    api.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    threading.Thread(target=api.deliver, daemon=True).start()

    def stop() -> None:
        api.closing = True
        with api.lock:
            api.lock.notify_all()
        server.shutdown()
        server.server_close()

    return stop


def fastest(sent: list[Sent]) -> tuple[float, int]:
    """Return the shortest time between two messages to one chat, and the most messages to all within a second."""
    by_chat: dict[int, list[float]] = defaultdict(list)
    for message in sent:
        by_chat[message.chat].append(message.at)
    gaps = [b - a for times in by_chat.values() for a, b in zip(times, times[1:], strict=False)]
    times = sorted(message.at for message in sent)
    most = max((sum(1 for t in times[i:] if t < at + 1) for i, at in enumerate(times)), default=0)
    return min(gaps, default=float("inf")), most
