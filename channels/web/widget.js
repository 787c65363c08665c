// The chat widget: one custom element, no framework, no build step.
//
//   <script src="https://…/widget.js" defer></script>          adds <ultari-chat> to the page by itself
//   <ultari-chat open></ultari-chat>                            or place it yourself; `open` shows it at once
//   <ultari-chat storage="session"></ultari-chat>               forget the talk with the tab (shared computers)
//
// Everything that people or the bot wrote is shown as text (textContent), never as markup.
(() => {
  "use strict";
  if (customElements.get("ultari-chat")) return;

  const BASE = new URL(".", document.currentScript ? document.currentScript.src : location.href);
  const KEY = "ultari-chat";
  const LONGEST = 2000;
  const STAFF_TYPING_MS = 5000;
  const QUIET_MS = 45000; // the server says something every 15 s; after this long the line is dead
  const NAME = "기술보호 상담봇";
  const STARTERS = ["어떤 지원사업이 있나요?", "우리 회사에 맞는 사업을 찾아 주세요", "기술이 유출된 것 같아요", "상담원과 이야기하고 싶어요"];
  const VERDICTS = { eligible: "신청할 수 있어요", unknown: "더 확인이 필요해요", ineligible: "대상이 아니에요" };
  const STATUS_LINES = {
    waiting: ({ waiting }) => `상담원을 기다리고 있어요. ${waiting ? `지금 ${waiting.place}번째예요. ` : ""}창을 닫아도 대화는 남아 있어요.`,
    human: ({ who }) => `${who ? `${who} 상담원` : "상담원"}과 대화하고 있어요.`,
    closed: () => "끝난 대화예요. 더 궁금하시면 새 대화를 시작해 주세요.",
  };
  const SENDERS = { bot: "상담봇", staff: "상담원", user: "나", system: "안내" };
  const INPUTS = {
    text: { label: "메시지 입력", placeholder: "궁금한 점을 적어 주세요" },
    tel: { label: "전화번호 입력", placeholder: "예: 010-0000-0000", type: "tel", autocomplete: "tel" },
    email: { label: "이메일 입력", placeholder: "예: name@company.co.kr", type: "email", autocomplete: "email" },
    date: { label: "날짜 입력", placeholder: "예: 3월 14일, 지난주 금요일" },
    choice: { label: "메시지 입력", placeholder: "위에서 고르거나 적어 주세요" },
  };
  const LINKS = /(?<![\d-])(?:0\d{1,2}[-.]\d{3,4}[-.]\d{4}|1[568]\d{2}-\d{4})(?!\d|-\d)|(?<=^(?:· )?문의: .* )1\d\d$|(?:https?:\/\/|www\.)[^\s<>"'()「」]+[^\s<>"'()「」.,!?·:;~]/gm;
  const SHORT_PHONE = /^1\d\d$/; // three digits say "phone" only where a contact stands
  const HANGUL_END = /[\uac00-\ud7a3\u3131-\u318e]$/;

  // Values of KRDS 1.1.0 (npm krds-uiux, resources/css/token/krds_tokens.css), light mode, with the names they have there.
  const STYLE = `
    :host {
      --primary-5: #ecf2fe; --primary-10: #d8e5fd; --primary-50: #256ef4; --primary-60: #0b50d0; --primary-70: #083891;
      --gray-0: #ffffff; --gray-5: #f4f5f6; --gray-10: #e6e8ea; --gray-20: #cdd1d5; --gray-50: #6d7882; --gray-60: #58616a;
      --gray-70: #464c53; --gray-90: #1e2124; --danger-5: #fdefec; --danger-60: #bd2c0f; --success-5: #eaf6ec; --success-60: #267337;
      --warning-5: #fff3db; --warning-60: #8a5c00; --information-5: #e7f4fe; --information-70: #085691;
      --radius: 8px; --radius-large: 12px;
      all: initial; position: fixed; right: 24px; bottom: 24px; z-index: 2147483000; color: var(--gray-90);
      font-family: "Pretendard GOV", Pretendard, "Noto Sans KR", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif;
      font-size: 16px; line-height: 1.5; letter-spacing: 0; word-break: keep-all; overflow-wrap: anywhere; text-size-adjust: 100%;
    }
    *, *::before, *::after { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
    button { cursor: pointer; }
    ol, ul, p, h2, h3, dl, dd { margin: 0; padding: 0; list-style: none; }
    :focus-visible { outline: 3px solid var(--primary-50); outline-offset: 2px; box-shadow: 0 0 0 2px var(--gray-0); }
    .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    svg { display: block; flex: none; }

    .launcher { display: flex; align-items: center; gap: 8px; min-height: 56px; padding: 0 22px 0 18px; border: 0; border-radius: 28px;
      background: var(--primary-50); color: var(--gray-0); font-size: 17px; font-weight: 700; box-shadow: 0 4px 16px rgb(0 0 0 / .24); }
    .launcher:hover { background: var(--primary-60); }
    .badge { min-width: 22px; padding: 0 6px; border-radius: 11px; background: var(--gray-0); color: var(--primary-60); font-size: 14px; line-height: 22px; text-align: center; }

    .panel { display: flex; flex-direction: column; width: min(420px, calc(100vw - 32px)); height: min(700px, calc(100vh - 48px)); overflow: hidden;
      border: 1px solid var(--gray-20); border-radius: var(--radius-large); background: var(--gray-0); box-shadow: 0 8px 32px rgb(0 0 0 / .22); }
    header { display: flex; align-items: center; gap: 4px; padding: 10px 8px 10px 16px; border-bottom: 1px solid var(--gray-20); }
    header h2 { flex: 1; font-size: 19px; font-weight: 700; line-height: 1.4; }
    .tool { display: inline-flex; align-items: center; justify-content: center; gap: 4px; min-width: 44px; min-height: 44px; padding: 0 10px; border: 0;
      border-radius: var(--radius); background: none; color: var(--gray-70); font-size: 15px; }
    .tool:hover { background: var(--gray-5); }
    .line { padding: 8px 16px; border-bottom: 1px solid var(--gray-10); background: var(--information-5); color: var(--information-70); font-size: 15px; }
    .line.trouble { background: var(--warning-5); color: #614100; }
    .progress { display: flex; align-items: center; gap: 12px; padding: 8px 16px; border-bottom: 1px solid var(--gray-10); color: var(--gray-70); font-size: 14px; white-space: nowrap; }
    progress { flex: 1; height: 6px; border: 0; border-radius: 3px; background: var(--gray-10); appearance: none; overflow: hidden; }
    progress::-webkit-progress-bar { background: var(--gray-10); }
    progress::-webkit-progress-value { background: var(--primary-50); }
    progress::-moz-progress-bar { background: var(--primary-50); }

    .scroll { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; background: var(--gray-5); }
    .scroll:focus-visible { outline-offset: -3px; }
    .welcome { padding: 16px; border: 1px solid var(--gray-20); border-radius: var(--radius-large); background: var(--gray-0); }
    .welcome h3 { margin-bottom: 4px; font-size: 17px; font-weight: 700; }
    .welcome p { color: var(--gray-70); font-size: 15px; }
    .welcome .buttons { margin-top: 12px; }

    .log > li { display: flex; flex-direction: column; align-items: flex-start; margin-top: 16px; }
    .log > li.user { align-items: flex-end; }
    .log > li.same { margin-top: 8px; }
    .who { margin-bottom: 4px; color: var(--gray-60); font-size: 14px; }
    .same > .who { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .bubble { max-width: 88%; padding: 10px 14px; border: 1px solid var(--gray-20); border-radius: 4px var(--radius-large) var(--radius-large) var(--radius-large);
      background: var(--gray-0); white-space: pre-wrap; }
    .user > .bubble { border-color: var(--primary-60); border-radius: var(--radius-large) 4px var(--radius-large) var(--radius-large); background: var(--primary-60); color: var(--gray-0); }
    .user > .bubble a { color: inherit; }
    .staff > .bubble { border-color: var(--success-60); background: var(--success-5); }
    .system { align-items: center !important; }
    .system > .bubble { max-width: 100%; border: 0; background: none; color: var(--gray-60); font-size: 14px; text-align: center; padding: 0 8px; }
    .note { margin-top: 4px; color: var(--gray-60); font-size: 14px; }
    .note.bad { color: var(--danger-60); }
    .note button { padding: 4px 8px; border: 0; background: none; color: var(--primary-60); text-decoration: underline; }
    a { color: var(--primary-60); text-underline-offset: 2px; }
    .bubble a { white-space: nowrap; }

    .buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
    .choice { min-height: 44px; padding: 8px 16px; border: 1px solid var(--primary-50); border-radius: 22px; background: var(--gray-0); color: var(--primary-60); font-size: 15px; text-align: left; }
    .choice:hover { background: var(--primary-5); }
    .choice:active { background: var(--primary-10); }
    .sources { max-width: 88%; margin-top: 6px; color: var(--gray-60); font-size: 13px; }

    .card { width: 100%; margin-top: 8px; padding: 14px 16px; border: 1px solid var(--gray-20); border-radius: var(--radius-large); background: var(--gray-0); }
    .card h3 { font-size: 17px; font-weight: 700; line-height: 1.4; }
    .verdict { display: inline-block; margin-bottom: 6px; padding: 1px 10px; border-radius: 4px; font-size: 14px; font-weight: 700; }
    .eligible { background: var(--success-5); color: var(--success-60); }
    .unknown { background: var(--warning-5); color: #614100; }
    .ineligible { background: var(--gray-10); color: var(--gray-70); }
    .reasons { margin-top: 8px; font-size: 15px; }
    .reasons li { display: flex; gap: 8px; margin-top: 4px; }
    .mark { flex: none; width: 20px; font-weight: 700; text-align: center; }
    .met { color: var(--success-60); } .unmet { color: var(--danger-60); } .open { color: var(--warning-60); }
    .contacts li { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 8px 0; border-top: 1px solid var(--gray-10); }
    .contacts li:first-child { border-top: 0; }
    .call { display: inline-flex; align-items: center; gap: 6px; min-height: 44px; padding: 0 14px; border: 1px solid var(--primary-50); border-radius: var(--radius);
      background: var(--primary-5); color: var(--primary-60); font-weight: 700; text-decoration: none; white-space: nowrap; }
    .call:hover { background: var(--primary-10); }
    .receipt { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 8px 0; }
    .receipt dt { color: var(--gray-60); }
    .receipt dd { font-size: 18px; font-weight: 700; user-select: all; }

    .typing { display: inline-flex; gap: 5px; margin-top: 16px; padding: 14px 16px; border: 1px solid var(--gray-20); border-radius: 4px var(--radius-large) var(--radius-large); background: var(--gray-0); }
    .typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--gray-50); animation: beat 1.2s infinite; }
    .typing i:nth-child(2) { animation-delay: .2s; } .typing i:nth-child(3) { animation-delay: .4s; }
    @keyframes beat { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }

    .composer { padding: 12px 12px 4px 16px; border-top: 1px solid var(--gray-20); }
    .composer .buttons { margin: 0 0 10px; max-height: 30vh; overflow-y: auto; padding: 3px; }
    .row { display: flex; align-items: flex-end; gap: 8px; }
    .field { flex: 1; min-width: 0; min-height: 48px; max-height: 132px; padding: 11px 14px; border: 1px solid var(--gray-60); border-radius: var(--radius); background: var(--gray-0); line-height: 1.5; resize: none; }
    .field::placeholder { color: var(--gray-60); opacity: 1; }
    .field:focus-visible { outline-offset: 0; box-shadow: none; }
    .date { display: flex; align-items: center; gap: 8px; margin-bottom: 8px; color: var(--gray-70); font-size: 14px; }
    .date input { min-height: 44px; padding: 0 10px; border: 1px solid var(--gray-60); border-radius: var(--radius); background: var(--gray-0); }
    .send { display: inline-flex; align-items: center; justify-content: center; width: 48px; height: 48px; border: 0; border-radius: var(--radius); background: var(--primary-50); color: var(--gray-0); }
    .send:hover { background: var(--primary-60); }
    .hint:not(:empty) { margin-top: 4px; color: var(--danger-60); font-size: 14px; }
    footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 12px; padding: 0 16px 10px; color: var(--gray-60); font-size: 13px; }
    footer a { display: inline-block; padding: 4px 0; color: var(--gray-70); }
    .ask { padding: 16px; border-top: 1px solid var(--gray-20); background: var(--gray-0); }
    .ask .buttons { margin-top: 12px; justify-content: flex-end; }
    .solid { min-height: 44px; padding: 8px 20px; border: 1px solid var(--primary-50); border-radius: var(--radius); background: var(--primary-50); color: var(--gray-0); font-weight: 700; }
    .solid:hover { background: var(--primary-60); }
    .plain { min-height: 44px; padding: 8px 20px; border: 1px solid var(--gray-60); border-radius: var(--radius); background: var(--gray-0); }
    .plain:hover { background: var(--gray-5); }

    @media (max-width: 480px), (max-height: 480px) {
      :host { right: 16px; bottom: 16px; }
      :host([open]) { inset: 0; }
      .panel { width: 100%; height: 100%; border: 0; border-radius: 0; box-shadow: none; padding-bottom: env(safe-area-inset-bottom); }
    }
    @media (prefers-reduced-motion: reduce) { * { animation: none !important; scroll-behavior: auto !important; } }
    @media (forced-colors: active) { .bubble, .card, .choice, .call, .field, .send { border: 1px solid; } }
    @media print { .launcher, .composer, header button { display: none; } }
  `;

  const ICONS = {
    chat: ["M4 5h16v11H9.5L5 20v-4H4z", "M8 9h8M8 12h5"],
    close: ["M6 6l12 12M18 6L6 18"],
    send: ["M4 12l16-8-5 16-3.2-6.2z", "M11.8 13.8L20 4"],
    fresh: ["M19 12a7 7 0 1 1-2-4.9", "M19 4v4h-4"],
    phone: ["M6 4h3l1.5 4-2 1.5a11 11 0 0 0 6 6l1.5-2 4 1.5v3a1.5 1.5 0 0 1-1.6 1.5A16 16 0 0 1 4.5 5.6 1.5 1.5 0 0 1 6 4z"],
  };

  /** Return a new element with properties (or attributes, for names with a dash and role) and children. */
  function el(tag, properties = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
      else node[name] = value;
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  function icon(name, size = 22) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor",
      "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) svg.setAttribute(key, value);
    for (const d of ICONS[name]) {
      const path = document.createElementNS(svg.namespaceURI, "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  }

  /** Return text as nodes, with phone numbers and web addresses as links; `phones` are those of contacts shown with the text. */
  function linked(text, phones = []) {
    const short = phones.filter((phone) => SHORT_PHONE.test(phone));
    const links = short.length ? new RegExp(`${LINKS.source}|(?<=\\s)(?:${short.join("|")})(?=[:\\s]|$)`, LINKS.flags) : LINKS;
    const nodes = [];
    let from = 0;
    for (const match of text.matchAll(links)) {
      nodes.push(text.slice(from, match.index));
      const [whole] = match;
      if (/^\d/.test(whole)) nodes.push(el("a", { href: `tel:${whole.replace(/[^\d]/g, "")}`, textContent: whole }));
      else nodes.push(el("a", { href: whole.startsWith("www.") ? `http://${whole}` : whole, target: "_blank", rel: "noopener noreferrer", textContent: whole }));
      from = match.index + whole.length;
    }
    nodes.push(text.slice(from));
    return nodes.filter((node) => node !== "");
  }

  const MOVE_CODE = /^[A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}$/i; // from Telegram, see channels/telegram/moves.py
  const length = (text) => [...text].length;
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** What the API answered instead of what was asked for. */
  class Refused extends Error {
    constructor(status, error, retryAfter) {
      super(error.code);
      Object.assign(this, { status, code: error.code, text: error.message, retryAfter });
    }
  }

  class UltariChat extends HTMLElement {
    static observedAttributes = ["open"];

    connectedCallback() {
      addEventListener("online", this.onOnline = () => { this.wake(); });
      addEventListener("storage", this.onStorage = (event) => { if (event.key === KEY) this.onOtherTab(); });
      if (this.shadowRoot) { // it was only moved on the page: the talk goes on
        this.resume();
        return;
      }
      this.seen = new Map(); // seq → list item
      this.pending = new Map(); // client id → list item
      this.last = 0; // highest seq that came in order (history, stream); answers to our own messages may run ahead
      this.status = "bot";
      this.standing = {};
      this.unread = 0;
      this.build();
      this.restore();
      const code = /^#move=(.+)$/.exec(location.hash)?.[1];
      if (code) this.arrive(code);
      else if (this.state.id || this.state.queue.length) this.resume();
      if (this.hasAttribute("open") || this.state.open || code) this.open({ focus: false });
    }

    disconnectedCallback() {
      removeEventListener("online", this.onOnline);
      removeEventListener("storage", this.onStorage);
      this.streaming?.abort();
    }

    attributeChangedCallback() {
      if (this.panel) this.panel.hidden = !(this.launcher.hidden = this.hasAttribute("open"));
    }

    // ---- what is remembered in the browser: ids and what is not sent yet, never the talk itself

    get memory() {
      return this.getAttribute("storage") === "session" ? sessionStorage : localStorage;
    }

    restore() {
      this.state = { id: null, token: null, open: false, queue: [] };
      try {
        Object.assign(this.state, JSON.parse(this.memory.getItem(KEY)) || {});
      } catch { /* private mode: the talk lasts as long as the page */ }
    }

    remember() {
      try {
        this.memory.setItem(KEY, JSON.stringify(this.state));
      } catch { /* see above */ }
    }

    onOtherTab() {
      const before = this.state.id;
      const queue = this.state.queue;
      this.restore();
      if (this.state.id === before) this.state.queue = queue;
      else {
        this.clear();
        this.resume();
      }
    }

    // ---- page

    build() {
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];

      this.badge = el("span", { className: "badge", hidden: true });
      this.launcher = el("button", { className: "launcher", type: "button", "aria-expanded": "false", onclick: () => this.open() },
        icon("chat", 26), el("span", { textContent: "기술보호 상담" }), this.badge);

      this.heading = el("h2", { id: "title", textContent: NAME });
      this.fresh = el("button", { className: "tool", type: "button", onclick: () => this.askFresh() }, icon("fresh", 18), "새 대화");
      const close = el("button", { className: "tool", type: "button", "aria-label": "대화창 닫기", onclick: () => this.close() }, icon("close"));

      this.line = el("p", { className: "line", role: "status", hidden: true });
      this.bar = el("progress", { max: 1, value: 0, "aria-hidden": "true" });
      this.steps = el("span");
      this.progress = el("div", { className: "progress", hidden: true }, this.steps, this.bar);

      this.welcome = el("section", { className: "welcome" },
        el("h3", { textContent: "안녕하세요. 기술보호 상담봇이에요." }),
        el("p", { textContent: "기술보호 지원사업 14가지를 안내하고, 기술유출 상담을 접수해 드려요. 무엇을 도와드릴까요?" }),
        el("div", { className: "buttons" }, ...STARTERS.map((text) =>
          el("button", { className: "choice", type: "button", textContent: text, onclick: () => this.say({ text }) }))));
      this.log = el("ol", { className: "log", role: "log", "aria-live": "polite", "aria-label": "대화 내용" });
      this.typing = el("div", { className: "typing", hidden: true }, el("i"), el("i"), el("i"), el("span", { className: "sr", textContent: "답변을 쓰고 있어요" }));
      this.view = el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "대화" }, this.welcome, this.log, this.typing);

      this.offered = el("div", { className: "buttons", role: "group", "aria-label": "고를 수 있는 답", hidden: true });
      this.calendar = el("input", { type: "date", id: "calendar", onchange: () => this.pickDate() });
      this.date = el("div", { className: "date", hidden: true }, el("label", { for: "calendar", textContent: "달력에서 고르기" }), this.calendar);
      this.area = el("textarea", { className: "field", rows: 1, "aria-describedby": "hint", enterKeyHint: "send" });
      this.single = el("input", { className: "field", hidden: true, "aria-describedby": "hint", enterKeyHint: "send" });
      for (const field of [this.area, this.single]) this.watch(field);
      this.hint = el("p", { className: "hint", id: "hint", role: "alert" });
      this.form = el("form", { className: "composer", noValidate: true, onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        this.offered, this.date,
        el("div", { className: "row" }, this.area, this.single, el("button", { className: "send", type: "submit", "aria-label": "보내기" }, icon("send"))),
        this.hint);

      this.ask = el("div", { className: "ask", role: "alertdialog", "aria-label": "새 대화 시작", hidden: true },
        el("p", { textContent: "이 화면에서 지금 대화를 지우고 새로 시작할까요?" }),
        el("div", { className: "buttons" },
          el("button", { className: "plain", type: "button", textContent: "취소", onclick: () => this.endAsk() }),
          this.yes = el("button", { className: "solid", type: "button", textContent: "새로 시작", onclick: () => this.startFresh() })));

      const footer = el("footer", {},
        el("a", { href: new URL("privacy", BASE).href, target: "_blank", rel: "noopener", textContent: "개인정보 처리방침" }),
        el("button", { className: "tool", type: "button", textContent: "텔레그램에서 이어가기", hidden: !this.hasAttribute("telegram"), onclick: () => this.leave() }),
        this.phone = el("span"));

      this.panel = el("section", { className: "panel", role: "dialog", "aria-labelledby": "title", hidden: true,
        onkeydown: (event) => this.onKey(event) },
        el("header", {}, this.heading, this.fresh, close), this.line, this.progress, this.view, this.ask, this.form, footer);
      root.append(this.launcher, this.panel);
      this.expect(null);
    }

    get field() {
      return this.single.hidden ? this.area : this.single;
    }

    open({ focus = true } = {}) {
      this.setAttribute("open", "");
      this.panel.hidden = false;
      this.launcher.hidden = true;
      this.launcher.setAttribute("aria-expanded", "true");
      this.state.open = true;
      this.remember();
      this.count(0);
      this.toEnd();
      if (focus) this.field.focus();
      this.programs();
      if (this.state.id) this.listen();
    }

    close() {
      this.removeAttribute("open");
      this.panel.hidden = true;
      this.launcher.hidden = false;
      this.launcher.setAttribute("aria-expanded", "false");
      this.state.open = false;
      this.remember();
      this.launcher.focus();
    }

    onKey(event) {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      if (this.ask.hidden) this.close();
      else this.endAsk();
    }

    count(unread) {
      this.unread = unread;
      this.badge.hidden = !unread;
      this.badge.textContent = unread;
      this.launcher.setAttribute("aria-label", unread ? `기술보호 상담, 새 메시지 ${unread}개` : "기술보호 상담");
    }

    // ---- writing

    /** Send on Enter, once and whole, whatever the input method does with that Enter. */
    watch(field) {
      let composing = false;
      let enter = false; // Enter was pressed while a syllable was being put together
      field.addEventListener("compositionstart", () => { composing = true; });
      field.addEventListener("compositionend", (event) => {
        composing = false;
        const send = enter && HANGUL_END.test(event.data || ""); // Japanese and Chinese confirm a choice with Enter
        enter = false;
        // Some browsers send a second, plain Enter now: then the field is already empty, and nothing is sent twice.
        if (send) setTimeout(() => this.submit(), 0);
      });
      field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey) return;
        if (composing || event.isComposing) {
          enter = true;
          return;
        }
        event.preventDefault(); // also after the syllable's end with keyCode 229 (Safari)
        this.submit();
      });
      field.addEventListener("beforeinput", (event) => {
        if (enter && event.inputType.startsWith("insertLine") || enter && event.inputType === "insertParagraph") event.preventDefault();
      });
      field.addEventListener("input", () => this.onInput());
    }

    onInput() {
      const field = this.field;
      if (field === this.area) {
        field.style.height = "auto";
        field.style.height = `${Math.min(field.scrollHeight + 2, 132)}px`;
      }
      const count = length(field.value);
      this.hint.textContent = count > LONGEST - 200 ? `${count.toLocaleString("ko")} / ${LONGEST.toLocaleString("ko")}자` : "";
      field.setAttribute("aria-invalid", String(count > LONGEST));
    }

    submit() {
      const text = this.field.value.trim();
      if (!text) return;
      if (length(text) > LONGEST) {
        this.hint.textContent = `한 번에 ${LONGEST.toLocaleString("ko")}자까지 보낼 수 있어요. 나누어서 보내 주세요.`;
        return;
      }
      this.field.value = "";
      this.onInput();
      if (MOVE_CODE.test(text)) this.arrive(text);
      else this.say({ text });
      this.field.focus();
    }

    /** Go on here with a talk from Telegram. Its code stood in the address, or was typed. */
    async arrive(code) {
      if (location.hash.startsWith("#move=")) history.replaceState(null, "", location.pathname + location.search);
      try {
        const { id, token } = await this.call("POST", "moves", { code });
        this.state.queue = [];
        this.forget();
        this.clear();
        Object.assign(this.state, { id, token });
        this.remember();
      } catch (error) {
        this.notice(error instanceof Refused && error.status === 404
          ? "코드가 맞지 않거나 시간이 지났어요. 텔레그램에서 새 코드를 받아 주세요." : "지금은 옮길 수 없어요. 잠시 뒤에 다시 해 주세요.");
      }
      if (!this.streaming) this.resume();
    }

    /** Get the code that takes this talk to Telegram. */
    async leave() {
      if (!this.state.id) return this.notice("옮길 대화가 아직 없어요. 텔레그램에서 바로 시작하실 수 있어요.");
      try {
        const { code, link } = await this.call("POST", `conversations/${this.state.id}/move`);
        const opens = link ? `10분 안에 이 주소를 열어 주세요.\n${link}\n` : "";
        this.notice(`텔레그램 대화는 해외 서버를 거쳐요.\n${opens}${link ? "또는 텔레그램" : "10분 안에 텔레그램"} 상담봇에게 이 코드를 보내 주세요.\n${code}`);
      } catch {
        this.notice("지금은 텔레그램으로 옮길 수 없어요. 잠시 뒤에 다시 해 주세요.");
      }
      this.toEnd();
    }

    pickDate() {
      const [year, month, day] = this.calendar.value.split("-").map(Number);
      if (!year) return;
      this.field.value = `${year}년 ${month}월 ${day}일`;
      this.onInput();
      this.field.focus();
    }

    /** Take what the user says, show it, and see that it is sent, now or when the line is back. */
    say({ text, choice, title }) {
      if (this.status === "closed") return;
      const item = { id: newId(), ...(choice ? { choice, title } : { text }) };
      this.state.queue.push(item);
      this.remember();
      this.showPending(item);
      this.toEnd();
      this.flush();
    }

    choose(button) {
      this.say({ choice: button.choice, title: button.title });
      if (matchMedia("(pointer: coarse)").matches) this.view.focus({ preventScroll: true }); // no keyboard over the answer
      else this.field.focus();
    }

    async flush() {
      if (this.flushing) return;
      this.flushing = true;
      let wait = 1000;
      while (this.state.queue.length) {
        const item = this.state.queue[0];
        let talk = null;
        try {
          this.waiting(true);
          if (!this.state.id) await this.begin();
          if (this.state.queue[0]?.id !== item.id) continue; // a new talk was begun meanwhile: this was of the old one
          talk = this.state.id;
          const { title, ...body } = item;
          const turn = await this.call("POST", `conversations/${talk}/messages`, body);
          this.drop(item);
          if (this.state.id !== talk) continue;
          this.take(turn);
          this.trouble(null);
          wait = 1000;
        } catch (error) {
          if (talk && this.state.id !== talk) continue;
          if (error instanceof Refused && await this.refused(error, item)) continue;
          this.waiting(false);
          this.trouble(navigator.onLine === false ? "인터넷 연결이 끊겼어요. 연결되면 이어서 보낼게요." : "연결이 고르지 않아요. 다시 보내고 있어요.");
          await Promise.race([pause(wait), new Promise((resolve) => { this.woken = resolve; })]);
          wait = Math.min(wait * 2, 15000);
        }
      }
      this.flushing = false;
      this.waiting(false);
    }

    /** Return true when the queue can go on at once; false when the same message should be tried again later. */
    async refused(error, item) {
      if (error.status === 429) {
        this.waiting(false);
        this.trouble("메시지가 많아 잠시 쉬고 있어요. 곧 이어서 보낼게요.");
        await pause(Math.min(Math.max(error.retryAfter, 1), 60) * 1000);
        return true;
      }
      if (error.status >= 500) return false;
      if (error.status === 404 || error.status === 401) {
        // The talk has expired. What was a button there is a sentence in a new one.
        this.forget();
        this.notice("지난 대화는 보관 기간이 지나서 새 대화로 이어갈게요.");
        if (item.choice) this.state.queue[0] = { id: item.id, text: item.title };
        return true;
      }
      this.drop(item);
      this.fail(item, error.text);
      if (error.code === "conversation_closed") this.setStatus("closed");
      return true;
    }

    drop(item) {
      this.state.queue = this.state.queue.filter((other) => other.id !== item.id);
      this.remember();
    }

    async begin() {
      const { id, token } = await this.call("POST", "conversations");
      Object.assign(this.state, { id, token });
      this.remember();
      this.listen();
    }

    async call(method, path, body) {
      const response = await fetch(new URL(`api/${path}`, BASE), {
        method,
        cache: "no-store",
        credentials: "omit",
        headers: { ...(this.state.token ? { Authorization: `Bearer ${this.state.token}` } : {}), ...(body ? { "Content-Type": "application/json" } : {}) },
        body: body ? JSON.stringify(body) : undefined,
        signal: AbortSignal.timeout(30000),
      });
      const data = await response.json().catch(() => ({}));
      if (response.ok) return data;
      throw new Refused(response.status, data.error || { code: "unreadable", message: "처리하지 못했어요. 다시 시도해 주세요." }, Number(response.headers.get("Retry-After")) || 2);
    }

    wake() {
      this.woken?.();
      this.retry?.();
    }

    // ---- receiving

    /** After a reload: the talk so far, then what was not sent yet. */
    async resume() {
      for (const item of this.state.queue) this.showPending(item);
      const talk = this.state.id;
      if (talk) {
        this.log.setAttribute("aria-live", "off"); // a reader need not hear the whole talk again
        for (let wait = 1000; ; wait = Math.min(wait * 2, 15000)) {
          try {
            let page;
            do {
              page = await this.call("GET", `conversations/${talk}/messages?after=${this.last}`);
              if (this.state.id !== talk) break;
              this.take(page, true);
            } while (page.messages.length >= 500);
            this.trouble(null);
            break;
          } catch (error) {
            if (this.state.id !== talk) break;
            if (error instanceof Refused && (error.status === 404 || error.status === 401)) {
              this.forget();
              break;
            }
            this.trouble("연결하고 있어요. 잠시만 기다려 주세요.");
            await Promise.race([pause(wait), new Promise((resolve) => { this.woken = resolve; })]);
          }
        }
        setTimeout(() => this.log.setAttribute("aria-live", "polite"), 500);
        this.toEnd();
        if (this.state.id) this.listen();
      }
      this.flush();
    }

    /** Follow the talk over server-sent events; fetch, because EventSource cannot send the token in a header. */
    async listen() {
      if (this.streaming) return;
      const following = this.state.id;
      for (let wait = 1000; this.isConnected && this.state.id === following; ) {
        const line = this.streaming = new AbortController();
        let timer;
        const alive = () => { clearTimeout(timer); timer = setTimeout(() => line.abort(), QUIET_MS); };
        try {
          alive();
          const response = await fetch(new URL(`api/conversations/${following}/events`, BASE), {
            headers: { Authorization: `Bearer ${this.state.token}`, Accept: "text/event-stream", "Last-Event-ID": String(this.last) },
            cache: "no-store", credentials: "omit", signal: line.signal,
          });
          if (response.status === 404 || response.status === 401) break;
          if (!response.ok) throw new Error(String(response.status));
          const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
          for (let rest = ""; ; ) {
            const { value, done } = await reader.read();
            if (done) break;
            alive();
            wait = 1000;
            const events = (rest + value).split(/\r?\n\r?\n/);
            rest = events.pop();
            if (this.state.id === following) events.forEach((event) => this.onEvent(event));
          }
        } catch { /* the line broke: try again below */ }
        clearTimeout(timer);
        if (this.state.id !== following) break;
        await Promise.race([pause(wait * (0.75 + Math.random() / 2)), new Promise((resolve) => { this.retry = resolve; })]);
        wait = Math.min(wait * 2, 30000);
      }
      this.streaming = null;
      if (this.state.id && this.state.id !== following && this.isConnected) this.listen();
    }

    onEvent(block) {
      let name = "message";
      let data = "";
      for (const line of block.split(/\r?\n/)) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        if (line.startsWith("data:")) data += line.slice(5).trim();
      }
      if (!data) return;
      const value = JSON.parse(data);
      if (name === "message") {
        if (value.from === "staff") this.waiting(false);
        this.take({ messages: [value] }, true);
      }
      if (name === "typing") this.staffTypes();
      if (name === "status") {
        const atEnd = this.isAtEnd(); // the line above and the choices below take room from the talk
        this.standing = value; // also: the place in the queue, or who answers
        this.setStatus(value.status);
        if (!this.flushing) this.expect(value.expects);
        if (atEnd) this.toEnd();
      }
    }

    take(turn, inOrder = false) {
      const atEnd = this.isAtEnd();
      for (const message of turn.messages) {
        this.show(message);
        if (inOrder) this.last = Math.max(this.last, message.seq);
      }
      if (turn.status) this.setStatus(turn.status);
      if (turn.expects !== undefined) this.expect(turn.expects);
      if (atEnd || !inOrder) this.toEnd();
    }

    // ---- showing

    show(message) {
      if (this.seen.has(message.seq)) return;
      const item = this.item(message);
      this.seen.set(message.seq, item);
      item.dataset.seq = message.seq;
      this.pending.get(message.id)?.remove();
      this.pending.delete(message.id);
      const next = [...this.log.children].find((other) => Number(other.dataset.seq || Infinity) > message.seq);
      this.log.insertBefore(item, next || null);
      for (const neighbour of [item, item.nextElementSibling]) this.group(neighbour);
      this.welcome.hidden = true;
      if (message.from !== "user" && !this.hasAttribute("open")) this.count(this.unread + 1);
    }

    group(item) {
      const before = item?.previousElementSibling;
      item?.classList.toggle("same", Boolean(before) && before.dataset.from === item.dataset.from);
    }

    item(message) {
      const item = el("li", { className: message.from }, el("span", { className: "who", textContent: SENDERS[message.from] || "" }));
      item.dataset.from = message.from;
      const phones = (message.cards || []).flatMap((card) => card.contacts || []).map((contact) => contact.phone);
      if (message.text) item.append(el("div", { className: "bubble" }, ...linked(message.text, phones)));
      for (const card of message.cards || []) {
        const drawn = this.card(card);
        if (drawn) item.append(drawn);
      }
      if (message.sources?.length) item.append(this.sources(message.sources));
      if (message.buttons?.length) item.append(this.buttons(message.buttons));
      return item;
    }

    buttons(buttons) {
      return el("div", { className: "buttons" }, ...buttons.map((button) =>
        el("button", { className: "choice", type: "button", textContent: button.title, onclick: () => this.choose(button) })));
    }

    showPending(item) {
      if (this.pending.has(item.id)) return;
      const node = this.item({ from: "user", text: item.text || item.title });
      this.pending.set(item.id, node);
      this.log.append(node);
      this.group(node);
      this.welcome.hidden = true;
    }

    fail(item, text) {
      const node = this.pending.get(item.id);
      this.pending.delete(item.id);
      node?.append(el("p", { className: "note bad", role: "alert" }, `보내지 못했어요. ${text}`));
      if (item.text && !this.field.value) {
        this.field.value = item.text;
        this.onInput();
      }
    }

    notice(text) {
      const item = this.item({ from: "system", text });
      item.dataset.seq = -1;
      this.log.insertBefore(item, this.log.querySelector("li:not([data-seq])"));
    }

    sources(sources) {
      const line = el("p", { className: "sources" });
      const write = (programs) => {
        const texts = sources.map(({ program, section }) => [programs?.get(program), section].filter(Boolean).join(" – "));
        line.textContent = `출처: 기술보호 지원제도 안내책자${texts.some(Boolean) ? ` (${[...new Set(texts.filter(Boolean))].join(", ")})` : ""}`;
      };
      write(null);
      this.programs().then(write);
      return line;
    }

    /** Names of the programs by number, fetched when first needed. The first program is the centre that people can call. */
    programs() {
      this.names ||= this.call("GET", "programs")
        .then((programs) => {
          const phone = programs.find((program) => program.number === 1)?.contacts[0]?.phone;
          if (phone) this.phone.replaceChildren("전화 상담 ", ...linked(phone));
          return new Map(programs.map((program) => [program.number, program.name]));
        })
        .catch(() => { this.names = null; return new Map(); });
      return this.names;
    }

    card(card) {
      if (card.type === "program") return this.programCard(card);
      if (card.type === "contacts") return el("div", { className: "card" }, this.contacts(card.contacts));
      if (card.type === "ticket") return this.ticketCard(card);
      return null;
    }

    programCard(card) {
      const name = el("h3", { textContent: card.name || `${card.number}번 지원사업` });
      if (!card.name) this.programs().then((programs) => { name.textContent = programs.get(card.number) || name.textContent; });
      const marks = { true: ["✓", "met", "맞아요"], false: ["✗", "unmet", "맞지 않아요"], null: ["?", "open", "확인이 필요해요"] };
      const reasons = (card.reasons || []).map(({ condition, met }) => {
        const [sign, style, meaning] = marks[String(met ?? null)];
        return el("li", {}, el("span", { className: `mark ${style}`, textContent: sign, "aria-hidden": "true" }),
          el("span", {}, el("span", { className: "sr", textContent: `${meaning}: ` }), condition));
      });
      return el("article", { className: "card" },
        VERDICTS[card.verdict] ? el("p", { className: `verdict ${card.verdict}`, textContent: VERDICTS[card.verdict] }) : null,
        name, reasons.length ? el("ul", { className: "reasons" }, ...reasons) : null);
    }

    contacts(contacts) {
      return el("ul", { className: "contacts" }, ...(contacts || []).map(({ name, phone }) =>
        el("li", {}, el("span", { textContent: name }),
          el("a", { className: "call", href: `tel:${phone.split("~")[0].replace(/[^\d+]/g, "")}`, "aria-label": `${name} ${phone} 전화 걸기` }, icon("phone", 18), phone))));
    }

    ticketCard(card) {
      const rows = [["접수번호", card.number], ["비밀번호(PIN)", card.pin]].filter(([, value]) => value);
      return el("article", { className: "card" }, el("h3", { textContent: "상담이 접수됐어요" }),
        el("dl", { className: "receipt" }, ...rows.flatMap(([name, value]) => [el("dt", { textContent: name }), el("dd", { textContent: value })])),
        card.contacts?.length ? this.contacts(card.contacts) : null);
    }

    setStatus(status) {
      if (!status) return;
      if (this.standing.status !== status) this.standing = {};
      this.status = status;
      this.drawLine();
      this.form.hidden = status === "closed";
    }

    trouble(text) {
      this.broken = text;
      this.drawLine();
    }

    drawLine() {
      const text = this.broken || STATUS_LINES[this.status]?.(this.standing) || "";
      this.line.hidden = !text;
      this.line.classList.toggle("trouble", Boolean(this.broken));
      if (this.line.textContent !== text) this.line.textContent = text;
    }

    waiting(on) {
      this.typing.hidden = !(on && this.status === "bot");
      if (on) this.toEnd();
    }

    /** Show for a moment that a person is writing an answer; the desk says so again while it goes on. */
    staffTypes() {
      const atEnd = this.isAtEnd();
      this.typing.hidden = false;
      clearTimeout(this.typed);
      this.typed = setTimeout(() => this.waiting(false), STAFF_TYPING_MS);
      if (atEnd) this.toEnd();
    }

    /** Show the input that fits what the bot asks for now. */
    expect(expects) {
      const kind = INPUTS[expects?.input] ? expects.input : "text";
      const how = INPUTS[kind];
      const field = how.type ? this.single : this.area;
      if (field !== this.field) {
        const [focused, text] = [this.shadowRoot.activeElement === this.field, this.field.value];
        this.area.hidden = field !== this.area;
        this.single.hidden = field !== this.single;
        field.value = text;
        if (focused) field.focus();
      }
      if (how.type) this.single.type = how.type;
      this.single.autocomplete = how.autocomplete || "off";
      field.placeholder = how.placeholder;
      field.setAttribute("aria-label", how.label);
      this.date.hidden = kind !== "date";

      const shown = new Set([...this.log.querySelectorAll("li:last-child .choice")].map((button) => button.textContent));
      const extra = (expects?.choices || []).filter((choice) => !shown.has(choice.title));
      this.offered.replaceChildren(...(extra.length ? this.buttons(extra).children : []));
      this.offered.hidden = !extra.length;

      const { step, of } = expects || {};
      this.progress.hidden = !(step && of);
      if (step && of) {
        this.steps.textContent = `${of}단계 중 ${step}단계`;
        Object.assign(this.bar, { max: of, value: step });
      }
    }

    isAtEnd() {
      return this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < 80;
    }

    toEnd() {
      this.view.scrollTop = this.view.scrollHeight;
      requestAnimationFrame(() => { this.view.scrollTop = this.view.scrollHeight; });
    }

    // ---- a new talk

    askFresh() {
      if (!this.seen.size && !this.pending.size) return this.field.focus();
      this.ask.hidden = false;
      this.yes.focus();
    }

    endAsk() {
      this.ask.hidden = true;
      this.fresh.focus();
    }

    startFresh() {
      this.ask.hidden = true;
      this.state.queue = [];
      this.forget();
      this.clear();
      this.field.focus();
    }

    forget() {
      Object.assign(this.state, { id: null, token: null });
      this.last = 0;
      // What is on the screen stays above what comes; numbers begin anew.
      for (const item of this.seen.values()) item.dataset.seq = -1;
      this.seen.clear();
      this.remember();
      this.streaming?.abort();
    }

    clear() {
      this.seen.clear();
      this.pending.clear();
      this.log.replaceChildren();
      this.last = 0;
      this.status = "bot";
      this.form.hidden = false;
      this.trouble(null);
      this.expect(null);
      this.waiting(false);
      this.welcome.hidden = false;
    }
  }

  customElements.define("ultari-chat", UltariChat);

  const place = () => {
    if (!document.querySelector("ultari-chat")) document.body.append(document.createElement("ultari-chat"));
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", place);
  else place();
})();
