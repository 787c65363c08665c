// The desk works without this file; with it, pages stay up to date, ring, and send without being loaded again.
"use strict";

const body = document.body;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function say(words) {
  one("[data-live]").textContent = words;
}

function post(address, fields = {}) {
  const form = new FormData();
  form.set("csrf", body.dataset.csrf);
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return fetch(address, { method: "POST", body: form, headers: { "X-Requested-With": "fetch" }, redirect: "manual" });
}

// --- sound and title

let audio = null;
let unseen = 0;
const title = document.title;
const soundIsOn = () => localStorage.getItem("desk-sound") === "on";

function beep() {
  if (!soundIsOn() || !audio) return;
  for (const [start, pitch] of [[0, 660], [0.16, 880]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, audio.currentTime + start);
    volume.gain.exponentialRampToValueAtTime(0.15, audio.currentTime + start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + start + 0.15);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + 0.16);
  }
}

// Browsers let a page make sounds only after somebody has clicked or typed in it.
function openAudio() {
  if (soundIsOn() && !audio) audio = new AudioContext();
}

function showSound() {
  for (const button of all("[data-sound]")) {
    button.setAttribute("aria-pressed", String(soundIsOn()));
    button.textContent = soundIsOn() ? "알림 소리 켜짐" : "알림 소리 꺼짐";
  }
}

function showTitle(waiting) {
  const signs = [waiting ? `(${waiting})` : "", unseen ? "●" : ""].filter(Boolean).join(" ");
  document.title = signs ? `${signs} ${title}` : title;
}

const shownCount = (queue) => Number(one(`[data-count=${queue}]`)?.textContent || 0);
let waitingNow = shownCount("waiting");
let allNow = shownCount("all");

function attend(words) {
  beep();
  if (document.hidden) unseen += 1;
  say(words);
  showTitle(waitingNow);
}

// --- what the stream brings

let unanswered = null; // until the stream says how many
let lastChange = Number(body.dataset.rows); // what the list already shows

function onCounts(counts) {
  for (const place of all("[data-count]")) place.textContent = counts[place.dataset.count];
  // Of all, too: while one comes in and another is claimed, as many wait as before.
  const more = counts.waiting > waitingNow || counts.all > allNow;
  waitingNow = counts.waiting;
  allNow = counts.all;
  showTitle(waitingNow);
  if (more) attend(`새 상담이 들어왔어요. 대기 ${counts.waiting}건`);
  const moved = unanswered !== null && counts.unanswered !== unanswered;
  if (moved && counts.unanswered > unanswered && !one("[data-messages]")) attend("내 상담에서 이용자가 말했어요.");
  if ("rows" in body.dataset && (counts.change !== lastChange || moved)) refreshRows();
  unanswered = counts.unanswered;
  lastChange = counts.change;
}

let refreshing = null;

function refreshRows() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    const address = new URL(location.href);
    address.searchParams.set("part", "rows");
    address.searchParams.delete("done");
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
    if (answer.ok) replace(one("#rows"), await answer.text());
  }, 400);
}

function onDuty({ names }) {
  const place = one("[data-duty]");
  if (place) place.textContent = names.length ? `근무 중: ${names.join(", ")}` : "근무 중인 상담원이 없어요";
}

function onSaid(message, seq) {
  const list = one("[data-messages]");
  if (!list || document.getElementById(`m${seq}`)) return;
  const atEnd = isAtEnd(list);
  list.insertAdjacentHTML("beforeend", message.html);
  if (atEnd || message.from === "staff") toEnd(list);
  if (message.from === "staff") dropIfSaid(staffSaid().at(-1));
  if (message.from === "user") attend("이용자가 말했어요.");
}

function onPart({ part, version, html }) {
  const place = one(`[data-part=${part}]`);
  if (!place || place.dataset.version === version) return;
  const list = one("[data-messages]");
  const atEnd = list && isAtEnd(list); // a part that grows leaves less room for the talk
  place.dataset.version = version;
  replace(place, html);
  prepare(place);
  if (atEnd) toEnd(list);
}

