// Words selected in the article can be asked about; words selected in an answer lead to the sentences most like them.
(() => {
  const LONGEST = 300;
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

  const button = Object.assign(document.createElement("button"), { id: "selected", type: "button", hidden: true });
  let act = () => {};
  button.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
  button.addEventListener("click", () => { button.hidden = true; act(); });

  const offer = () => {
    const selection = window.getSelection();
    const text = selection?.toString().trim() || "";
    const anchor = selection?.anchorNode;
    const node = anchor?.nodeType === Node.ELEMENT_NODE ? anchor : anchor?.parentElement;
    const inArticle = node?.closest("#article .article");
    const inAnswer = node?.closest("#chat .answer");
    if (text.length < 3 || !(inArticle || inAnswer)) {
      button.hidden = true;
      return;
    }
    button.textContent = window.say(inArticle ? "Ask about this" : "Show where the article says this");
    act = inArticle ? () => window.askAbout(text) : () => {
      const found = closest(text);
      if (found) location.hash === `#${found.id}` ? window.dispatchEvent(new HashChangeEvent("hashchange")) : (location.hash = found.id);
    };
    if (!button.isConnected) document.body.append(button);
    button.hidden = false;
    const at = selection.getRangeAt(0).getBoundingClientRect();
    button.style.left = `${Math.max(8, Math.min(at.left, innerWidth - button.offsetWidth - 8))}px`;
    button.style.top = `${Math.max(8, at.top - button.offsetHeight - 6)}px`;
  };
  let soon = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(soon);
    soon = setTimeout(offer, 200);
  });
})();
