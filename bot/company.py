"""What a company says about itself, read into facts. Pure: text in, facts out; nothing that was not said is filled in.

Spaces are left out before reading ("국가 핵심 기술은없어요" and "국가핵심기술은 없어요" are one), commas and full stops are kept: they end
what a word can deny.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.eligibility import UNKNOWN
from bot.knowledge import Knowledge, Word
from bot.korean import plain as normalised

DONT_KNOW = re.compile(
    r"모르|몰라|몰겠|몰르|모름|글쎄|헷갈|애매|긴가민가|ㅁㄹ|미확인|확실(하지|치|하진)않|확인(해|을해|이)?(봐야|필요|전)"
    r"|기억(이)?안|알수(가)?없|파악이안|판단이안|물어봐야|잘모|아는게없|알(지|진)못|감이안|답하기어려"
)
# First words of an answer. Whole words: "네이버" is no yes.
_YES_WORDS = re.compile(
    r"네+|예+|넵+|넹+|넴|옙|응+|엉|웅|어|어어|ㅇ+|ㅇㅋ|ㅇㅇ|yes|y|ok|오케이|콜|네네|예예|당연(하죠|하지|히)?|물론(이죠|입니다|이에요)?"
    r"|그럼요?|그래요?|그렇(습니다|죠|지|네요|긴해요|긴합니다)|그런(편이에요|편입니다|것같아요|거같아요)|맞(아|아요|습니다|네요|죠|음|다)"
)
_NO_WORDS = re.compile(
    r"아니+|아니(요|오|여|용|에요|예요|야|다|죠|라니까)|아뇨+|아뇽|아녀|아녜요|아냐|아닙니다|아닌데요?|아닌것같아요|ㄴ+|ㄴㄴ|노+|no|n|nope|전혀(요|아니에요|아닙니다)?|절대(요|로)?"
)
_SAYS_YES = re.compile(
    r"(^그런(편|것|거)|있(어|습|음|지|죠|네|는데|다|긴|고|구)|보유|맞아|맞습|해당(돼|됩|되|함|합|이|하)|받았|받아놨|가지고있|갖고있|이용중|이용하고|쓰고|씁니다|써요|했어|했습|합니다|해요|하고있"
    r"|가능|괜찮|상관없|문제없|낼수|부담할|감당|할수있|됩니다|돼요|됐어|됐습|되었|소속(이에|입니|이고|임)|계열사)"
)
_SAYS_NO = re.compile(
    r"(없(?!이쓰)|아니(에|예|고|라|야|요|ㅂ)|아닙|아님|아닌|안(해|했|받|돼|됩|되|됨|써|씁|쓰|갖|하|맡|가)|못(해|했|받|내|하|써)|않|미보유|미이용|해당없|어려|어렵|힘들|불가|곤란|부담스러|싫|만료|무료만)"
)
# "상관없다", "문제없다" and their like deny nothing.
_NO_THAT_IS_YES = re.compile(r"(상관|문제|이상|어려움|무리|걱정)(은|이|도)?없|(어렵|힘들|곤란하|부담스럽)지(는|도)?않")
QUESTION = re.compile(
    r"[?？]\s*$|(나요|까요|인가요|가요|는지요|는가요|습니까|입니까|됩니까|합니까|나여|까여|ㅂ니까|뭐예요|뭐에요|뭔가요|뭔데요?|뭐죠|무엇인가요|인데요\?|얼마예요|얼마에요|얼마죠"
    r"|어디예요|어디에요|어디죠|언제예요|언제죠|되나|있나|하나|인가|는가|일까|할까|을까|알려(줘|주세요|줄래|주실)|설명해(줘|주세요)|(어디(서|에|로|에서|다)?|언제|얼마|어떻게|누가|무엇|뭐|몇(번|시|일|명|개)(으로)?))[요.~!\s]*$"
)

# Said and taken back in one breath: "있는데 없어요", "없는데 있어요". What was there once is over: "있었는데 없어졌어요".
_TAKEN_BACK = re.compile(
    r"있(는데도?|지만|으나)(사실은?|실은|또)?(없|아니)|없(는데도?|지만|으나)(사실은?|실은|또)?(있|맞)"
)
# Something that was said before is to be said anew.
_AGAIN = re.compile(
    r"고치|고쳐|고칠|바꾸|바꿀|바꿔|수정|정정|틀렸|틀리게|실수로|다시(말|답|적|고르|고를|선택|입력|할게|할래|하고싶)"
    r"|잘못(말|적|답|눌|누르|골|고른|선택|썼|쓴|입력|알려드)"
)
_ANSWERED_BEFORE = re.compile(r"아까|방금|답|눌렀|눌러|골랐|선택|입력")
_FIELDS: dict[str, re.Pattern[str]] = {
    "company_size": re.compile(r"규모|(회사|기업)크기"),
    "industry": re.compile(r"업종|업태"),
    "business_status": re.compile(r"(영업|휴업|폐업|휴폐업)(여부|상태|중인지)|영업"),
    "certifications": re.compile(r"인증"),
    "leak_occurred": re.compile(r"유출"),
    "is_subcontractor": re.compile(r"하도급|하청|수급사업자"),
    "counterparty_in_cross_shareholding_group": re.compile(r"(분쟁)?상대"),
    "partner_of_large_company": re.compile(r"협력사|협력업체"),
    "holds_national_core_technology": re.compile(r"핵심기술"),
    "holds_industrial_technology": re.compile(r"산업기술"),
    "uses_escrow": re.compile(r"임치"),
    "accepts_self_payment": re.compile(r"부담|비용|예산"),
    "has_security_equipment": re.compile(r"장비"),
    "needs": re.compile(r"걱정|고민|도움|필요한(것|거|일)"),
}

# Whoever is spoken of just before: what follows is said of them, not of the speaker.
_OTHERS = re.compile(
    r"(상대|상대방|거래처|거래하는|원청|경쟁사|경쟁업체|고객사|발주처|발주사|저쪽|그쪽|그회사|원사업자|납품처|모회사|바이어|걔네|저회사)(기업|회사|업체|방|사|측|쪽)?"
    r"(들)?((이|가|은|는|도|에서|의|인|중에|이라|라|랑|과|와)?[^,.!?]{0,4}|(은|는)[^,.!?]{0,20})$"
)

_SIZE_WORDS: dict[str, re.Pattern[str]] = {
    "sme": re.compile(
        r"중소(?!벤처기업부|기업(청|기술|진흥|지원|기본법|협력|중앙회|벤처기업부|확인서))(기업)?|(?<!강)소기업|소상공인|영세(한)?(업체|기업|회사|한곳|한데|한|업자)?|스타트업|벤처(기업|회사|업체)|벤쳐(기업|회사)|개인사업자|1인기업|일인기업|1인회사"
        r"|(작은|쪼그만|쪼그마한|쪼끄만|조그만|조그마한|쬐깐한|소규모|아주작은)[가-힣]{0,6}?(공장|회사|업체|기업|가게|곳|데|연구소)"
    ),
    "mid_sized": re.compile(r"중견(?!기업법(?!무|인)|기업연합)(기업|업체|회사)?"),
    "large": re.compile(r"대기업"),
    "individual": re.compile(
        r"개인(?!정보|사업자|노트북|별|적|pc|이메일|메일|용|소비자|화|폰|휴대|기업|회사|업체)|일반인|일반시민|시민(?=이|입|인)|(대학생|대학원생|학생|고등학생)(?!들?(을|에게|한테|대상|들))|프리랜서|발명가|예비창업자?|창업준비"
        r"|(?<!발명)취업준비생|회사소속(은|이)아니"
    ),
    "institution": re.compile(
        r"공공기관|국책연구|출연연|출연기관|정부출연|산학협력단|(?<!유관)(?<!운영)(?<!지원)(?<!담당)기관(?=이|입|인|$|,|\.|으로)|연구기관|사단법인|재단법인|비영리|단체(?=이|입|인|$|,|\.)"
        r"|협회(?=이|입|인|사무국|$|,|\.|예)|대학(교)?(?!생|원생|교수)(?=이|입|인|에|$|,|\.|연구|산학|병원|부설|의)|지자체|공기업|학교(?=이|입|인|예|$|,|\.)"
    ),
}
# What makes of "대기업" the speaker's own size; "대기업이 도면을", "대기업에 납품" do not.
_SELF_AFTER = re.compile(
    r"^(들)?(이?입니다|입니다|이에요|예요|에요|이예요|이고|이며|인데|이라|이라서|이지만|이죠|이요|요|임|이야|이다|인지라|담당자|소속|으로|으로서|계열사(입|이|예|인)|[,.!?]|$)"
)
_NOT_THIS = re.compile(
    r"^(기업|업체|회사|업|사)?(까지|이나|이라고)?(은|는|이|가|도|을|를|에|에는|으로|에서)?(아니|아닙|아님|아닌|아녜|아녀|아냐|말고|빼고|안받|안했)|^(기업|업체|회사)?(이?라고(했|말했|한|말한|답했|적었)|으?로(골랐|눌렀|답했|잘못)|일때|였(을때|는데|다가|었)|이었(는데|다가))"
)

_ACTIVE = re.compile(
    r"정상영업|정상운영|정상가동|정상적으로(영업|운영|가동)|영업중|운영중|가동중|영업하고있|영업(은)?계속|운영하고있|운영하는|운영합니다|운영해요|계속영업|계속하고있"
)
# "펜션을 운영하는데" does not say that it is open today.
_OPEN_TODAY = re.compile(
    r"정상(적으로)?(영업|운영|가동)|(영업|가동)중(?!단|지)|영업하고있|영업(은|을)?계속|계속(영업|운영|가동)"
)
_NOW_OTHERWISE = re.compile(r"다가|였(는데|지만|고)|었(는데|지만|고)|끝나|끝내|마치|풀|지금은|현재는|이제|다시|재개")
_SUSPENDED = re.compile(
    r"휴업|휴폐업|쉬고있|쉬는중|쉬는상태|문을?닫아?(?!으)|가동(을)?중단|영업(을)?중단|운영(을)?중단|공장을?(잠깐)?세워|멈춘상태|휴·폐업|휴/폐업"
)
_CLOSED = re.compile(r"폐업|사업을?접|문닫은지|파산")

_EMPLOYEES = re.compile(
    r"(?:직원|종업원|인원|사원|임직원|근로자|식구)[^0-9,.]{0,8}?([0-9]{1,5})(?:여)?\s*(?:명|인|분)?|([0-9]{1,5})(?:여)?(?:명|인)(?:규모|정도|짜리|회사|업체|기업|미만|이에요|입니다|이고|인데|되는|제조|의)"
)

_DEVICES = r"(보안장비|보안기기|utm|ips|ids|방화벽|파이어월)"
_CORE = r"(국가핵심기술|국가핵심|국핵)"
_INDUSTRIAL = r"산업기술(?!보호|유출|진흥|확인제도|위원회|분쟁|평가)|첨단기술고시"
_HAS = r"[^,.!?]{0,10}?(보유|있(?!나|는지|을)|갖고|가지고|가진|지정(?!될)|고시|걸려|해당(됩|돼|함|하는|이)|입니다|예요|이에요|이고|인데|맞)"
_HAS_NOT = r"[^,.!?]{0,10}?(없|아니|아닙|아님|미보유|안갖|않|안받|못받|안했)"
_UNSURE_AFTER = r"[^,.!?]{0,12}?(모르|몰라|인지|일지도|일수도|될지|여부|궁금|확인(하고|받고|해|하려)|헷갈|글쎄|아닌지|는지|있나|되나|맞나)"

# Fact by fact: what says yes and what says no in a story. A fact said both ways is a contradiction.
_STORY: dict[str, tuple[str, str, str]] = {  # fact: (yes, no, unsure)
    "holds_national_core_technology": (_CORE + _HAS, _CORE + _HAS_NOT, _CORE + _UNSURE_AFTER),
    "holds_industrial_technology": (
        f"({_INDUSTRIAL}){_HAS}|산업기술로(확인|인정|지정)(받았|받은|됐|되었)",
        f"({_INDUSTRIAL}){_HAS_NOT}",
        f"({_INDUSTRIAL}){_UNSURE_AFTER}|산업기술확인(은|을|도)?(아직)?(안받|못받)",
    ),
    "is_subcontractor": (
        r"하도급(업체|을받|받|일|계약|맞|사|관계|거래|으로|납품)|하청(업체|만|을|일|받|이에|입니|이고|인데|으로|사|기업)|수급사업자(입|예|이|에해당|로|맞)|원청(?!이에요|입니다|은없)(사|업체|에서|이|한테|에|쪽|회사|대기업)|원사업자(가|에게|한테|로부터|의)",
        r"하도급[^,.!?]{0,6}(아니|아님|아닙|안해|안받|없)|하청(은|이|업체)?(도|가|는)?(아니|아님|아닙|안해|안받)|수급사업자(는|가)?(아니|아님|아닙)|원(청|사업자)(은|는|이|가)?(따로)?없|(저희|우리)(가|는)원청(이|입|이에|인)|하도급관계(는|가)?(아니|없)",
        r"(하도급|하청|수급사업자)" + _UNSURE_AFTER,
    ),
    "partner_of_large_company": (
        r"(대기업|재벌)[^,.!?]{0,6}(협력사|협력업체|벤더|하청|에납품|납품|거래|과거래|일을받|1차|2차|3차)|[123일이삼]차(협력|벤더|밴더|하청)|거래하는대기업|거래처(인|가|는)?대기업|대기업거래처|원청(이|은)?대기업|대기업원청|(?<!우리)(?<!저희)협력(사|업체)(입|예|이에|이고|인데|로|맞|쯤|$)|벤더(입|예|이고|인데|로)|대기업(두|세|네|한|여러|몇)?(곳|군데|개사)?에납품|대기업에[^,.!?]{0,8}(납품|공급)",
        r"대기업(이랑|과|하고|과는|이랑은|하고는|에)?[^,.!?]{0,3}(거래|납품)[^,.!?]{0,3}(안|없|하지않)|협력(사|업체)(는|가|도)?(아니|아님|아닙)|벤더(는|가)?(아니|아님)",
        r"협력(사|업체)인지|벤더인지",
    ),
    "counterparty_in_cross_shareholding_group": (
        r"(상대|저쪽|그쪽|거래처|분쟁상대)[^,.!?]{0,14}(상호출자제한|대기업집단|재벌|기업집단(?!아))(?![^,.!?]{0,8}(아니|아님|아닙|모르|인지|무관|관계|관련|상관))",
        r"(상대|저쪽|그쪽|거래처)[^,.!?]{0,14}((상호출자제한|대기업집단|재벌|기업집단)[^,.!?]{0,10}(아니|아님|아닙|무관|(관계|관련|상관)(가|이|도|은)?없)|작은(회사|업체|기업)|중소기업|소기업)",
        r"(상대|저쪽|그쪽|거래처)[^,.!?]{0,14}(상호출자제한|대기업집단|재벌|기업집단)[^,.!?]{0,8}(모르|인지|몰라)",
    ),
    "in_cross_shareholding_group": (
        r"(저희|우리|당사)[^,.!?]{0,6}(상호출자제한(기업)?집단|대기업집단|재벌)(?![^,.!?]{0,8}(아니|아님|아닙|모르|인지))",
        r"(?:^|[,.!?])(?![^,.!?]*(상대|저쪽|그쪽|거래처))[^,.!?]*상호출자제한(기업)?집단(은|에|이|에는|에속하지)?[^,.!?]{0,4}(아니|아님|아닙|않)",
        r"(?!)",
    ),
    "leak_occurred": (
        r"(빼돌렸|빼돌린|빼돌려|빼갔|빼간(?!다는)|빼내갔|빼내간|훔쳐갔|훔쳐간|훔쳤|가져갔|가져간(?!다)|들고나갔|들고나간|들고갔|들고튀|챙겨나갔|챙겨갔|복사해(갔|간|나갔|나간)|새어나갔|새나갔|샜|털렸|털린|넘어갔|넘어간(?!다)|빠져나갔|빠져나간|뺏겼|뺏긴|빼앗겼|빼앗긴|빼앗았|빼앗아갔|흘러갔|흘러나갔"
        r"|유출(이)?(됐|되었|됬|당했|당한(?!다면)|된것|된거|된상태|된걸|된사실|된듯|발생했|발생하였|시켰|시킨|을당했|피해를(입|당|봤)|사고가(났|발생|터졌))|해킹(을)?(당했|당한|됐|받았|되었)|감염(이)?(됐|되었|돼서|되어|됬|된)|걸렸|(도용|유용)(을)?(당|했|됐)|베꼈|베낀|베껴서|베껴갔|카피(했|한|해서|해갔)|표절(했|당)|탈취(를)?(당|했|해)|무단(으로)?(사용|반출|복제|도용|으로쓰)"
        r"|(다른|경쟁|제3|중국|해외|외국|외부|타)[가-힣]{0,8}?(에|한테|에게|로|으로)?(돈받고)?(넘기고있|팔고있|팔아넘|보내고있|넘겼|넘긴|넘겨줬|넘겨버|줬더|줘서|팔았|빼돌|유출했)|똑같은(제품|물건|걸|것)(을|이|를)?(내놨|내놓|나왔|나오|출시|만들어(팔|내|냈)|팔)|침해(를)?(당|했|하고있)|우리(도면|기술|자료)(으로|를가지고)[^,.!?]{0,10}(만들고|만들었|생산))"
        r"(?!(을때|을경우|을시|다면|으면|을까|을지|다고하|다는뉴스|다는기사|을수도))",
        r"(유출|해킹|피해|사고)(이|가|은|는|된|당한|를당한|을당한|사고가|사고는)?(적|일)?(은|는|이|가|도)?(아직|전혀)?(없|아니|아닙|아님|안됐|안되었|되지않)|아직(은)?(유출|일어나|벌어지|피해)[^,.!?]{0,6}(아니|않|없|안)|빼(간|돌린)(적|건|것)은?(없|아니)",
        r"(유출|빼(간|돌린)|가져간|넘어간)[^,.!?]{0,8}(인지|지|건지)(는|도)?(확실|모르|몰라|잘)",
    ),
    "uses_escrow": (
        r"임치(를|는|도|제도를|제도는|제도)?(는|도)?[^,.!?]{0,4}(이용(중|하고|하는)|쓰고|사용(중|하고)|해뒀|해놨|해두었|했|맡겼|맡겨|가입|들어|하고있|해놓)|임치중",
        r"임치(를|는|도|제도를|제도는|제도|같은건|같은거)?(는|도)?[^,.!?]{0,5}(안(해|했|쓰|맡|하)|미이용|않|없|아직|못했|이용안)|임치미이용",
        r"(?!)",
    ),
    "has_security_equipment": (
        _DEVICES
        + r"(은|는|이|가|을|를|도|만|한대|두대|하나|장비)*(있(?!나|는지|을)|보유|돌리|쓰고|사용하고|설치(돼|되어|했|해놨)|갖|깔려|들여놨|운영)",
        _DEVICES + r"(은|는|이|가|을|를|도|하나|조차|같은건|같은게|같은거|장비)*(없|미보유|안(쓰|갖|깔))|백신만",
        _DEVICES + r"(이|가)?[^,.!?]{0,6}(모르|있는지|인지)",
    ),
    "accepts_self_payment": (
        r"(자부담|기업부담|비용부담|자기부담|부담)(은|는|이|도|금은|금도|금|정도는|까지는|하는것까진|하는것까지는|하는건|하는것도)*(가능|괜찮|할수있|상관없|문제없|ok|감당|낼수)|돈은?(좀|조금|어느정도)?(낼수|쓸수|댈수)|(쓸)?(돈|예산)이?[^,.!?]{0,8}(만원|천만원|억)[^,.!?]{0,4}있|예산(은|이)?(있|충분|확보)|(반반|절반|일부|50%|25%)[^,.!?]{0,10}(부담|내는)[^,.!?]{0,10}(가능|괜찮|할수|낼수)",
        r"(자부담|기업부담|비용부담|자기부담|부담)(은|는|이|도|금은|금도|하기|하기는|할|있는건|있는거)*(어렵|어려|못|안되|안돼|힘들|불가|싫|곤란|빼고|스러|여력이없|없는|안하)|무료(만|로만|인것만|인거만|여야)|공짜만|(예산|돈)(은|이|도)?(한푼도|전혀|하나도|0원|영원|없)|돈안드는|돈(을|은)?못(내|쓰)",
        r"(?!)",
    ),
}
YES_OR_NO_FACTS = (*_STORY, "business_status")
_STORY_PATTERNS: dict[str, tuple[re.Pattern[str], ...]] = {
    fact: tuple(re.compile(part) for part in parts) for fact, parts in _STORY.items()
}

_TRADE_AFTER = re.compile(
    r"^(이?예요|이에요|입니다|인데|이고|이라서?|(을|를)?(운영|합니다|하는|하고|해요))|^[^,.!?]{0,3}?(?<!필요)(?<!걱정)(?<!관리)(합니다|해요|하고있)|^[^,.!?]{0,10}?((?<!대)(?<!중소)(?<!중견)기업|회사|업체|공장|제조|만드|만들|만듭|개발|생산|가공|제작|벤처|스타트업|메이커|연구소|본사|사무소|조립|업(?!무)|쪽(?=인|이|예|입|$|일)|하는(집|곳|데|회사|업체)|전문|깎는|사(?=입|예|인|이에|이고|$)|분야|프랜차이즈)"
)
# After a hotel: the speaker sells to hotels, or makes something for them.
_FOR_SUCH_TRADE = re.compile(
    r"^(들|업|업계|체인)?(에|과|와|이랑|랑|하고|한테|측|로부터|에게|고객|용|에서(쓰|사용)|기계|예약|앱|어플|플랫폼|솔루션|시스템|프로그램|가구|용품|비품|반주기|장비|소프트웨어|의자|기기|관리(앱|프로그램|시스템))(?!하는데|업)"
)

# Requests, questions and greetings: no trade, whatever words they are made of.
_NO_TRADE = re.compile(
    r"(줘|줘요|주세요|주십시오|줄래요?|할래요?|할게요?|고칠래요?|싶어요|싶습니다|부탁해요|부탁드려요)$|^안녕|어떻게|언제|얼마"
)
_ANYTHING = re.compile(r"^(그냥|우리)?(기술|회사)?(보호|보안|지원|기술보호지원|도움)(요|이요|입니다|이에요)?[.!]?$")
_NEED_NOT_MEANT = re.compile(
    r"^[^,.!?]{0,4}?(은|는|도|이|가)?(말고|빼고|빼주|빼줘|필요없|필요는없|필요하지않|됐고|됐어요|됐습니다|관심없|안해도|안받아도|제외"
    r"|아니(고|라|에요|예요)|아닙니다)"
)


@dataclass(frozen=True)
class Reading:
    """What a message says: facts by name, facts said both ways, and how the speaker calls the own trade.

    `denied`: values that are said not to hold ("대기업은 아니에요"), which is less than saying what does. `guessed`: the
    trade stands for words that are not known, and that may be something else.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    industry_name: str | None = None
    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)
    guessed: bool = False


