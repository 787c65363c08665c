"""Shapes of the chat API: what comes in, what goes out, and what Rasa may hand over in `custom`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from channels.cleaning import SURROGATES

Status = Literal["bot", "waiting", "human", "closed"]
ClientId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]


def _drop_surrogates(value: Any) -> Any:
    # A browser that cuts an emoji in half sends one half; the rest of the text is good.
    return SURROGATES.sub("", value) if isinstance(value, str) else value


class MessageIn(BaseModel):
    """One message of the user: a text, or a choice that this conversation was offered."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: ClientId = Field(description="The client's own id of this message. The same id again returns the same answer.")
    text: Annotated[str, BeforeValidator(_drop_surrogates)] | None = None
    choice: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "MessageIn":
        if (self.text is None) == (self.choice is None):
            raise ValueError("give either text or choice")
        return self


class ConversationOut(BaseModel):
    id: str
    token: str = Field(description="Send it as `Authorization: Bearer …`. It is shown only here.")


class Button(BaseModel):
    title: str
    choice: str


class Reason(BaseModel):
    model_config = ConfigDict(extra="allow")

    condition: str
    met: bool | None = None


class Contact(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str
    phone: str


class ProgramCard(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: Literal["program"]
    number: int
    verdict: Literal["eligible", "unknown", "ineligible"] | None = None
    reasons: list[Reason] = []


class ContactsCard(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: Literal["contacts"]
    contacts: list[Contact]


class TicketCard(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: Literal["ticket"]
    number: str
    contacts: list[Contact] = []


Card = Annotated[ProgramCard | ContactsCard | TicketCard, Field(discriminator="type")]


class Source(BaseModel):
    program: int | None = None
    section: str = ""


class Expects(BaseModel):
    """What the bot asks for now."""

    form: str
    slot: str
    input: Literal["text", "tel", "email", "date", "choice"] = "text"
    choices: list[Button] = []
    step: int | None = None
    of: int | None = None


class Message(BaseModel):
    seq: int
    sender: Literal["user", "bot", "staff", "system"] = Field(alias="from")
    text: str
    buttons: list[Button]
    cards: list[Card]
    sources: list[Source]
    at: str = Field(description="ISO 8601, UTC")
    id: str | None = Field(None, description="The client's own id, on messages of the user.")


class Turn(BaseModel):
    """One turn, or a part of the history. Includes the user's own message as it was stored."""

    messages: list[Message]
    expects: Expects | None
    status: Status


class ErrorText(BaseModel):
    code: str
    message: str


class Error(BaseModel):
    error: ErrorText


class Offer(BaseModel):
    """A button as Rasa hands it over."""

    title: str
    payload: str


class ExpectsOffered(Expects):
    choices: list[Offer] = []  # type: ignore[assignment]


class Custom(BaseModel):
    """The `custom` part of Rasa's answer."""

    sources: list[Source] = []
    cards: list[Card] = []
    expects: ExpectsOffered | None = None
    signal: dict[str, Any] | None = None
