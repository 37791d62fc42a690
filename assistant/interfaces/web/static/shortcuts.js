// Keys that act anywhere but in a field, and the sheet that tells them. `window.onKey(key, what it does, act)` adds one.
(() => {
  const KEYS = [];
  window.onKey = (key, does, act = null) => KEYS.push({ key, does, act });
  const { make } = window.dom;
  const typing = (node) => Boolean(node?.closest?.("input:not([type=checkbox], [type=range]), select, textarea, [contenteditable=true]"));

  const sheet = make("dialog", "", { id: "keys" });
  const close = () => {
    const button = make("button", window.say("Close"), { type: "button" });
    button.addEventListener("click", () => sheet.close());
    return button;
  };
  window.showKeys = () => {
    const rows = KEYS.flatMap(({ key, does }) => {
      const term = make("dt", "");
      term.append(make("kbd", key));
      return [term, make("dd", window.say(does))];
    });
    const list = make("dl", "");
    list.append(...rows);
    sheet.setAttribute("aria-label", window.say("Keys"));
    sheet.replaceChildren(make("h2", window.say("Keys")), list, close());
    if (!sheet.isConnected) document.body.append(sheet);
    if (!sheet.open) sheet.showModal();
  };
  document.addEventListener("keydown", (event) => {
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const found = KEYS.find(({ key, act }) => act && key === event.key);
    if (!found) return;
    event.preventDefault();
    found.act();
  });
  window.onKey("?", "This sheet", window.showKeys);
})();