def read(text: str, knowledge: Knowledge, asked: str | None = None) -> Reading:
    """Return what the message says of the company. `asked` is the fact that was just asked for: short answers belong to it."""
    plain = normalised(text).lower()
    solid = _solid(plain)
    facts: dict[str, Any] = {}
    conflicts: list[str] = []
    denied: dict[str, frozenset[str]] = {}

    def note(fact: str, found: set[Any], refused: Collection[str] = ()) -> None:
        if len(found) == 1:
            facts[fact] = next(iter(found))
        elif found:
            conflicts.append(fact)
        if not found.issuperset(refused):
            denied[fact] = frozenset(refused) - found

    note("company_size", *_sizes(solid, asked == "company_size"))
    note("business_status", _statuses(solid))
    for fact, patterns in _STORY_PATTERNS.items():
        note(fact, _outcomes(solid, *patterns))
    held, refused, none_held = _certifications(solid, knowledge)
    if held & refused:
        conflicts.append("certifications")
    elif held:
        facts["certifications"] = sorted(held)
    elif none_held or (asked == "certifications" and refused):
        facts["certifications"] = []
    if refused - held:
        denied["certifications"] = frozenset(refused - held)
    if "company_size" not in facts and "company_size" not in conflicts and (held - refused) & {"innobiz", "mainbiz"}:
        facts["company_size"] = "sme"  # 기술혁신형중소기업, 경영혁신형중소기업: it is in their names
    if facts.get("company_size") == "large":
        facts.pop("partner_of_large_company", None)  # "협력사와 함께 하려는 대기업": the partner is the other one
    needs, unwanted = _needs(solid, knowledge)
    if facts.get("holds_industrial_technology") is True and "confirm_industrial_technology" in needs:
        needs.remove("confirm_industrial_technology")  # it has been confirmed
    if needs:
        facts["needs"] = needs
    if unwanted:
        denied["needs"] = frozenset(unwanted)
    if (count := _employees(plain)) is not None:
        facts["employee_count"] = count
    trades, name, other_trades = _industry(plain, solid, knowledge)
    note("industry", trades, other_trades)
    if asked in YES_OR_NO_FACTS and asked not in facts and _contradicts_itself(plain):
        conflicts.append(asked)
    guessed = False
    if asked is not None and asked not in conflicts:
        told = bool(facts.keys() - {"needs"} or denied or conflicts)
        # "교육은 필요 없어요" says nothing of certificates.
        meant_otherwise = asked == "certifications" and bool(denied)
        answer = None if meant_otherwise else _answer(asked, plain, solid, facts, knowledge, told)
        if answer is not None:
            guessed = asked == "industry" and answer == "other" and not _is_trade(solid, knowledge)
            facts[asked] = answer
            if asked == "industry" and answer != UNKNOWN:
                name = name or _short(text)
    name = name if facts.get("industry") not in (None, UNKNOWN) else None
    return Reading(facts, tuple(conflicts), name, denied, guessed)


