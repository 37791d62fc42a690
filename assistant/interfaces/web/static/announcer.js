// What a screen reader says: an answer once it is whole, then its quotes in their order. Gradio would read every piece of it.
(() => {
  const { byId, make } = window.dom;
  const makeRegion = (id) => {
    const region = make("div", "", { id, className: "read-out" });
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    return region;
  };
  const region = makeRegion("read-out");
  window.tellQuietly = (text) => { region.textContent = text; };

  const wordsOf = (answer) => {
    const copy = answer.cloneNode(true);
    for (const one of copy.querySelectorAll(".quotes")) one.remove();
    for (const line of copy.querySelectorAll("br")) line.replaceWith(" ");
    return copy.textContent.trim();
  };
  const quotesOf = (answer) => {
    const places = new Map();
    for (const link of answer.querySelectorAll("a.cite:not(.near)")) {
      const sentence = byId(link.getAttribute("href").slice(1));
      const number = link.textContent.replace(/\D/g, "");
      if (sentence && !places.has(number)) places.set(number, `${window.say("Quote {number}: {text}", { number, text: sentence.textContent.trim() })} (${window.placeOf(sentence)})`);
    }
    return [...places.values()];
  };

  let making = false;
  const look = () => {
    const chat = byId("chat");
    const log = chat.querySelector("[role=log]");
    if (log?.getAttribute("aria-live") === "polite") {
      log.setAttribute("aria-live", "off");
      log.setAttribute("aria-label", window.say("Conversation"));
    }
    for (const message of chat.querySelectorAll("[data-testid=user][aria-label*='<'], [data-testid=bot][aria-label*='<']")) {
      message.setAttribute("role", "group"); // Gradio labels it with its own source
      message.setAttribute("aria-label", window.say(message.dataset.testid === "user" ? "Question" : "Answer"));
    }
    if (chat.querySelector(".working")) {
      making = true;
      return;
    }
    if (!making) return;
    making = false;
    const last = [...chat.querySelectorAll(".answer, .error")].pop();
    if (last) window.tellQuietly([wordsOf(last), ...quotesOf(last)].join(" "));
  };
  let waiting = false;
  const watch = () => {
    const chat = byId("chat");
    if (!chat) return setTimeout(watch, 100);
    document.body.append(region);
    new MutationObserver(() => {
      making ||= Boolean(chat.querySelector(".working"));
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; look(); });
    }).observe(chat, { childList: true, subtree: true, characterData: true });
    look();
  };
  watch();
})();
