// The drawer: opens and closes it; and tabs of what is open together, named in the address. library-list.js has its list.
// Runs where Gradio mounts the list, which gives `element` and `trigger`.
const { byId } = window.dom;
const begin = () => {
const all = (query, within = document) => [...within.querySelectorAll(query)];
let returnTo = null;

// ---- the drawer
const drawer = () => byId("shelf");
const isOpen = () => drawer().classList.contains("shown");
const TABS = ["Library", "File", "Paste", "Address"]; // in their order: what they are called is in the reader's language
const tab = (name) => all("#shelf-tabs [role=tab]")[TABS.indexOf(name)];
const openDrawer = (name) => {
  if (!isOpen() && !document.querySelector("#imports li:not([class])")) byId("imports")?.remove();
  if (!isOpen()) returnTo = document.activeElement;
  drawer().classList.add("shown");
  drawer().inert = false;
  told();
  all("[data-shelf]").forEach((one) => one.setAttribute("aria-expanded", "true"));
  tab(name)?.click();
  window.libraryList.countQuestions();
  refresh();
  enter(() => (name === "Library" ? byId("shelf-search") : drawer().querySelector(".close")));
};
// Nothing takes the focus before it can be seen, which on a busy machine is some frames from now.
const enter = (first, frames = 120) => {
  if (!isOpen() || drawer().contains(document.activeElement)) return;
  first()?.focus();
  if (frames) requestAnimationFrame(() => enter(first, frames - 1));
};
// The article that is served takes seconds to be kept: the list is asked for until it is.
let asking = 0;
const refresh = () => {
  clearTimeout(asking);
  trigger("refresh");
  asking = setTimeout(() => { if (isOpen() && element.querySelector(".waiting")) refresh(); }, 2_000);
};
const closeDrawer = () => {
  if (!isOpen()) return;
  drawer().classList.remove("shown");
  drawer().inert = true;
  all("[data-shelf]").forEach((one) => one.setAttribute("aria-expanded", "false"));
  (returnTo?.isConnected ? returnTo : document.querySelector("[data-shelf]"))?.focus();
};
// A result of what was opened before is no news when the drawer is opened again.
const told = () => all("#opening .done, #opening .notice").forEach((one) => one.remove());

drawer().inert = true;
drawer().setAttribute("role", "dialog");
drawer().setAttribute("aria-label", window.say("Articles"));

// ---- the list
const open = (ids) => trigger("open", { ids });
// An article at one of its sentences: `place` is the name of its element.
let sought = "";
const openAt = (id, place) => {
  closeDrawer();
  sought = place;
  if (idsOpen().includes(id)) seek(); else open([id]);
};
const seek = () => {
  if (!sought || !byId(sought)) return;
  const place = sought;
  sought = "";
  window.showSentence(place);
};
window.libraryList.begin(element, { trigger, server, open: (ids) => { closeDrawer(); open(ids); }, openAt });
const draw = () => window.libraryList.draw(props.value);
watch("value", draw);
draw();

// ---- what is open: its tabs, and its name in the address
const panes = () => document.querySelector("#article .panes");
const idsOpen = () => (panes()?.dataset.articles || "").split(",").filter(Boolean);
const { idsNamed } = window; // early-render.js
const same = (a, b) => a.join() === b.join();
let last = "";
window.showPane = (pane) => {
  if (!pane || !pane.hidden) return;
  all("#article .pane").forEach((one) => { one.hidden = one !== pane; });
  all("#article [role=tab]").forEach((one) => {
    const now = one.getAttribute("aria-controls") === pane.id;
    one.setAttribute("aria-selected", String(now));
    one.tabIndex = now ? 0 : -1;
  });
  last = pane.id;
  byId("reading").scrollTop = 0;
  window.dispatchEvent(new Event("resize")); // the margin's marks are those of what is seen
};
const name = (first) => {
  const ids = idsOpen();
  if (!ids.length || same(ids, idsNamed())) return;
  const search = new URLSearchParams(location.search);
  search.delete("article");
  const rest = search.toString();
  const to = `${location.pathname}?article=${ids.join(",")}${rest ? `&${rest}` : ""}${first ? location.hash : ""}`;
  const passes = first || document.querySelector("#imports li:not([class])"); // the next file is on its way
  history[passes ? "replaceState" : "pushState"](null, "", to);
};
// The page comes with the article that is served; what the address names follows, or a word that it is gone.
let begun = false;
window.settled = () => begun;
const settle = () => {
  if (begun) name(false);
  else if (!idsNamed().length || same(idsOpen(), idsNamed()) || document.querySelector("#gone .error")) {
    begun = true;
    name(true);
  }
  document.documentElement.classList.toggle("another", !begun);
  if (byId(last)?.hidden) window.showPane(byId(last));
  seek();
};
settle();
document.addEventListener("articles", settle);
new MutationObserver(settle).observe(byId("gone"), { childList: true, subtree: true });
window.addEventListener("popstate", () => {
  if (idsNamed().length && !same(idsOpen(), idsNamed())) open(idsNamed());
});
byId("article").addEventListener("keydown", (event) => {
  const tabs = all("#article [role=tab]");
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by || !tabs.includes(event.target)) return;
  const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
  window.showPane(byId(next.getAttribute("aria-controls")));
  next.focus();
  event.preventDefault();
});

// ---- clicks and keys elsewhere
document.addEventListener("click", (event) => {
  const at = (query) => event.target.closest?.(query);
  if (at("[data-shelf]")) openDrawer(at("[data-shelf]").dataset.shelf);
  else if (at("#shelf .close")) closeDrawer();
  else if (at("#article [role=tab]")) window.showPane(byId(at("[role=tab]").getAttribute("aria-controls")));
  else if (at(".undo")) trigger("restore", { ids: [at(".undo").dataset.id] });
  else if (isOpen() && !at("#shelf, #toast") && event.target.isConnected) closeDrawer();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen() && !window.libraryList.closeMenu()) { closeDrawer(); event.stopPropagation(); }
}, true);
window.onKey("l", "Open the library", () => openDrawer("Library"));
document.addEventListener("opendrawer", ({ detail: name }) => openDrawer(name));
// Several files were opened: they can be asked together.
document.addEventListener("choosearticles", ({ detail: ids }) => {
  tab("Library").click();
  refresh();
  window.libraryList.choose(ids);
});
// On a phone the question, which has the focus at first, would push the article out of sight.
if (innerWidth <= 800 && document.activeElement?.closest?.("#question")) {
  document.activeElement.blur();
  window.scrollTo(0, 0);
}
// An article that was opened is read next.
new MutationObserver(() => {
  if (document.querySelector("#opening .done") && (document.querySelector("#imports")?.hidden ?? true)) closeDrawer();
}).observe(byId("opening"), { childList: true, subtree: true });
};
// Gradio mounts the page's parts one after the other.
const soon = () => (["shelf", "finder", "article", "opening", "reading"].every((id) => byId(id)) ? begin() : setTimeout(soon, 50));
soon();