def to_say_again(text: str) -> str | None:
    """Return the fact that the speaker wants to answer anew ("규모를 잘못 말했어요"), "" for the answer before, or None."""
    solid = _solid(normalised(text).lower())
    if not _AGAIN.search(solid) or is_question(text):
        return None
    named = next((fact for fact, pattern in _FIELDS.items() if pattern.search(solid)), None)
    return named or ("" if _ANSWERED_BEFORE.search(solid) else None)


def is_question(text: str) -> bool:
    """Return whether the message asks something."""
    return bool(QUESTION.search(normalised(text)))


def yes_or_no(text: str, first_word_only: bool = False) -> bool | None:
    """Return what the message says to a question that asks for yes or no, or None."""
    plain = normalised(text).lower()
    words = re.split(r"[\s,.!~?;]+", plain)
    first = words[0] if words else ""
    solid = _solid(plain)
    rest = _NO_THAT_IS_YES.sub("", solid)
    if _NO_WORDS.fullmatch(first):
        return False
    if _YES_WORDS.fullmatch(first):
        return True
    if first_word_only:
        return None
    if _SAYS_NO.search(rest):
        return False
    if _SAYS_YES.search(solid) or rest != solid:
        return True
    return None


# --- single facts ------------------------------------------------------------------------------------------------------


