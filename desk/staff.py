"""Staff accounts at the command line: `python -m desk.staff create …`, `list`, `disable`, `role`, `reset`, `check-log`."""

import argparse
import sys

from bot.conversations.database import make_engine
from bot.conversations.encryption import load_keyring, use_keyring
from bot.errors import UltariError
from bot.migrations import upgrade
from bot.settings import get_settings
from desk.access_log import AccessLog
from desk.accounts import SETUP_LIFETIME, Accounts, plain_name
from desk.factors import FirstFactor
from desk.model import ROLES
from desk.words import ROLE_WORDS

SETUP_WORDS = """계정 설정에 필요한 정보예요. 본인에게만 전해 주세요.

  주소        /desk/setup
  아이디      {name}
  설정 코드   {code}    ({hours}시간 안에 한 번만 쓸 수 있어요)

본인이 비밀번호를 정하고 인증 앱에 QR 코드를 등록하면 설정이 끝나요."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        return _run(given)
    except UltariError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m desk.staff", description="상담 데스크 계정을 관리해요.")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="계정을 만들고 한 번 쓰는 설정 코드를 보여 줘요")
    create.add_argument("name", help="로그인 아이디 (영문 소문자로 시작)")
    create.add_argument("--display-name", required=True, help="이용자와 동료에게 보이는 이름")
    create.add_argument("--role", required=True, choices=ROLES)
    commands.add_parser("list", help="계정 목록")
    disable = commands.add_parser("disable", help="계정을 끝내요. 열린 화면도 바로 닫혀요")
    disable.add_argument("name")
    role = commands.add_parser("role", help="역할을 바꿔요. 다시 로그인해야 해요")
    role.add_argument("name")
    role.add_argument("role", choices=ROLES)
    reset = commands.add_parser("reset", help="비밀번호와 인증 앱을 지우고 새 설정 코드를 보여 줘요")
    reset.add_argument("name")
    commands.add_parser("check-log", help="열람 기록이 바뀌지 않았는지 확인해요")
    return parser


def _run(given: argparse.Namespace) -> int:
    settings = get_settings()
    use_keyring(load_keyring(settings))
    engine = make_engine(settings)
    try:
        upgrade(engine)
        log = AccessLog(engine)
        log.prepare()
        accounts = Accounts(engine, FirstFactor())
        if given.command == "check-log":
            return _check(log)
        if given.command == "list":
            _print_accounts(accounts)
            return 0
        _change(given, accounts)
        log.note(None, "command line", f"account_{given.command}", plain_name(given.name))
        return 0
    finally:
        engine.dispose()


def _change(given: argparse.Namespace, accounts: Accounts) -> None:
    if given.command == "create":
        print_setup(given.name, accounts.create(given.name, given.display_name, given.role))
    elif given.command == "reset":
        print_setup(given.name, accounts.reset(given.name))
    elif given.command == "disable":
        accounts.disable(given.name)
        print(f"{given.name} 계정을 끝냈어요.")
    elif given.command == "role":
        accounts.change_role(given.name, given.role)
        print(f"{given.name} 계정의 역할은 이제 {ROLE_WORDS[given.role]}예요.")


def print_setup(name: str, code: str) -> None:
    print(SETUP_WORDS.format(name=plain_name(name), code=code, hours=int(SETUP_LIFETIME.total_seconds() // 3600)))


def _print_accounts(accounts: Accounts) -> None:
    for person in accounts.everybody():
        state = "끝난 계정" if person.disabled_at else "사용 중" if person.set_up else "설정 전"
        print(f"{person.name:<20} {ROLE_WORDS[person.role]:<6} {state:<6} {person.display_name}")


def _check(log: AccessLog) -> int:
    problems = log.check()
    print("\n".join(problems) if problems else f"열람 기록이 온전해요. {log.summary()}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
