"""Words of the desk that stand in more than one template, and what the system says to users when staff act."""

from bot.tickets import workflow
from desk.model import ADMINISTRATOR, COUNSELLOR, SUPERVISOR

ROLE_WORDS = {COUNSELLOR: "상담원", SUPERVISOR: "책임자", ADMINISTRATOR: "관리자"}

QUEUE_WORDS = {"waiting": "대기", "mine": "내 상담", "all": "전체", "closed": "종료"}
KIND_WORDS = {workflow.LEAK: "유출 피해", workflow.CONSULTATION: "상담", workflow.CALL_BACK: "전화 요청"}
STATE_WORDS = {
    workflow.NEW: "대기",
    workflow.CLAIMED: "맡음",
    workflow.IN_PROGRESS: "진행 중",
    workflow.WAITING_USER: "이용자 답 대기",
    workflow.CLOSED: "종료",
}
RESULT_WORDS = {
    "answered": "답변 완료",
    "referred": "기관에 연계",
    "called_back": "전화 상담 완료",
    "withdrawn": "이용자가 취소",
    "unreachable": "연락이 안 됨",
    "duplicate": "중복 접수",
    "not_for_us": "우리 소관이 아님",
}
REFERRAL_WORDS = {"to_do": "연락 전", "called": "연락함", "taken_over": "기관이 맡음"}
CHANNEL_WORDS = {"web": "웹 채팅", "telegram": "텔레그램"}
WISH_WORDS = {"wait": "채팅으로 답을 기다림", "call_back": "전화를 원함"}
FIELD_WORDS = {
    "incident_summary": "무슨 일",
    "incident_date": "언제",
    "leaked_technology": "어떤 기술",
    "suspect": "누가",
    "evidence": "증거",
    "concerns_subcontract": "원청·하도급 관련",
    "concerns_core_technology": "국가핵심·산업기술",
    "question": "질문",
    "topic": "궁금한 점",
    "company_size": "기업 규모",
    "industry": "업종",
    "name": "이름",
    "phone": "전화",
    "email": "이메일",
    "company": "회사",
}
HOW_WORDS = {"unknown": "모른다고 함", "none": "없다고 함", "skipped": "답하지 않음"}
VALUE_WORDS = {
    "yes": "예",
    "no": "아니요",
    "dont_know": "모른다고 함",
    "none": "없다고 함",
    "True": "예",
    "False": "아니요",
}
WHY_WORDS = {
    "always": "모든 유출 피해",
    "subcontract": "원청이 기술자료를 요구하거나 유용",
    "core_technology": "국가핵심기술·산업기술",
}
CHANGE_WORDS = {
    "create": "접수됨",
    "claim": "맡음",
    "start": "진행 시작",
    "ask_user": "이용자 답 기다림",
    "user_answered": "이용자가 답함",
    "assign": "동료에게 넘김",
    "release": "대기로 되돌림",
    "close": "종료",
    "withdraw": "이용자가 취소",
    "reopen": "다시 엶",
    "reply": "답장",
    "give_back": "상담봇에 돌려줌",
    "leave_chat": "이용자가 상담봇으로 돌아감",
    "wait_in_chat": "이용자가 채팅에서 기다림",
    "ask_call_back": "이용자가 전화를 부탁함",
    "wish": "이용자가 답을 받을 방법을 고름",
    "note": "메모",
    "refer": "연락 기관 표시",
    "correct": "개인정보를 고침",
    "delivery_stopped": "텔레그램에서 봇을 차단해 메시지가 가지 않음",
    "delivery_failed": "텔레그램이 메시지를 받지 않음",
    "delivery_resumed": "텔레그램으로 다시 보낼 수 있음",
}
ACCESS_WORDS = {
    "sign_in": "로그인",
    "sign_in_failed": "로그인 실패",
    "sign_out": "로그아웃",
    "set_up": "계정 설정",
    "password": "비밀번호 변경",
    "list": "목록 조회",
    "search": "검색",
    "view": "상담 열람",
    "follow": "상담 이어 보기",
    "export": "내보내기",
    "print": "인쇄",
    "correct": "개인정보 정정",
    "erase": "개인정보 삭제",
    "account_create": "계정 만듦",
    "account_disable": "계정 끝냄",
    "account_reset": "계정 재설정",
    "account_role": "역할 변경",
    "retention": "오래된 기록 삭제",
}

# What a page says after something was done, by the key in its address.
DONE = {
    "claimed": "상담을 맡았어요.",
    "noted": "메모를 남겼어요.",
    "referred": "연락 기관을 표시했어요.",
    "sent": "보냈어요.",
    "assigned": "동료에게 넘겼어요.",
    "released": "대기로 되돌렸어요.",
    "given_back": "상담봇에 돌려줬어요.",
    "state": "상태를 바꿨어요.",
    "closed": "상담을 종료했어요.",
    "reopened": "상담을 다시 열었어요.",
    "corrected": "개인정보를 고쳤어요.",
    "erased": "접수한 내용과 대화를 모두 지웠어요.",
    "password": "비밀번호를 바꿨어요. 다른 기기에서는 로그아웃됐어요.",
    "signed_out": "로그아웃했어요.",
    "ended": "오래 쓰지 않았거나 계정이 바뀌어 로그아웃됐어요. 다시 로그인해 주세요.",
    "role": "역할을 바꿨어요.",
    "disabled": "계정을 끝냈어요.",
}

# What the user reads in the chat.
SAID_CLAIM = "{name} 상담원이 연결됐어요. 여기에 바로 말씀해 주세요."
SAID_ASSIGN = "{name} 상담원이 이어서 도와드려요."
SAID_RELEASE = "담당 상담원이 바뀌어요. 잠시만 기다려 주세요. 지금까지 하신 말씀은 다음 상담원이 그대로 볼 수 있어요."
SAID_GIVE_BACK = "상담원과의 대화를 마치고 상담봇이 이어서 도와드려요. 접수번호 {number}로 다시 문의하실 수 있어요."
SAID_ERASED = "요청하신 대로 접수한 내용과 대화 내용을 모두 지웠어요. 이제 상담봇이 도와드려요."
SAID_CLOSE = "상담을 마쳤어요. 접수번호는 {number}예요. 더 궁금한 점은 상담봇에 편하게 물어봐 주세요."