def _sizes(solid: str, asked: bool) -> tuple[set[str], set[str]]:
    """Return the sizes that the speaker claims, and denies. "중견 아니고 중소" claims one, "중소기업인데 대기업이에요" two."""
    text = re.sub(
        r"대[·ㆍ.]?중소기업|중소[·ㆍ,.]?중견기업?|중소벤처기업부|중소기업청", lambda match: "□" * len(match[0]), solid
    )
    claimed, refused = set(), set()
    for size, pattern in _SIZE_WORDS.items():
        for match in pattern.finditer(text):
            before, after = text[: match.start()], text[match.end() :]
            if _OTHERS.search(before):
                continue
            if _NOT_THIS.match(after):
                refused.add(size)
            elif size != "large" or _SELF_AFTER.match(after) or (asked and len(text) < 8):
                claimed.add(size)
    if {"individual", "sme"} <= claimed and "개인사업자" in text:
        claimed.discard("individual")
    if "institution" in claimed and "individual" in claimed:
        claimed.discard("institution")  # "대학 다니는 학생", "기관에 소속되지 않은 개인"
    return claimed - refused, refused


def _statuses(solid: str) -> set[str]:
    found: dict[str, int] = {}
    denied = False
    for status, pattern in (("closed", _CLOSED), ("suspended", _SUSPENDED)):
        for match in pattern.finditer(solid):
            after = solid[match.end() :]
            if re.match(r"^[^,.!?]{0,6}?(아니|아닙|아님|안했|안해|않|없|한적)", after):
                denied = True
            elif not re.match(r"^(하면|되면|할|여부|인지|도(되|돼))", after):
                found[status] = match.start()
    if re.search(r"영업(을)?(안|하지않|못)(해|하|합|했|고|$)", solid):
        return {"suspended"}
    if found:
        status = "closed" if "closed" in found else "suspended"  # closed for good counts more than for a while
        today = _said(_OPEN_TODAY, solid)
        if today is None:
            return {status}
        # "휴업했다가 지금은 정상 영업": what comes last is so today. "휴업인데 정상 영업이에요" says both.
        first, last = sorted((found[status], today.start()))
        if not _NOW_OTHERWISE.search(solid[first:last]):
            return {status, "active"}
        return {"active"} if last == today.start() else {status}
    if denied or _said(_ACTIVE, solid):
        return {"active"}
    return {"suspended"} if _OPEN_TODAY.search(solid) else set()


