"""What can go wrong, in the words of this project."""


class UltariError(Exception):
    """Everything this project raises on purpose."""


class SettingsError(UltariError):
    """A setting is missing or must not be used; the message names it."""


class UnknownConversation(UltariError):
    """There is no such conversation, or it belongs to somebody else, or it has expired: the three look alike."""


class UnknownChoice(UltariError):
    """The choice was never offered in this conversation."""


class ConversationClosed(UltariError):
    """The conversation is closed; nothing more is taken."""


class ConversationBusy(UltariError):
    """Another gateway is answering in this conversation."""


class TextRefused(UltariError):
    """A text that cannot be taken. `code` says why: text_empty or text_too_long."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EngineUnavailable(UltariError):
    """Rasa did not answer in time, or not in its own form."""


class DecryptionFailed(UltariError):
    """A stored value does not open with any known key."""


class KnowledgeError(UltariError):
    """Files in knowledge/ have problems; `problems` holds one message for each, naming file, field, problem and remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class TooManyRequests(UltariError):
    """A limit was reached; `retry_after` seconds from now there is room again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class UnknownTicket(UltariError):
    """There is no such ticket, or the PIN is not its PIN: the two look alike."""


class TicketTaken(UltariError):
    """Somebody else has the ticket; `owner_name` says who."""

    def __init__(self, owner: str, owner_name: str) -> None:
        super().__init__(owner)
        self.owner = owner
        self.owner_name = owner_name


class ChangeRefused(UltariError):
    """This change is not allowed in the ticket's state, or not to this person."""

    def __init__(self, change: str, state: str) -> None:
        super().__init__(f"{change} in state {state}")
        self.change = change
        self.state = state


class LinkExpired(UltariError):
    """A link to a printable result has ended, or was never ours: the two look alike."""
