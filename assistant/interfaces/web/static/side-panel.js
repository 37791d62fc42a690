// The panel beside the article: a part for the outline, one for the marks, and so on. Runs where Gradio mounts the articles (`element`).
// `panechange` tells that another article is in sight.
window.sidePanel = (() => {
  const { byId, make } = window.dom;
  const button = (name, act) => {
    const one = make("button", name, { type: "button" });
    one.addEventListener("click", act);
    return one;
  };
  const paneNow = () => document.querySelector("#article .pane:not([hidden])");
  const idOf = (pane) => pane.id.slice("pane-".length);
  const copyText = (text) => navigator.clipboard.writeText(text).then(() => window.chats.tell(window.say("Copied")), () => window.chats.tell(window.say("Not allowed to copy")));
  const side = make("div", "", { id: "side", hidden: true, tabIndex: -1 });
  const close = make("button", "✕", { type: "button", className: "close" });
  side.setAttribute("role", "region");
  side.ariaLabel = window.say("Contents and notes");
  close.ariaLabel = window.say("Close");
  side.append(close);

  const show = (shown) => {
    const within = side.contains(document.activeElement);
    if (shown && !side.isConnected) byId("reading").before(side);
    side.hidden = !shown;
    byId("tool-side").ariaExpanded = shown;
    if (shown) side.focus({ preventScroll: true }); else if (within) byId("tool-side").focus();
    window.dispatchEvent(new Event("resize")); // the margin's marks move along
  };
  const add = (title, ...content) => {
    const part = make("details", "", { open: true });
    part.append(make("summary", title), ...content);
    side.append(part);
    return part;
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#tool-side")) show(side.hidden);
    const link = event.target.closest?.("#side a[href^='#']");
    if (!link) return;
    event.preventDefault(); // Gradio has a base address, so that it would load the page anew
    if (window.matchMedia("(max-width: 800px)").matches) show(false); // it covers the article
    if (location.hash === link.hash) window.dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = link.hash;
  });
  close.addEventListener("click", () => show(false));
  side.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    show(false);
  });
  window.onKey("o", "Contents and notes", () => show(side.hidden));

  const changed = () => document.dispatchEvent(new Event("panechange"));
  document.addEventListener("articles", changed);
  new MutationObserver(changed).observe(element, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
  return { add, button, copyText, idOf, make, paneNow, show };
})();