def _said(pattern: re.Pattern[str], solid: str) -> re.Match[str] | None:
    """Return the first place that is not denied ("정상 영업 중은 아니에요")."""
    places = pattern.finditer(solid)
    return next((one for one in places if not re.match(r"^[^,.!?]{0,4}?(아니|아닙|않|못)", solid[one.end() :])), None)


def _outcomes(solid: str, yes: re.Pattern[str], no: re.Pattern[str], unsure: re.Pattern[str]) -> set[Any]:
    """Return what a story says of one fact: {True}, {False}, both, {UNKNOWN} where the speaker doubts it, or nothing."""
    if unsure.search(solid):
        return {UNKNOWN}
    denied = [match.span() for match in no.finditer(solid)]
    claimed = [match.span() for match in yes.finditer(solid)]
    if any(_TAKEN_BACK.search(solid[start : end + 6]) for start, end in (*denied, *claimed)):
        return {True, False}
    # "국가핵심기술은 없고 산업기술은 있어요": a yes that spans a no is not one.
    said = [span for span in claimed if not any(_overlap(span, other) for other in denied)]
    return ({True} if said else set()) | ({False} if denied else set())


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _certifications(solid: str, knowledge: Knowledge) -> tuple[set[str], set[str], bool]:
    """Return the certificates that the speaker holds, those that are denied, and whether all are."""
    held, refused = set(), set()
    named: list[tuple[int, int]] = []
    for word in knowledge.certifications.values():
        for start, end in _places(word, solid):
            after = solid[end:]
            named.append((start, end))
            if word.id == "venture" and re.match(r"^부", after):
                continue
            if re.match(r"^(인증)?(은|는|이|가|도)?(있(는데도?|지만|으나)(사실은?|실은)?없)", after):
                held.add(word.id)
                refused.add(word.id)
            elif re.match(
                r"^[^,.!?있]{0,9}?(없|아니|아닙|안받|못받|만료|준비|받으려|받고싶|신청중|떨어|미보유|모르|인지)"
                r"|^[^,.!?]{0,4}있었(는데|지만|다가)[^,.!?]{0,4}없",
                after,
            ):
                refused.add(word.id)
            elif not _OTHERS.search(solid[:start]):
                held.add(word.id)
    none = re.finditer(
        r"(?<![a-z])인증(은|이|을|도|받은|같은)*(하나도|아무것도|전혀|따로|아직)*(없|안받|못받|미보유)", solid
    )
    # "벤처인증은 없어요" denies that one.
    none_held = any(not any(start <= match.start() <= end for start, end in named) for match in none)
    return held, refused, none_held