// What somebody is filling in, has opened or stands on survives when its part of the page is renewed.
function replace(place, html) {
  const key = (field) => `${field.form?.getAttribute("action")} ${field.name || field.id}`;
  const kept = new Map(all("textarea, select, input:not([type=hidden])", place).map((field) => [key(field), field.value]));
  const opened = all("details[open] > summary", place).map((summary) => summary.textContent);
  const focus = place.contains(document.activeElement) ? document.activeElement : null;
  const standing = focus && (focus.id ? `#${CSS.escape(focus.id)}` : null);
  const href = focus?.getAttribute("href");
  place.innerHTML = html;
  for (const field of all("textarea, select, input:not([type=hidden])", place)) {
    if (kept.get(key(field))) field.value = kept.get(key(field));
  }
  for (const summary of all("details > summary", place)) {
    if (opened.includes(summary.textContent)) summary.parentElement.open = true;
  }
  if (standing) one(standing, place)?.focus();
  else if (href) one(`a[href="${CSS.escape(href)}"]`, place)?.focus();
  else if (focus) place.querySelector("button, a, textarea, summary")?.focus();
}

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

// At once: while it still glides, the next message would find the list not at its end and not follow.
function toEnd(list) {
  list.scrollTo({ top: list.scrollHeight, behavior: "instant" });
}

let session = null;

function onSession(news) {
  session = news;
  one("[data-session]").hidden = true;
}

function watchSession() {
  if (!session) return;
  const left = session.ends_at - Date.now() / 1000;
  const soon = left < session.warn;
  const banner = one("[data-session]");
  if (soon && banner.hidden) say("곧 로그아웃돼요. 계속 쓰기를 눌러 주세요.");
  banner.hidden = !soon;
}

// --- the stream: the browser reconnects with Last-Event-ID by itself; after a refusal we look again

let source = null;

function follow() {
  if (!body.dataset.stream) return;
  source = new EventSource(body.dataset.stream);
  source.onopen = () => { one("[data-offline]").hidden = true; };
  source.onerror = () => {
    one("[data-offline]").hidden = false;
    if (source.readyState === EventSource.CLOSED) askWhy();
  };
  const on = (name, take) => source.addEventListener(name, (event) => take(JSON.parse(event.data), event.lastEventId));
  on("counts", onCounts);
  on("duty", onDuty);
  on("said", onSaid);
  on("part", onPart);
  on("session", onSession);
  on("ended", leave);
}

