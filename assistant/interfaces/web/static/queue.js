// Every question goes through here: it is asked at once, or waits above the field until the answer under way has come.
window.queue = (() => {
  const KEY = "article-assistant:queue";
  const MOST = 10; // questions that wait
  const { say } = window;
  const { byId, make } = window.dom;
  const field = () => document.querySelector("#question :is(input, textarea)");
  const list = make("ul", "", { id: "queue", hidden: true });
  list.setAttribute("role", "status");

  // Each with the chat that it belongs to, for as long as the tab is open.
  const read = () => {
    try {
      const stored = JSON.parse(sessionStorage.getItem(KEY));
      return Array.isArray(stored) ? stored.filter((entry) => typeof entry?.chat === "string" && typeof entry?.question === "string") : [];
    } catch { return []; }
  };
  let entries = read();
  const write = (changed) => {
    entries = changed;
    try { sessionStorage.setItem(KEY, JSON.stringify(entries)); } catch { /* until the page is left */ }
    draw();
  };
  const ofThisChat = () => entries.filter((entry) => entry.chat === window.chats.id());

  const takeBack = (entry) => {
    write(entries.filter((other) => other !== entry));
    if (!field().value) window.chats.fill(entry.question);
    field().focus();
  };
  const draw = () => {
    const rows = ofThisChat().map((entry) => {
      const row = make("li");
      const button = make("button", say("Take back"), { type: "button" });
      button.addEventListener("click", () => takeBack(entry));
      row.append(make("span", say("Asked next"), { className: "label" }), make("span", entry.question, { className: "waits", dir: "auto", translate: false }), button);
      return row;
    });
    list.replaceChildren(...rows);
    list.hidden = !rows.length;
    if (rows.length && !list.isConnected) byId("question")?.before(list);
  };
  const advance = () => {
    const [next] = ofThisChat();
    if (!next || !document.querySelector(".chats .bar") || window.chats.busy() || window.chats.isEditing() || window.connection.lost()) return;
    write(entries.filter((entry) => entry !== next));
    window.chats.ask(next.question);
  };

  // Ask a question now, or let it wait in line. Return whether it was taken: if not, it stays in the field.
  const submit = (question) => {
    if (!question.trim()) return false;
    if (window.connection.lost()) {
      window.chats.tell(say("There is no connection now. Your question stays here until there is."));
      return false;
    }
    if (!window.chats.busy()) {
      window.chats.ask(question);
    } else if (ofThisChat().length < MOST) {
      write([...entries, { chat: window.chats.id(), question }]);
    } else {
      window.chats.tell(say("Ten questions are waiting. Take one back, or wait."));
      return false;
    }
    return true;
  };
  const submitField = () => {
    if (!document.dispatchEvent(new Event("submitquestion", { cancelable: true }))) return; // it is an address, which is opened
    const question = field().value.trim().replace(/\s*\n\s*/g, " "); // on one line
    if (submit(question)) { window.chats.fill(""); window.connection.draft(""); }
  };
  // The page is built, and the articles that the address names are open.
  const isBuilt = () => document.querySelector(".chats .bar") && window.settled?.();
  let waiting = 0;
  const send = () => {
    clearTimeout(waiting);
    if (isBuilt()) return submitField();
    const { value } = field();
    const again = () => {
      if (field().value !== value || document.querySelector("#gone .error")) return; // its reader has gone on, or its article is gone
      if (isBuilt()) submitField(); else waiting = setTimeout(again, 20);
    };
    again();
  };
  const take = (event, act) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  };
  // Before Gradio's own listeners, which would empty the field and the chat. Shift and Enter begin a line.
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== field() || event.isComposing) return;
    if (event.shiftKey) event.stopImmediatePropagation(); else take(event, send);
  }, true);
  window.addEventListener("click", (event) => {
    const button = event.target.closest?.("#send, .starter, .followup, .command");
    if (button) take(event, button.id === "send" ? send : () => isBuilt() && submit(button.dataset.ask || button.textContent));
  }, true);
  document.addEventListener("chatchanged", advance);
  document.addEventListener("language", draw);
  return { advance, draw, send };
})();
