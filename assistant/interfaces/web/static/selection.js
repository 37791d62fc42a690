// A bar at the words that are selected. Words of the article can be asked about, and what listens to `articleselection` adds more; words
// of an answer lead to the sentences most like them.
(() => {
  const LONGEST = 300;
  const LEAST = 3; // characters that are worth a question
  window.askAbout = (text) => {
    const box = document.querySelector("#question input, #question textarea");
    const quote = text.trim().replace(/\s+/g, " ");
    const value = `“${quote.length > LONGEST ? `${quote.slice(0, LONGEST)} …` : quote}”: `;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, value); // past the framework's own setter
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    box.setSelectionRange(value.length, value.length);
  };

  const words = (text) => new Set((text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) || []));
  const closest = (text) => {
    const wanted = words(text);
    let best = null;
    let most = 0;
    for (const one of document.querySelectorAll("#article .s")) {
      const has = words(one.textContent);
      const shared = [...wanted].filter((word) => has.has(word)).length / Math.sqrt(has.size + 4);
      if (shared > most) [best, most] = [one, shared];
    }
    return best;
  };
  const showClosest = (text) => {
    const found = closest(text);
    if (found) location.hash === `#${found.id}` ? window.dispatchEvent(new HashChangeEvent("hashchange")) : (location.hash = found.id);
  };

  const { byId, make } = window.dom;
  const bar = make("div", "", { id: "selected", hidden: true });
  bar.setAttribute("role", "toolbar");
  bar.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
  const button = ([name, act]) => {
    const one = make("button", name, { type: "button" });
    one.addEventListener("click", () => { bar.hidden = true; act(); });
    return one;
  };
  const actionsFor = (range, text) => {
    const node = range.startContainer;
    const within = (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("#article .article, #chat .answer");
    if (within?.matches(".answer")) return text.length < LEAST ? [] : [[window.say("Show where the article says this"), () => showClosest(text)]];
    const actions = []; // pairs of a label and what it does
    if (within) document.dispatchEvent(new CustomEvent("articleselection", { detail: { range, text, actions } }));
    if (within && text.length >= LEAST) actions.push([window.say("Ask about this"), () => window.askAbout(text)]);
    return actions;
  };
  const offer = () => {
    if (bar.contains(document.activeElement)) return;
    const selection = window.getSelection();
    const range = selection?.rangeCount ? selection.getRangeAt(0) : null;
    const actions = range ? actionsFor(range, selection.toString().trim()) : [];
    bar.hidden = !actions.length;
    if (bar.hidden) return;
    bar.replaceChildren(...actions.map(button));
    bar.setAttribute("aria-label", window.say("Selected words"));
    if (!bar.isConnected) byId("desk").append(bar);
    const at = range.getBoundingClientRect();
    bar.style.left = `${Math.max(8, Math.min(at.left, innerWidth - bar.offsetWidth - 8))}px`;
    bar.style.top = `${Math.max(8, Math.min(at.top - bar.offsetHeight - 6, innerHeight - bar.offsetHeight - 8))}px`;
  };
  let soon = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(soon);
    soon = setTimeout(offer, 200);
  });
})();