def _needs(solid: str, knowledge: Knowledge) -> tuple[list[str], list[str]]:
    """Return the needs that the message names, in the order of company.yml, and those that it says are none."""
    found, unwanted = [], []
    for word in knowledge.needs.values():
        places = _places(word, solid)
        if any(not _NEED_NOT_MEANT.match(solid[end:]) for _, end in places):
            found.append(word.id)
        elif places:
            unwanted.append(word.id)
    # Who names the escrow beside the loan on it speaks of the condition; who knows one need is sure enough.
    spoken_for = {"escrow": ("escrow_loan", "technology_trade"), "unsure": tuple(found)}
    for need, others in spoken_for.items():
        if need in found and any(other in found for other in others if other != need):
            found.remove(need)
    return found, unwanted


def _employees(plain: str) -> int | None:
    match = _EMPLOYEES.search(plain)
    return int(match[1] or match[2]) if match else None


def _industry(plain: str, solid: str, knowledge: Knowledge) -> tuple[set[str], str | None, set[str]]:
    """Return the kinds of trade that the speaker claims, what they call the first, and the kinds that they deny."""
    claimed: list[tuple[str, str, tuple[int, int]]] = []
    refused: set[str] = set()
    for kind in ("lodging", "nightlife", "uncertain"):
        word = knowledge.industries.get(kind)
        for start, end in _places(word, solid) if word else ():
            after = solid[end:]
            if _NOT_THIS.match(after):
                refused.add(kind)
            elif not _OTHERS.search(solid[:start]) and (not _FOR_SUCH_TRADE.match(after) or after.startswith("업이")):
                claimed.append((kind, solid[start:end], (start, end)))
                break
        if claimed:
            break
    # "펜션 예약 앱" has one trade in it, "펜션인데 금형 제조예요" two.
    sure = bool(claimed) and _TRADE_AFTER.match(solid[claimed[0][2][1] :])
    if sure or not claimed:
        for kind in ("core_field", "other"):
            word = knowledge.industries.get(kind)
            for start, end in _places(word, solid) if word else ():
                if _NOT_THIS.match(solid[end:]):
                    refused.add(kind)
                    continue
                follows = _TRADE_AFTER.match(solid[end:])
                if follows and not _OTHERS.search(solid[:start]):
                    place = (start, end + follows.end())
                    claimed.append((kind, _phrase(plain, solid, *place), place))
                    break
            if len(claimed) > bool(sure):
                break
    return {kind for kind, _, _ in claimed}, claimed[0][1] if claimed else None, refused


