"""What the Telegram channel itself says, and its commands. What the bot says comes from Rasa."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the menu. `payload` goes to Rasa, `title` is kept as what the user said; without both the channel answers."""

    name: str
    description: str
    title: str = ""
    payload: str = ""


COMMANDS = (
    Command("start", "처음부터 안내받기"),
    Command("programs", "전체 지원사업 보기", "전체 사업 보기", "/list_programs"),
    Command("recommend", "우리 회사에 맞는 사업 찾기", "우리 회사에 맞는 사업 찾기", "/ask_recommendation"),
    Command("report", "기술유출 상담 접수", "기술유출 신고 접수", "/report_leak"),
    Command("status", "접수한 내용 진행 상황", "진행 상황 확인", "/ticket_status"),
    Command("human", "상담원 연결", "상담원 연결", "/talk_to_human"),
    Command("privacy", "개인정보 처리방침"),
    Command("cancel", "지금 하던 것 그만두기", "그만하기", "/cancel_or_stop"),
    Command("help", "사용 방법"),
)
BY_NAME = {command.name: command for command in COMMANDS}
GREETING = Command("start", "", "시작", "/greet")

DESCRIPTION = (
    "중소기업 기술보호 지원사업 14가지를 안내하고, 우리 회사에 맞는 사업을 찾아 드리고, 기술유출 상담을 접수해요. "
    "텔레그램 대화는 해외 서버를 거쳐요."
)
HELP = (
    "궁금한 점을 평소 말하듯 적어 주세요. 예: “기술임치 수수료가 얼마예요?”\n"
    "왼쪽 아래 메뉴에서 바로 고르실 수도 있어요.\n\n{commands}\n\n"
    "사진이나 파일, 음성은 받지 못해요. 급하면 {centre}로 전화해 주세요."
)
PRIVACY = (
    "텔레그램 대화는 해외에 있는 텔레그램 서버를 거쳐요. 개인정보는 기술유출 상담을 접수하실 때만, 먼저 동의를 받고 여쭤봐요.\n"
    "대화는 암호화해서 보관하고, 마지막 대화에서 {days}일이 지나면 지워요. 보여 달라거나 고치거나 지워 달라고 언제든 적어 주세요."
)
PRIVACY_PAGE = "\n개인정보 처리방침: {url}"
IN_TALK = "지금은 상담원과 이어져 있어요. 하실 말씀을 그대로 적어 주세요. 상담원이 확인하고 답해 드려요."
UNKNOWN_COMMAND = "그런 명령은 없어요. /help 를 누르면 쓸 수 있는 것을 보여 드려요."
NO_FILES = "사진, 파일, 음성, 스티커는 받지 못하고 저장하지도 않아요. 내용을 글로 적어 주세요. 증거 자료는 상담원이 안내하는 방법으로 보내 주세요."
OTHERS_CONTACT = "본인 연락처가 아니라서 받지 않았어요. ‘내 전화번호 보내기’를 누르시거나 번호를 적어 주세요."
CONTACT_NOT_ASKED = "지금은 전화번호를 여쭤보지 않았어요. 보내신 번호는 저장하지 않았어요."
EDITED = "이미 보낸 글을 고치셔도 저는 처음 글만 읽어요. 바뀐 내용은 새로 적어 주세요."
EMPTY = "읽을 수 있는 글자가 없어요. 다시 적어 주세요."
TOO_LONG = "한 번에 {longest}자까지 받아요. 나누어서 보내 주세요."
GROUP = "개인 상담이라 단체 대화방에서는 답하지 않아요. 저를 눌러 1:1 대화로 말씀해 주세요."
PATIENCE = "읽을 글이 많아서 지금은 조금 천천히 답해 드려요. 보내신 순서대로 모두 답해 드릴게요. 급하면 {centre}로 전화해 주세요."
TROUBLE = "처리하다가 문제가 생겼어요. 잠시 뒤에 다시 보내 주시거나 {centre}로 전화해 주세요."

EXPIRED = "만료된 버튼이에요. 가장 아래에 있는 버튼을 눌러 주세요."
CHOSEN_ALREADY = "이미 고르셨어요."
CHOSEN = "✔ {title}"

CHOOSE = "아래에서 골라 주세요."
NEXT_QUESTION = "네, 다음 질문이에요."
SHARE_CONTACT = "내 전화번호 보내기"
PHONE_PLACEHOLDER = "010-1234-5678"
TO_WEB = "누리집 상담창에서 이어가기"
STAFF = "상담원"
SOURCE = "출처: 안내 책자, {source}"
CALL = "☎ "
TICKET_NUMBER = "접수번호 {number}"
VERDICTS = {
    "eligible": "✅ {name}",
    "unknown": "❔ {name} (더 확인이 필요해요)",
    "ineligible": "✖ {name} (해당하지 않아요)",
}
REASONS = {
    True: "  · {condition}: 맞아요",
    False: "  · {condition}: 맞지 않아요",
    None: "  · {condition}: 확인이 필요해요",
}

TO_WEB_CODE = "누리집 상담창에 이 코드를 적어 주세요. 10분 동안 한 번만 쓸 수 있어요.\n{code}"
TO_WEB_LINK = "이 주소를 여시면 누리집 상담창에서 지금 단계부터 이어져요. 10분 동안 한 번만 열려요.\n{url}"
CAME_HERE = "누리집에서 하시던 상담을 텔레그램으로 옮겼어요. 텔레그램 대화는 해외 서버를 거쳐요. 바로 위 내용부터 이어서 말씀해 주세요."
WENT_TO_WEB = "텔레그램에서 하시던 상담을 누리집으로 옮겼어요. 바로 위 내용부터 이어서 말씀해 주세요."
MOVED_AWAY = "상담을 누리집으로 옮겼어요. 여기에 새로 적으시면 새 상담이 시작돼요."
WRONG_CODE = "코드가 맞지 않거나 시간이 지났어요. 누리집에서 새 코드를 받아 주세요."
TOO_MANY_CODES = "코드를 여러 번 잘못 넣으셨어요. 10분 뒤에 다시 해 주세요."
BUSY_HERE = "여기서 상담원과 하시는 대화가 아직 끝나지 않았어요. 끝난 뒤에 옮겨 주세요."
