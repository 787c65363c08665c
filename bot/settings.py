"""The one place that reads the environment. Every variable begins with ULTARI_ and may stand in `.env`."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

SHORTEST_SECRET = 32

CommaList = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What can be set from outside, with the values for one machine and no set-up."""

    model_config = SettingsConfigDict(env_prefix="ULTARI_", env_file=".env", extra="ignore", frozen=True)

    mode: Literal["development", "production"] = "development"
    debug: bool = False

    # Where things are kept
    var_dir: Path = Path("var")
    database_url: str = ""  # empty: SQLite in var_dir
    encryption_keys: SecretStr = SecretStr(
        ""
    )  # "version:key,version:key", the first one encrypts; empty: a file in var_dir/keys
    redis_url: SecretStr = SecretStr("")  # empty: one gateway, events stay in the process
    tracker_db: str = ""  # Rasa's memory of the talks; empty: a file in var_dir
    conversation_days: int = 30  # a visitor's token ends this long after the last message
    retention_days: int = 90  # a conversation is deleted this long after the last message

    # The gateway
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # how people reach the gateway, for links that it hands out; empty: http://host:port
    trusted_proxies: CommaList = ("127.0.0.1",)  # whose X-Forwarded-For is believed
    allowed_origins: CommaList = ()  # portals whose pages carry the widget (CORS), and which may frame its page
    heartbeat_seconds: float = 15.0

    # The staff desk
    desk_idle_minutes: int = 30  # signed out after this long without a click
    desk_session_hours: int = 12  # and after this long in any case
    access_log_days: int = 730  # a line that says who looked at what is deleted after this long

    # Tickets
    ticket_days: int = 365  # a ticket and its conversation are deleted this long after it was closed
    draft_hours: int = 24  # a report that nobody finished is deleted this long after the last answer
    claim_silence_minutes: int = 10  # a user waits in the chat and the owner is silent: back into the queue
    claim_idle_hours: int = 72  # the owner has done nothing at all on a ticket: back into the queue

    # Mail to the centre; without a host nothing is sent
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_encryption: Literal["starttls", "tls", "none"] = "starttls"
    smtp_from: str = ""
    smtp_to: CommaList = ()

    # Rasa
    rasa_url: str = "http://127.0.0.1:5005"
    engine_secret: SecretStr = SecretStr("")  # the gateway shows it to Rasa with every message
    actions_port: int = 5055  # of the action server, on loopback
    actions_token: SecretStr = SecretStr("")  # Rasa shows it to the action server with every call
    rasa_timeout: float = 10.0
    rasa_connections: int = 64

    # Telegram
    telegram_token: SecretStr = SecretStr("")  # from @BotFather; empty: no Telegram
    telegram_webhook_url: str = ""  # public https address under which Telegram calls; empty: we ask (long polling)
    telegram_host: str = "127.0.0.1"  # where the webhook listens, behind the reverse proxy
    telegram_port: int = 8081
    telegram_api_url: str = "https://api.telegram.org"
    telegram_turns: int = 2  # chats that are answered at the same time
    telegram_per_second: int = 25  # messages to all chats; Telegram allows 30
    telegram_chat_seconds: float = 1.0  # between two messages to one chat
    telegram_name: str = ""  # the bot's @name, for links from the web

    # Limits, as `limits` writes them: "30/minute"
    limits: bool = True
    limit_messages_visitor: str = "30/minute"
    limit_messages_address: str = "600/minute"
    limit_messages_total: str = "6000/minute"
    limit_conversations_address: str = "60/minute"
    limit_conversations_total: str = "600/minute"
    limit_requests_address: str = "1200/minute"  # everything else under /api
    limit_tickets_conversation: int = 5  # reports, requests and call-backs in 24 hours
    limit_tickets_address: str = "50/day"
    limit_tickets_total: int = 2000  # in 24 hours, over all channels
    limit_lookups_address: str = "20/minute"
    limit_streams_address: int = 50
    limit_streams_total: int = 2000

    @field_validator("trusted_proxies", "allowed_origins", "smtp_to", mode="before")
    @classmethod
    def split_at_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @property
    def base_url(self) -> str:
        """Return the address under which people reach the gateway, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def tracker_path(self) -> Path:
        """Return the file in which Rasa remembers the talks."""
        return Path(self.tracker_db) if self.tracker_db else self.var_dir / "tracker.db"

    @property
    def database(self) -> str:
        """Return the database's URL."""
        return self.database_url or f"sqlite:///{(self.var_dir / 'ultari.db').as_posix()}"


def is_weak(secret: SecretStr) -> bool:
    """Return whether a secret is short, or made of few different characters."""
    value = secret.get_secret_value()
    return len(value) < SHORTEST_SECRET or len(set(value)) < 8


def refusals(settings: Settings) -> list[str]:
    """Return what must not run in production mode, one sentence for each setting; empty means that all is well."""
    if settings.mode != "production":
        return []
    found = []
    if is_weak(settings.engine_secret):
        found.append(
            f"ULTARI_ENGINE_SECRET is not set or too short. Give at least {SHORTEST_SECRET} random characters."
        )
    # Not set is well: `make run` makes one, and the action server does not start without.
    if settings.actions_token.get_secret_value() and is_weak(settings.actions_token):
        found.append(f"ULTARI_ACTIONS_TOKEN is too short. Give at least {SHORTEST_SECRET} random characters.")
    if settings.debug:
        found.append("ULTARI_DEBUG is on. Switch it off.")
    if not settings.limits:
        found.append("ULTARI_LIMITS is off. Limits can be lifted outside production only.")
    if settings.telegram_webhook_url and not settings.telegram_webhook_url.startswith("https://"):
        found.append("ULTARI_TELEGRAM_WEBHOOK_URL does not begin with https://. Telegram calls no other address.")
    if any("*" in origin for origin in settings.allowed_origins):
        found.append("ULTARI_ALLOWED_ORIGINS contains '*'. Name each portal's origin.")
    if any("*" in proxy for proxy in settings.trusted_proxies):
        found.append("ULTARI_TRUSTED_PROXIES contains '*'. Name each proxy's address.")
    return found


def read_settings(**overrides: Any) -> Settings:
    """Return the settings of the environment, with overrides for tests. Raises SettingsError that names each bad variable."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        lines = [
            f"ULTARI_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}." for e in error.errors(include_input=False)
        ]
        raise SettingsError("\n".join(lines)) from None
    if found := refusals(settings):
        raise SettingsError("\n".join(found))
    return settings


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings, read from the environment once. Raises SettingsError."""
    return read_settings()
