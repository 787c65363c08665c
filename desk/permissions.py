"""Who may call which route. A route that is not here is refused, and its test fails."""

from collections.abc import Mapping

from desk.model import ADMINISTRATOR, COUNSELLOR, SUPERVISOR

STRANGER = "stranger"  # not signed in
SETTING_UP = "setting_up"  # has shown a set-up code and chooses the first password

STRANGERS = frozenset({STRANGER, SETTING_UP, COUNSELLOR, SUPERVISOR, ADMINISTRATOR})
STAFF = frozenset({COUNSELLOR, SUPERVISOR, ADMINISTRATOR})
READERS = frozenset({COUNSELLOR, SUPERVISOR})  # the administrator manages accounts and does not read reports
SUPERVISORS = frozenset({SUPERVISOR})
ADMINISTRATORS = frozenset({ADMINISTRATOR})
AUDITORS = frozenset({SUPERVISOR, ADMINISTRATOR})

PERMISSIONS: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "/static/{name}"): STRANGERS,
    ("GET", "/sign-in"): STRANGERS,
    ("POST", "/sign-in"): STRANGERS,
    ("GET", "/setup"): STRANGERS,
    ("POST", "/setup"): STRANGERS,
    ("GET", "/setup/finish"): frozenset({SETTING_UP}),
    ("POST", "/setup/finish"): frozenset({SETTING_UP}),
    ("POST", "/sign-out"): STAFF,
    ("POST", "/keep"): STAFF,
    ("GET", "/account"): STAFF,
    ("POST", "/account/password"): STAFF,
    ("GET", "/"): STAFF,
    ("GET", "/queue/{queue}"): READERS,
    ("POST", "/queue/{queue}/search"): READERS,
    ("POST", "/duty"): READERS,
    ("GET", "/events"): READERS,
    ("GET", "/tickets/{number}"): READERS,
    ("GET", "/tickets/{number}/events"): READERS,
    ("POST", "/tickets/{number}/claim"): READERS,
    ("POST", "/tickets/{number}/reply"): READERS,
    ("POST", "/tickets/{number}/typing"): READERS,
    ("POST", "/tickets/{number}/state"): READERS,
    ("POST", "/tickets/{number}/note"): READERS,
    ("POST", "/tickets/{number}/referral"): READERS,
    ("POST", "/tickets/{number}/assign"): READERS,
    ("POST", "/tickets/{number}/release"): READERS,
    ("POST", "/tickets/{number}/give-back"): READERS,
    ("POST", "/tickets/{number}/close"): READERS,
    ("POST", "/tickets/{number}/reopen"): READERS,
    ("POST", "/tickets/{number}/print"): READERS,
    ("POST", "/tickets/{number}/contact"): READERS,
    ("POST", "/tickets/{number}/erase"): SUPERVISORS,
    ("GET", "/not-understood"): READERS,
    ("POST", "/not-understood/proposals"): SUPERVISORS,
    ("GET", "/export"): SUPERVISORS,
    ("POST", "/export"): SUPERVISORS,
    ("GET", "/access"): AUDITORS,
    ("GET", "/accounts"): ADMINISTRATORS,
    ("POST", "/accounts"): ADMINISTRATORS,
    ("POST", "/accounts/{name}/role"): ADMINISTRATORS,
    ("POST", "/accounts/{name}/disable"): ADMINISTRATORS,
    ("POST", "/accounts/{name}/reset"): ADMINISTRATORS,
}


def allowed(method: str, route: str) -> frozenset[str]:
    """Return who may call this; nobody where the table has no entry."""
    return PERMISSIONS.get((method, route), frozenset())