def _phrase(plain: str, solid: str, start: int, end: int) -> str:
    """Return the words of the text that hold these characters of the text without spaces."""
    places = [index for index, character in enumerate(plain) if not character.isspace()]
    first, last = places[start], places[min(end, len(places)) - 1]
    while first > 0 and not plain[first - 1].isspace() and plain[first - 1] not in ",.!?":
        first -= 1
    return plain[first : last + 1].strip()


# --- the fact that was asked for ---------------------------------------------------------------------------------------


def _answer(asked: str, plain: str, solid: str, facts: Mapping[str, Any], knowledge: Knowledge, told: bool) -> Any:
    """Return the answer to the question that was asked, UNKNOWN for "I do not know", or None when it is none.

    `told`: the message says something else already, which its "없어요" may belong to.
    """
    if asked in facts and facts[asked] != UNKNOWN:
        return facts[asked]
    if DONT_KNOW.search(solid) or facts.get(asked) == UNKNOWN:
        return UNKNOWN
    if asked == "industry" and told and not _is_trade(solid, knowledge):
        return None
    if asked in _ANSWERS:
        return _ANSWERS[asked](plain, solid, knowledge)
    # "중견 아니고 중소예요" says no to something else.
    return None if is_question(plain) else yes_or_no(plain, first_word_only=told)


def _answer_yes_or_no(plain: str, solid: str, knowledge: Knowledge) -> Any:
    return None if is_question(plain) else yes_or_no(plain)


