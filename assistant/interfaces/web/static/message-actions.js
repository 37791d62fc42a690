// Under each answer what can be done with it: copied, judged, asked again, undone; beside each question, edited. Seconds while it comes.
window.turns = (() => {
  const ICONS = {
    chats: "M3 4h14v9H8l-4 3v-3H3z", plus: "M10 4v12M4 10h12", save: "M10 3v9m-4-4 4 4 4-4M4 16h12", edit: "m4 13 8-8 3 3-8 8H4zM4 17h12",
    bin: "M4 6h12M8 6V4h4v2M6 6l1 11h6l1-11", copy: "M7 7h9v10H7zM4 13V3h9", again: "M15 6a6 6 0 1 0 1 5M16 3v4h-4",
    check: "m4 10 4 4 8-9",
    up: "M4 9h3v8H4zM7 9l3-6c2 0 2 1 2 2l-1 3h5l-1 9H7", down: "M4 11h3V3H4zM7 11l3 6c2 0 2-1 2-2l-1-3h5l-1-9H7",
  };
  const { say } = window;
  const { byId, make } = window.dom;
  const { chats } = window;
  const icon = (name) => document.createRange().createContextualFragment(
    `<svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"><path d="${ICONS[name]}"/></svg>`).firstChild;
  const questions = () => [...document.querySelectorAll("#chat .question")];
  const before = (node, other) => Boolean(node.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  // In the chat: that of the question that it is or belongs to; -1 if there is none.
  const placeOf = (node) => Number(/\bat-(\d+)/.exec(questions().findLast((one) => one === node || before(one, node))?.className)?.[1] ?? -1);
  const lastPlace = () => { const last = questions().at(-1); return last ? placeOf(last) : -1; };
  const shaped = (name, shape, act, label = false) => {
    const one = make("button", "", { type: "button", title: name });
    one.append(icon(shape));
    if (label) one.append(make("span", name)); else one.setAttribute("aria-label", name);
    one.addEventListener("click", () => act(one));
    return one;
  };

  // ---- one answer
  // As rich text for a word processor and as plain text for anything else: where it is pasted chooses.
  const putInClipboard = ({ text, html }) => {
    if (!window.ClipboardItem) return navigator.clipboard.writeText(text);
    const kinds = { "text/plain": text, "text/html": html };
    return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(
      Object.entries(kinds).map(([kind, words]) => [kind, new Blob([words], { type: kind })])))]);
  };
  const copy = async (one, place) => {
    const answer = await chats.write("copy", place).catch(() => ({ error: say("There is no connection.") }));
    if (answer.error) return chats.tell(answer.error);
    await putInClipboard(answer).then(
      () => chats.tell(say("The answer was copied as rich text and as plain text, with its quotes and their source.")),
      () => chats.tell(say("This browser does not allow to copy. Export the chat instead.")));
  };
  const rate = async (tools, place, verdict, reason = "") => {
    const chat = chats.chat();
    const turn = chat.turns[place];
    if (!turn) return;
    const told = await chats.server().rate({ kept: chats.now(), place, verdict, reason }).catch(() => ({ error: say("There is no connection: your verdict was not kept.") }));
    if (told.error) return chats.tell(told.error);
    turn.rated = verdict;
    kept.write(chats.articles(), chats.id(), chat);
    press(tools, verdict);
  };
  const press = (tools, verdict) => tools.querySelectorAll("[data-verdict]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.verdict === verdict)));
  const why = (tools, place, verdict) => {
    tools.querySelector(".why")?.remove();
    const form = make("form", "", { className: "why" });
    const field = make("input", "", { placeholder: verdict === "down" ? say("What was wrong? (optional)") : say("What was good? (optional)"), maxLength: 1000 });
    field.setAttribute("aria-label", field.placeholder);
    const close = () => { form.remove(); tools.querySelector(`[data-verdict=${verdict}]`)?.focus(); };
    form.append(field, make("button", say("Send"), { type: "submit" }));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (field.value.trim()) { await rate(tools, place, verdict, field.value); chats.tell(say("Thank you. It is kept on this machine.")); }
      close();
    });
    form.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
    tools.append(form);
    field.focus();
  };
  const thumb = (tools, name, verdict) => {
    const one = shaped(name, verdict, async (own) => {
      const given = own.getAttribute("aria-pressed") === "true" ? "" : verdict;
      await rate(tools, placeOf(own), given);
      tools.querySelector(".why")?.remove();
      if (given && chats.chat().turns[placeOf(own)]?.rated === given) why(tools, placeOf(own), given);
    });
    one.dataset.verdict = verdict;
    return one;
  };
  // The passage beside "The article does not say." may be the answer after all: its reader can say so.
  const related = (tools) => {
    const one = shaped(say("This answers it"), "check", async (own) => {
      const given = own.getAttribute("aria-pressed") === "true" ? "" : "related";
      await rate(tools, placeOf(own), given);
      tools.querySelector(".why")?.remove();
      if (given && chats.chat().turns[placeOf(own)]?.rated === given) chats.tell(say("Thank you. It is kept on this machine."));
    }, true);
    one.dataset.verdict = "related";
    return one;
  };
  const toolsOf = (answer, place, last) => {
    const tools = make("div", "", { className: "tools" });
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", say("Answer {number}", { number: place + 1 }));
    const turn = chats.chat().turns[place];
    if (chats.feedback() && turn?.answer?.nearest && !turn.answer.answered) tools.append(related(tools));
    tools.append(shaped(say("Copy"), "copy", (one) => copy(one, placeOf(one)), true));
    if (chats.feedback() && turn?.answer && !turn.answer.partial) tools.append(thumb(tools, say("Good answer"), "up"), thumb(tools, say("Bad answer"), "down"));
    if (last && turn?.answer?.partial) tools.append(shaped(say("Ask again"), "again", (one) => chats.again(placeOf(one)), true));
    else if (last && !turn?.wide) tools.append(shaped(say("Look again, wider"), "again", (one) => chats.again(placeOf(one), { wide: true }), true));
    const { searched, question } = turn?.answer || {};
    if (last && place && !turn?.typed && searched && searched !== question) tools.append(shaped(say("Ask as typed"), "again", (one) => chats.again(placeOf(one), { typed: true }), true));
    if (last) tools.append(shaped(say("Remove"), "bin", () => chats.undoLast(), true));
    press(tools, turn?.rated);
    return tools;
  };

  const draw = () => {
    const all = questions();
    const kept = chats.chat().turns;
    const turns = kept.length;
    const busy = chats.busy();
    const language = window.languageOfPage();
    all.forEach((question) => {
      if (placeOf(question) < turns && question.parentElement.querySelector(".edit")?.lang !== language) {
        const one = shaped(say("Edit"), "edit", (own) => chats.edit(placeOf(own)));
        Object.assign(one, { className: "edit", lang: language });
        question.parentElement.querySelector(".edit")?.remove();
        question.after(one);
      }
    });
    const replies = [...document.querySelectorAll("#chat .answer, #chat .error")];
    for (const reply of replies) {
      const place = placeOf(reply);
      const last = place === lastPlace();
      const state = place < turns && !(busy && last) ? `${language} ${chats.id()} ${place} ${last} ${Boolean(kept[place]?.answer?.partial)}` : "";
      const old = reply.parentElement.querySelector(":scope > .tools");
      if (old?.dataset.state === state) continue;
      old?.remove();
      if (!state) continue;
      const tools = toolsOf(reply, place, last);
      tools.dataset.state = state;
      reply.parentElement.append(tools);
    }
    offerEarlier();
  };

  // ---- the beginning of a long chat, which is shown when it is asked for
  const STEP = 20; // exchanges more
  const earlier = make("button", "", { type: "button", id: "earlier" });
  let keeping = null; // the question that is to stay where its reader saw it, while those before it come
  earlier.addEventListener("click", () => {
    if (chats.busy()) return chats.tell(say("The last answer is still on its way. Stop it first, or wait."));
    const first = questions()[0];
    keeping = { place: placeOf(first), top: first.getBoundingClientRect().top };
    chats.showEarlier(chats.chat().turns.length - keeping.place + STEP);
  });
  const scrollerOf = (node) => {
    for (let one = node.parentElement; one; one = one.parentElement) if (one.scrollHeight > one.clientHeight && /auto|scroll/.test(getComputedStyle(one).overflowY)) return one;
    return document.scrollingElement;
  };
  const offerEarlier = () => {
    const first = questions()[0];
    const hidden = first ? placeOf(first) : 0;
    if (hidden <= 0) earlier.remove();
    else {
      earlier.textContent = hidden === 1 ? say("Show 1 earlier question") : say("Show {count} earlier questions", { count: hidden });
      const log = document.querySelector("#chat [role=log]");
      if (log.firstChild !== earlier) log.prepend(earlier);
    }
    if (keeping && hidden < keeping.place) {
      const { place, top } = keeping;
      keeping = null;
      const kept = questions().find((one) => placeOf(one) === place);
      if (!kept) return;
      scrollerOf(kept).scrollTop += kept.getBoundingClientRect().top - top;
      (earlier.isConnected ? earlier : kept.parentElement.querySelector(".edit"))?.focus({ preventScroll: true });
    }
    bringIntoSight();
  };
  // An exchange of a chat that is being opened comes into sight when it is there. Gradio may scroll to the end some time later, so the
  // exchange is held in sight for a while, unless the reader moves the chat.
  const HOLD = 1_500; // milliseconds
  let seeking = null;
  const seek = (place) => { seeking = { place, text: chats.chat().turns[place].question, until: 0 }; };
  const bringIntoSight = () => {
    if (!seeking || (seeking.until && Date.now() > seeking.until)) { seeking = null; return; }
    const sought = questions().find((one) => placeOf(one) === seeking.place && one.textContent === seeking.text);
    if (!sought) return;
    seeking.until ||= Date.now() + HOLD;
    const [{ top }, frame] = [sought.getBoundingClientRect(), scrollerOf(sought).getBoundingClientRect()];
    if (top < Math.max(0, frame.top) || top > Math.min(innerHeight, frame.bottom) - 80) sought.scrollIntoView({ block: "start" });
  };
  document.addEventListener("scroll", bringIntoSight, { capture: true, passive: true });
  for (const move of ["touchmove", "wheel", "keydown", "pointerdown"]) document.addEventListener(move, () => { if (seeking?.until) seeking = null; }, { capture: true, passive: true });

  // The end of the last answer stays in sight when suggestions below the chat take room from it.
  let atEnd = true;
  const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 40; // pixels
  const sizes = new ResizeObserver(([{ target }]) => { if (atEnd) target.scrollTop = target.scrollHeight; });
  const stayAtEnd = (log) => {
    if (!log) return;
    sizes.disconnect();
    sizes.observe(log);
    log.addEventListener("scroll", () => { atEnd = isAtEnd(log); }, { passive: true });
  };

  // ---- seconds
  let since = 0;
  const begun = () => { since = Date.now(); following = lastPlace(); tick(); };
  // On a phone the page is longer than its screen, and what is asked at its foot is answered elsewhere: the page goes there, and
  // along as the answer grows, unless its reader moves it.
  let following = null; // the place of the last question before; null: not now
  const phone = window.matchMedia("(max-width: 800px)");
  const follow = () => {
    const all = questions();
    const working = document.querySelector("#chat .working");
    if (following === null || !all.length || (lastPlace() <= following && !working)) return;
    if (!working) following = null;
    const { top } = all.at(-1).getBoundingClientRect();
    if (phone.matches && (top < 0 || top > 0.5 * innerHeight)) all.at(-1).scrollIntoView({ block: "start" });
  };
  for (const move of ["touchmove", "wheel"]) document.addEventListener(move, () => { following = null; }, { passive: true });
  // On a phone the stage and its seconds stand above the question too, while they are out of sight where the answer comes.
  const stage = make("div", "", { id: "stage", hidden: true });
  stage.setAttribute("aria-hidden", "true");
  const tick = () => {
    const working = document.querySelector("#chat .working");
    stage.hidden = !working;
    byId("asking")?.classList.toggle("answering", chats.busy()); // its button stops the answer
    if (!working) { since = 0; return; }
    since ||= Date.now();
    working.dataset.seconds = say("{number} s", { number: Math.floor((Date.now() - since) / 1000) });
    if (!phone.matches) { stage.hidden = true; return; } // where a long chat is, to ask for places takes time
    const { top, bottom } = working.getBoundingClientRect();
    const field = byId("question").getBoundingClientRect();
    stage.hidden = top >= 0 && bottom <= field.top;
    stage.textContent = `${working.textContent} ${working.dataset.seconds}`;
    stage.style.bottom = `${Math.max(0, innerHeight - field.top + 8)}px`;
    if (!stage.isConnected) document.body.append(stage);
  };
  setInterval(tick, 250);

  document.addEventListener("language", () => draw());
  let waiting = false;
  let watched = null; // the framework may make the conversation's element anew
  const changed = () => {
    waiting = false;
    tick();
    draw();
    follow();
    document.dispatchEvent(new Event("chatchanged"));
  };
  const observer = new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(changed);
  });
  setInterval(() => {
    const chat = byId("chat");
    if (!chat || chat === watched || !document.querySelector(".chats .bar")) return;
    watched = chat;
    observer.disconnect();
    stayAtEnd(chat.querySelector("[role=log]"));
    observer.observe(chat, { childList: true, subtree: true });
    changed();
  }, 250);
  return { begun, draw, icon, placeOf, seek };
})();
