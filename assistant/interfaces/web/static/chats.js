// The bar above the conversation: chats are listed, opened, renamed, deleted and searched; one is exported. What is asked goes out
// with the chat that it belongs to, and what is answered is kept in it.
window.chats = (() => {
  const { say } = window;
  const { byId, make } = window.dom;
  const articles = () => document.querySelector("[data-articles]")?.dataset.articles || document.querySelector(".chats")?.dataset.article || "";
  const box = () => document.querySelector("#question input, #question textarea");
  // From the moment a question is sent until its last step has come: the chat shows that it is being answered only some time later.
  const LONGEST_START = 15_000; // milliseconds until a question that shows no sign of being answered counts as lost
  let sentAt = 0;
  const busy = () => Boolean(document.querySelector("#chat .working")) || Date.now() - sentAt < LONGEST_START;
  const FORMATS = [["md", "Markdown", "text/markdown"], ["html", "Web page, to print", "text/html"], ["docx", "Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"], ["json", "JSON", "application/json"]];
  let root = null;
  let send = {}; // what has the server show a chat, ask again, drop what is on its way
  let server = {};
  let editing = null; // the place of the question that is being edited
  let before = null; // what to go back to if a question fails or its answer is undone
  let shown = null; // of a long chat, how many of the last exchanges its reader wants to see; null: as many as the server shows

  const id = () => kept.current(articles());
  const chat = () => kept.read(articles(), id()) || { title: "", turns: [] };
  const packed = (turns) => JSON.stringify({ id: id(), title: kept.titleOf(chat()), articles: articles(), turns, shown });
  const now = () => packed(chat().turns);
  const fill = (text) => {
    const one = box();
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(one), "value").set.call(one, text); // past the framework's own setter
    one.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // ---- what goes out, and what comes back
  const begins = (place, question) => {
    before = { question, articles: articles(), id: id(), json: kept.raw(articles(), id()), later: chat().turns.length - place };
    endEdit();
    sentAt = Date.now();
    setTimeout(() => window.queue.advance(), LONGEST_START);
    window.turns.begun();
    window.connection.draft("");
    return packed(chat().turns.slice(0, place));
  };
  // `how`: { wide: true } searches more passages, { typed: true } leaves out what was asked before.
  const ask = (question, place = editing ?? chat().turns.length, how = {}) => send.ask({ asked: question, kept: begins(place, question), ...how });
  const again = (place, how) => {
    const turn = chat().turns[place];
    if (turn?.question && !busy()) ask(turn.question, place, how);
  };
  // Whether two answers say and quote the same.
  const alike = (one, other) => [one, other].map((answer) => JSON.stringify([answer?.text, (answer?.quotes || []).map((quote) => [quote.article_id, quote.start])])).reduce((a, b) => a === b);
  const told = (json) => {
    let news = null;
    try { news = JSON.parse(json); } catch { return; }
    if (news.last) { sentAt = 0; setTimeout(() => window.queue.advance()); }
    const own = before && before.id === news.id;
    if (!news.turn) {
      if (own) kept.put(before.articles, before.id, before.json);
      if (own && !box().value) fill(before.question);
      return bar();
    }
    const about = own ? before.articles : articles();
    const one = kept.read(about, news.id) || { title: "", turns: [] };
    one.turns = [...one.turns.slice(0, news.at), news.turn];
    if (!kept.write(about, news.id, one)) tell(say("This browser's storage is full or switched off: this chat lasts as long as the page. Export it, or delete others."));
    if (own && before.later > 0 && !news.turn.answer.partial) {
      const past = before;
      const old = JSON.parse(past.json || "{}").turns?.[news.at]?.answer;
      const what = news.turn.wide && alike(old, news.turn.answer) ? say("A wider look found nothing else.") : past.later > 1 ? say("{count} exchanges were replaced.", { count: past.later }) : say("The answer was replaced.");
      tell(what, () => { kept.put(past.articles, past.id, past.json); refresh(); });
    }
    bar();
    window.turns.draw();
  };
  const refresh = () => { sentAt = 0; send.drop(); send.show({ kept: now() }); bar(); window.queue.draw(); };
  const showEarlier = (count) => { shown = count; refresh(); };

  // ---- one chat
  // `place`: of the exchange that is looked for in it.
  const open = (chosen, place = -1) => {
    kept.choose(articles(), chosen);
    shown = null;
    if (place >= 0) { shown = chat().turns.length - place; window.turns.seek(place); }
    endEdit();
    close();
    refresh();
    box()?.focus({ preventScroll: true });
  };
  const fresh = () => { open(kept.anew()); fill(""); };
  const change = (turns, message) => {
    const past = { articles: articles(), id: id(), json: kept.raw(articles(), id()) };
    kept.write(past.articles, past.id, { ...chat(), turns });
    refresh();
    tell(message, () => { kept.put(past.articles, past.id, past.json); kept.choose(past.articles, past.id); refresh(); });
  };
  const undoLast = () => { if (chat().turns.length && !busy()) change(chat().turns.slice(0, -1), say("The last exchange was removed.")); };
  const edit = (place) => {
    const turn = chat().turns[place];
    if (!turn || busy()) return;
    editing = place;
    const later = chat().turns.length - place - 1;
    const number = place + 1;
    note.firstChild.textContent = later ? say("Editing question {number}: what follows it will be replaced.", { number }) : say("Editing question {number}.", { number });
    if (!note.isConnected) byId("question").before(note);
    note.hidden = false;
    fill(turn.question);
    box().focus();
    box().select();
  };
  const note = make("div", "", { id: "editing", hidden: true });
  const cancel = make("button", say("Cancel"), { type: "button" });
  note.setAttribute("role", "status");
  note.append(make("span"), cancel);
  const endEdit = () => { editing = null; note.hidden = true; };
  cancel.addEventListener("click", () => { endEdit(); fill(""); box().focus(); });

  // ---- a word on what was done, and its undoing
  const toast = make("div", "", { id: "undo", hidden: true });
  toast.setAttribute("role", "status");
  let leaving = 0;
  const tell = (text, undo = null) => {
    toast.replaceChildren(make("span", text));
    if (undo) {
      const button = make("button", say("Undo"), { type: "button" });
      button.addEventListener("click", () => { toast.hidden = true; undo(); bar(); });
      toast.append(button);
    }
    if (!toast.isConnected) byId("question").before(toast);
    toast.hidden = false;
    clearTimeout(leaving);
    leaving = setTimeout(() => { toast.hidden = true; }, undo ? 12_000 : 6_000);
  };

  // ---- the bar
  const panel = make("div", "", { className: "panel", hidden: true, id: "chat-list" });
  const search = make("input", "", { type: "search", placeholder: say("Search chats"), autocomplete: "off" });
  const rows = make("ul");
  const toggle = make("button", "", { type: "button", className: "toggle" });
  const title = make("span", "", { className: "title", translate: false, dir: "auto" });
  const shaped = (name, icon, act) => {
    const one = make("button", "", { type: "button" });
    one.append(window.turns.icon(icon), make("span", name));
    one.addEventListener("click", act);
    return one;
  };
  const bar = () => {
    const all = kept.list(articles());
    toggle.replaceChildren(window.turns.icon("chats"), make("span", all.length ? say("Chats ({count})", { count: all.length }) : say("Chats")));
    title.textContent = chat().turns.length ? kept.titleOf(chat()) : "";
    title.title = title.textContent;
    exports.hidden = !chat().turns.length;
    if (!panel.hidden) list();
  };
  const close = () => {
    const inside = panel.contains(document.activeElement);
    panel.hidden = true;
    toggle.setAttribute("aria-expanded", "false");
    if (inside) toggle.focus();
  };
  // Has the server write a chat or an answer of it: the few words of ours go along in the reader's language.
  const OURS = ["Article:", "page", "paragraph", "Searched for:", "Related passage:", "Link to the original at this sentence", "Stopped: this is only a part of an answer.", "Sources"];
  const UNSTATED = "The article does not say: “"; // what may be told of several questions, a piece each
  const write = (form, place = null) => {
    const answers = chat().turns.map((turn) => turn.answer || {});
    const text = (one) => String(one.text || "");
    const fixed = (one) => one.statements.filter((statement) => statement?.kind === "unanswered").map((statement) => String(statement.text));
    const pieces = answers.flatMap((one) => Array.isArray(one.statements) ? fixed(one) : text(one).split(UNSTATED).slice(1).map((piece) => UNSTATED + piece.trimEnd()));
    const told = answers.flatMap((one) => [...text(one).split("\n"), ...(Array.isArray(one.notes) ? one.notes.map(String) : [])]);
    return server.write({ kept: now(), form, place, language: window.languageOfPage(), words: window.inLanguage([...OURS, ...pieces, ...told]) });
  };
  const exports = make("details", "", { className: "exports" });
  const exportAs = async (form, kind) => {
    exports.open = false;
    const file = await write(form).catch(() => ({ error: say("The chat could not be exported: there is no connection.") }));
    if (file.error) return tell(file.error);
    const bytes = Uint8Array.from(atob(file.file), (one) => one.charCodeAt(0));
    const link = make("a", "", { href: URL.createObjectURL(new Blob([bytes], { type: kind })) });
    link.download = `${kept.titleOf(chat()).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "chat"}.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  // ---- the list
  const wordsOf = (turn) => [turn.question, turn.answer?.text].filter((part) => typeof part === "string").join("\n");
  const textOf = (one) => [one.title, ...(one.chat?.turns || []).map(wordsOf)].join("\n");
  const around = (text, word) => {
    const at = text.toLowerCase().indexOf(word);
    return at < 0 ? "" : `… ${text.slice(Math.max(0, at - 30), at + 60).replace(/\s+/g, " ")} …`;
  };
  const when = (at) => (at ? new Date(at).toLocaleString(window.languageOfPage(), { dateStyle: "medium", timeStyle: "short" }) : "");
  const list = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = kept.list(articles()).filter((one) => words.every((word) => textOf(one).toLowerCase().includes(word)));
    rows.replaceChildren(...found.map((one) => row(one, words)));
    if (!found.length) rows.append(make("li", words.length ? say("No chat has these words.") : say("No chats about this article yet."), { className: "none" }));
  };
  const row = (one, words) => {
    const item = make("li");
    const opens = make("button", "", { type: "button", className: "open", disabled: !one.chat });
    const count = one.chat?.turns.length || 0;
    const asked = count === 1 ? say("1 question") : say("{count} questions", { count });
    opens.append(make("span", one.title, { translate: false, dir: "auto" }), make("small", (words.length && around(textOf(one), words[0])) || `${asked} · ${when(one.at)}`, { translate: false }));
    const found = words.length && one.chat ? one.chat.turns.findIndex((turn) => words.every((word) => wordsOf(turn).toLowerCase().includes(word))) : -1;
    opens.addEventListener("click", () => open(one.id, found));
    if (one.id === id()) opens.setAttribute("aria-current", "true");
    const renames = shaped(say("Rename"), "edit", () => rename(item, one));
    const deletes = shaped(say("Delete"), "bin", () => remove(one));
    renames.hidden = !one.chat;
    renames.setAttribute("aria-label", say("Rename “{title}”", one));
    deletes.setAttribute("aria-label", say("Delete “{title}”", one));
    item.append(opens, renames, deletes);
    return item;
  };
  const rename = (item, one) => {
    const field = make("input", "", { value: one.title, maxLength: 120 });
    field.setAttribute("aria-label", say("Name of the chat"));
    let over = false;
    const done = (save) => {
      if (over) return;
      over = true;
      if (save && field.value.trim()) kept.write(articles(), one.id, { ...one.chat, title: field.value.trim() });
      bar();
      toggle.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") { event.stopPropagation(); done(false); }
    });
    field.addEventListener("blur", () => done(true));
    item.replaceChildren(field);
    field.select();
  };
  const remove = (one) => {
    const about = articles();
    const json = kept.raw(about, one.id);
    const opened = one.id === id();
    kept.remove(about, one.id);
    if (opened) { kept.choose(about, kept.anew()); refresh(); }
    bar();
    tell(say("“{title}” was deleted.", one), () => { kept.put(about, one.id, json); if (opened) open(one.id); });
    search.focus();
  };

  const build = () => {
    toggle.setAttribute("aria-expanded", "false");
    toggle.setAttribute("aria-controls", "chat-list");
    toggle.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      toggle.setAttribute("aria-expanded", String(!panel.hidden));
      if (!panel.hidden) { search.value = ""; list(); search.focus(); }
    });
    search.setAttribute("aria-label", say("Search chats"));
    search.addEventListener("input", list);
    panel.append(search, rows);
    const summary = make("summary");
    summary.append(window.turns.icon("save"), make("span", say("Export")));
    const menu = make("div", "", { className: "menu" });
    menu.append(...FORMATS.map(([form, name, kind]) => {
      const one = make("button", say(name), { type: "button" });
      one.addEventListener("click", () => exportAs(form, kind));
      return one;
    }));
    exports.append(summary, menu);
    const line = make("div", "", { className: "bar" });
    line.append(toggle, title, shaped(say("New chat"), "plus", fresh), exports);
    root.querySelector(".chats").replaceChildren(line, panel);
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".chats .exports")) exports.open = false;
    if (!event.target.closest?.(".chats, #undo") && event.target.isConnected) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { exports.open = false; if (!panel.hidden) close(); else if (editing !== null) cancel.click(); }
    if (event.key === "ArrowUp" && event.target === box() && !box().value && chat().turns.length) { event.preventDefault(); edit(chat().turns.length - 1); }
  });
  window.onKey("↑", "In the empty field: edit the last question");
  // Another tab has changed the chat that is shown here.
  window.addEventListener("storage", (event) => {
    if (!root) return;
    if (event.key && kept.isOf(event.key, articles(), id()) && !busy()) refresh(); else bar();
  });

  const begin = (element, sends, functions) => {
    [root, send, server] = [element, sends, functions];
    build();
    bar();
    if (chat().turns.length) refresh();
    window.queue.advance();
    document.addEventListener("articles", ({ detail: others }) => { // each have their own chat
      if (!others) return;
      shown = null;
      endEdit();
      if (chat().turns.length) return refresh();
      send.drop();
      bar();
    });
  };
  const feedback = () => root?.querySelector(".chats").dataset.feedback === "on";
  return { again, ask, begin, busy, isEditing: () => editing !== null, chat, edit, feedback, fill, id, now, refresh, server: () => server, showEarlier, tell, told, undoLast, articles, write };
})();
