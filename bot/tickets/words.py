"""What the system says in a user's chat when nobody is at the desk to say it."""

SILENT_OWNER = (
    "담당 상담원과 연결이 끊어져 다시 대기 순서로 돌아왔어요. 지금까지 하신 말씀은 다음 상담원이 그대로 볼 수 있어요."
)
OTHER_OWNER = "접수번호 {number}은 다른 상담원이 이어서 맡을게요. 지금까지 하신 말씀은 그대로 볼 수 있어요. 기다리게 해 드려 죄송해요."
WITH_BOT = "지금은 저와 이야기하고 계세요. 궁금한 점을 적어 주세요."
LEFT = "상담원을 기다리지 않고 봇과 이야기할게요. 상담 요청은 접수번호 {number}로 남아 있어요. 이제 봇이 도와드려요."
CLOSED_NOW = "오늘 상담 시간이 끝나서 지금은 연결해 드리지 못했어요. 상담 요청은 접수번호 {number}로 남아 있고, {opening}부터 순서대로 답변드려요. 이제 봇이 도와드려요."
NOBODY_NOW = "지금은 자리에 있는 상담원이 없어 연결해 드리지 못했어요. 상담 요청은 접수번호 {number}로 남아 있어요. 전화를 원하시면 '전화로 연락 주세요'라고 적어 주세요. 이제 봇이 도와드려요."
JOINED = "{name} 상담원이 대화에 들어왔어요."
MOMENT = "{month}월 {day}일({weekday}) {hour}시"