def _answer_status(plain: str, solid: str, knowledge: Knowledge) -> Any:
    # "없어요" answers another question than whether the business runs.
    answer = None if is_question(plain) else yes_or_no(plain, first_word_only=True)
    return None if answer is None else "active" if answer else "suspended"


def _answer_size(plain: str, solid: str, knowledge: Knowledge) -> Any:
    if re.search(r"^(소규모|작은|작아|작습|영세)", solid):
        return "sme"
    return (
        "institution"
        if re.search(r"연구소(입니다|예요|이에요|$)|연구원(입니다|$)|병원|조합|협회|기관|단체|재단", solid)
        else None
    )


def _answer_certifications(plain: str, solid: str, knowledge: Knowledge) -> Any:
    # "네" names none: which one is asked again. "네, 없어요" has none.
    denies = _answer_yes_or_no(plain, solid, knowledge) is False or _contradicts_itself(plain)
    return [] if denies else None


def _answer_industry(plain: str, solid: str, knowledge: Knowledge) -> Any:
    if is_question(plain) or yes_or_no(plain) is not None and len(solid) < 6:
        return None
    for kind in ("lodging", "nightlife", "uncertain", "core_field"):
        word = knowledge.industries.get(kind)
        places = _places(word, solid) if word else []
        if any(not _FOR_SUCH_TRADE.match(solid[end:]) and not _NOT_THIS.match(solid[end:]) for _, end in places):
            return kind
    if _is_trade(solid, knowledge):
        return "other"
    if _NO_TRADE.search(re.sub(r"[^가-힣a-z]+$", "", solid)) or _AGAIN.search(solid):
        return None
    letters = re.sub(r"[^가-힣a-z]", "", solid)
    return "other" if 2 <= len(letters) <= 30 and looks_like_words(letters) else None


def _is_trade(solid: str, knowledge: Knowledge) -> bool:
    """Return whether the message uses a word for a trade that is known, and does not deny it."""
    words = knowledge.industries.values()
    return any(not _NOT_THIS.match(solid[end:]) for word in words for _, end in _places(word, solid))


def _contradicts_itself(plain: str) -> bool:
    """Return whether a short answer says yes and no: "네 아니요", "네, 없어요", "있는데 없어요"."""
    first, _, rest = plain.strip().partition(" ")
    first, rest = first.strip(",.!~"), _solid(rest)
    if _TAKEN_BACK.search(_solid(plain)):
        return True
    if len(rest) > MOST_LETTERS or _NO_THAT_IS_YES.search(rest):
        return False
    if _YES_WORDS.fullmatch(first):
        return bool(_SAYS_NO.search(rest) or _NO_WORDS.fullmatch(rest))
    says_yes = _YES_WORDS.fullmatch(rest) or re.match(r"^(있|맞|보유|가능)", rest)
    return bool(_NO_WORDS.fullmatch(first) and says_yes and not _SAYS_NO.search(rest))


def looks_like_words(letters: str) -> bool:
    """Return whether the letters may be words: syllables, or Latin letters with vowels; not ㅁㄴㅇㄹ, asdf or 가가가가."""
    syllables = re.findall(r"[가-힣]", letters)
    if syllables:
        return len(set(syllables)) > 1 or len(syllables) == 1
    return len(letters) <= 12 and bool(re.search(r"[aeiou]", letters)) and not re.search(r"[^aeiouy]{3,}", letters)


MOST_LETTERS = 8  # of what follows "네" or "아니요" and belongs to it

_ANSWERS: dict[str, Callable[[str, str, Knowledge], Any]] = {
    "company_size": _answer_size,
    "business_status": _answer_status,
    "certifications": _answer_certifications,
    "industry": _answer_industry,
    # "기술보호요" names no need: who says no more than the matter of this bot has to be shown what there is.
    "needs": lambda plain, solid, knowledge: ["unsure"] if _ANYTHING.match(solid) else None,
}


# --- words of company.yml ----------------------------------------------------------------------------------------------


def _places(word: Word, solid: str) -> list[tuple[int, int]]:
    """Return where the text without spaces uses the word."""
    meant, not_meant = _patterns(word.words, word.unless)
    if meant is None:
        return []
    text = not_meant.sub(lambda match: "□" * len(match[0]), solid) if not_meant else solid
    return [match.span() for match in meant.finditer(text)]


@functools.lru_cache(maxsize=256)
def _patterns(words: tuple[str, ...], unless: tuple[str, ...]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    return _pattern(words), _pattern(unless)


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    parts = []
    for word in sorted(words, key=len, reverse=True):
        part = "[^,.!?]{0,12}?".join(re.escape(_solid(piece.lower())) for piece in word.split("*"))
        # A Latin word is not part of another: "it" is not in "security".
        parts.append(f"(?<![a-z]){part}(?![a-z])" if re.fullmatch(r"[ -~]+", word) else part)
    return re.compile("|".join(parts)) if parts else None


def _solid(plain: str) -> str:
    return "".join(plain.split())


def _short(text: str) -> str:
    """Return an answer as it is shown again: without what is polite."""
    name = re.sub(r"\s*(이에요|예요|입니다|이요|인데요?|합니다|해요|요)[.!~\s]*$", "", " ".join(text.split()))
    return (name or text.strip())[:30]
