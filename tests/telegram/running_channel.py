"""`python -m channels.telegram` as a process of its own, and a look into its database."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from bot.conversations.database import make_engine
from bot.conversations.encryption import load_keyring, use_keyring
from bot.conversations.store import Store
from bot.knowledge import load_default
from bot.settings import Settings
from bot.tickets.store import TicketStore
from bot.tickets.working_hours import working_hours_of
from channels.telegram.identity import load_chat_keys
from channels.telegram.store import TelegramStore

CHAT = 5_100_200_300


@dataclass
class Channel:
    """`python -m channels.telegram` with settings of its own, and a look into its database."""

    settings: Settings
    environment: dict[str, str]
    log_file: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _engine: Engine | None = None

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "channels.telegram"], env=self.environment | more, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def stop(self, how: int = signal.SIGTERM) -> int:
        process = self.processes[-1]
        process.send_signal(how)
        return process.wait(15)

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        if self._engine is not None:
            self._engine.dispose()

    @property
    def log(self) -> str:
        return self.log_file.read_text() if self.log_file.exists() else ""

    def logged(self, text: str, *, seconds: float = 40.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.log:
            assert time.monotonic() < deadline, f"“{text}” is not in the log:\n{self.log}"
            time.sleep(0.02)

    @property
    def engine(self) -> Engine:
        # A process has one keyring, and another channel's test may have put its own to use since.
        use_keyring(load_keyring(self.settings))
        if self._engine is None:
            self._engine = make_engine(self.settings)
        return self._engine

    @property
    def talks(self) -> Store:
        return Store(self.engine)

    @property
    def store(self) -> TelegramStore:
        return TelegramStore(self.engine, self.talks, load_chat_keys(self.settings))

    @property
    def tickets(self) -> TicketStore:
        centre = load_default().agency("consultation_center")
        return TicketStore(self.engine, self.talks, working_hours_of(centre))

    def conversation(self, chat: int) -> str:
        found = self.store.find(chat)
        assert found is not None
        assert found.conversation_id is not None
        return found.conversation_id

    def texts(self, chat: int) -> list[tuple[str, str]]:
        return [(m["from"], m["text"]) for m in self.talks.history(self.conversation(chat)).messages]