// An EventSource does not tell why it was refused.
async function askWhy() {
  const answer = await fetch("/desk/account", { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (answer?.status === 401) leave();
  else setTimeout(follow, 3000);
}

function leave() {
  source.close();
  location.assign(`/desk/sign-in?done=ended&next=${encodeURIComponent(location.pathname)}`);
}

// --- forms

const HANGUL_END = /[\uac00-\ud7a3\u3131-\u318e]$/;
let typedAt = 0;

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Replies leave one after the other: what is sent while another is on its way waits for it.
const replies = { waiting: [], sending: false, unsure: "" };
const staffSaid = () => all("[data-messages] .message.staff .bubble").map((bubble) => bubble.textContent);

async function sendReplies(form) {
  if (replies.sending) return;
  replies.sending = true;
  replies.unsure = "";
  const key = form.elements.namedItem("key"); // by it the server knows words that it has already
  let problem = "";
  while (replies.waiting.length && !problem) {
    const [said] = replies.waiting;
    const before = staffSaid().length;
    problem = await sendReply(form.getAttribute("action"), said, key.value);
    if (problem && staffSaid().slice(before).includes(said)) problem = ""; // only the answer was lost
    if (problem) continue;
    replies.waiting.shift();
    key.value = newKey();
  }
  replies.sending = false;
  const now = one("form[data-reply]"); // it may have been renewed meanwhile
  if (!now) return;
  const field = one("textarea", now);
  if (problem) {
    replies.unsure = replies.waiting[0];
    field.value = [...replies.waiting.splice(0), field.value].filter(Boolean).join("\n");
  }
  showProblem(now, problem);
  field.focus();
}

async function sendReply(address, text, key) {
  try {
    const answer = await post(address, { text, key });
    if (answer.ok) return "";
    if (answer.status && answer.status < 500) return await answer.text();
  } catch { /* no network: what was written comes back */ }
  return "보내지 못했어요. 연결을 확인하고 다시 보내 주세요.";
}

function showProblem(form, problem) {
  const error = one("[data-error]", form);
  error.textContent = problem;
  error.hidden = !problem;
}

// A reply that came back as not sent, and now stands in the talk, need not be sent again.
function dropIfSaid(text) {
  const form = one("form[data-reply]");
  if (!form || !replies.unsure || text !== replies.unsure) return;
  const field = one("textarea", form);
  if (!field.value.startsWith(text)) return;
  field.value = field.value.slice(text.length).replace(/^\n/, "");
  replies.unsure = "";
  form.elements.namedItem("key").value = newKey();
  showProblem(form, "");
}

function prepareReply(form) {
  const text = one("textarea", form);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!text.value.trim()) return;
    replies.waiting.push(text.value);
    text.value = ""; // at once: what is typed from now on is the next reply
    sendReplies(form);
  });

  // One Enter sends once and whole, whatever the input method does with it: as in channels/web/widget.js.
  let composing = false;
  let enter = false; // Enter was pressed while a syllable was being put together
  text.addEventListener("compositionstart", () => { composing = true; });
  text.addEventListener("compositionend", (event) => {
    composing = false;
    const send = enter && HANGUL_END.test(event.data || ""); // Japanese and Chinese confirm a choice with Enter
    enter = false;
    // Some browsers send a second, plain Enter now: then this one is being sent already, or the field is empty.
    if (send) setTimeout(() => form.requestSubmit(), 0);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    if (composing || event.isComposing) {
      enter = true;
      return;
    }
    event.preventDefault(); // also after the syllable's end with keyCode 229 (Safari)
    form.requestSubmit();
  });
  text.addEventListener("beforeinput", (event) => {
    if (enter && (event.inputType === "insertParagraph" || event.inputType.startsWith("insertLine"))) event.preventDefault();
  });

  text.addEventListener("input", () => {
    if (!text.value || Date.now() - typedAt < 3000) return;
    typedAt = Date.now();
    post(form.dataset.reply).catch(() => {});
  });
}

function prepareReady(menu, text) {
  const words = one("[data-ready-words]", menu);
  const answers = all("li", menu);
  words.addEventListener("input", () => {
    const wanted = words.value.trim().toLowerCase().split(/\s+/);
    for (const answer of answers) {
      answer.hidden = !wanted.every((word) => answer.textContent.toLowerCase().includes(word));
    }
  });
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!event.isComposing) one("li:not([hidden]) button", menu)?.click();
  });
  menu.addEventListener("click", (event) => {
    const button = event.target.closest("[data-text]");
    if (!button) return;
    const before = text.value.trimEnd();
    text.value = before ? `${before}\n${button.dataset.text}` : button.dataset.text;
    menu.open = false;
    text.focus();
  });
}

function prepare(within) {
  for (const form of all("form[data-reply]", within)) {
    prepareReply(form);
    const menu = one("[data-ready]", form);
    if (menu) prepareReady(menu, one("textarea", form));
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  one("summary", menu).focus();
});

document.addEventListener("click", (event) => {
  openAudio();
  for (const menu of all("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (event.target.closest("[data-sound]")) {
    localStorage.setItem("desk-sound", soundIsOn() ? "off" : "on");
    openAudio();
    showSound();
    beep();
  }
  if (event.target.closest("[data-keep]")) post("/desk/keep").then(() => { one("[data-session]").hidden = true; });
});

document.addEventListener("keydown", openAudio, { once: true });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  showTitle(waitingNow);
});
window.addEventListener("storage", showSound);

// What was done also shows in the page itself; the words may go.
setTimeout(() => one("[data-done]")?.remove(), 8000);
showSound();
showTitle(waitingNow);
prepare(document);
const messages = one("[data-messages]");
if (messages && !location.hash) toEnd(messages);
if ("print" in body.dataset) window.print();
follow();
setInterval(watchSession, 1000);
