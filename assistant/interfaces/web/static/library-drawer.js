// The drawer: opens and closes it, filters and changes the library's list; and tabs of what is open together, named in the address.
// Runs where Gradio mounts the list, which gives `element` and `trigger`. The server hears 'open', 'refresh', 'rename', 'remove', 'restore'.
const begin = () => {
const byId = (id) => document.getElementById(id);
const all = (query, within = document) => [...within.querySelectorAll(query)];
const chosen = new Set();
let wanted = []; // to be chosen once they are in the list
let returnTo = null;

// ---- the drawer
const drawer = () => byId("shelf");
const isOpen = () => drawer().classList.contains("shown");
const TABS = ["Library", "File", "Paste", "Address"]; // in their order: what they are called is in the reader's language
const tab = (name) => all("#shelf-tabs [role=tab]")[TABS.indexOf(name)];
const openDrawer = (name) => {
  if (!isOpen() && !document.querySelector("#imports li:not([class])")) document.getElementById("imports")?.remove();
  if (!isOpen()) returnTo = document.activeElement;
  drawer().classList.add("shown");
  drawer().inert = false;
  told();
  all("[data-shelf]").forEach((one) => one.setAttribute("aria-expanded", "true"));
  tab(name)?.click();
  asked();
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
const rows = () => all(".books > li", element);
const open = (ids) => trigger("open", { ids });
const together = () => {
  const bar = document.querySelector("#finder .together");
  const there = rows().map((row) => row.dataset.id);
  for (const id of wanted) if (there.includes(id)) chosen.add(id);
  wanted = wanted.filter((id) => !there.includes(id));
  for (const id of chosen) if (!there.includes(id)) chosen.delete(id);
  rows().forEach((row) => { row.querySelector("input[type=checkbox]").checked = chosen.has(row.dataset.id); });
  bar.hidden = chosen.size < 1;
  bar.querySelector("[role=status]").textContent = chosen.size === 1 ? window.say("1 chosen; choose another") : window.say("{count} chosen", { count: chosen.size });
  bar.querySelector(".ask").disabled = chosen.size < 2;
};
const filter = () => {
  const words = (byId("shelf-search")?.value || "").toLowerCase().split(/\s+/).filter(Boolean);
  let seen = 0;
  for (const row of rows()) {
    const facts = [...row.querySelector(".meta").childNodes].filter((node) => node.nodeType === Node.TEXT_NODE); // no counts
    const text = [row.querySelector(".title, .renaming"), ...facts].map((one) => one.value || one.textContent).join(" ").toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    seen += row.hidden ? 0 : 1;
  }
  element.querySelector(".nothing")?.remove();
  if (!seen && rows().length) {
    const none = Object.assign(document.createElement("p"), { className: "nothing", textContent: window.say("No article has these words in its title or source.") });
    none.setAttribute("role", "status");
    element.querySelector(".books").after(none);
  }
};
// Chats are in this browser alone, and so is how much was asked.
const asked = () => {
  const counts = window.kept.asked();
  for (const row of rows()) {
    const number = counts.get(row.dataset.id) || 0;
    row.querySelector(".asked")?.remove();
    if (!number) continue;
    const told = Object.assign(document.createElement("span"), { className: "asked", textContent: " · " });
    const count = number === 1 ? window.say("1 question asked") : window.say("{count} questions asked", { count: number });
    told.append(Object.assign(document.createElement("span"), { textContent: count }));
    row.querySelector(".meta").append(told);
  }
};
const rename = (row) => {
  const title = row.querySelector(".title");
  const box = Object.assign(document.createElement("input"), { className: "renaming", value: title.textContent, maxLength: 300 });
  box.setAttribute("aria-label", window.say("New title"));
  let over = false;
  const end = (keep) => {
    if (over) return;
    over = true;
    const value = box.value.trim();
    box.replaceWith(title);
    if (keep && value && value !== title.textContent) {
      title.textContent = value;
      trigger("rename", { ids: [row.dataset.id], title: value });
    }
    if (keep !== null) row.querySelector(".rename").focus();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") end(false);
    if (["Enter", "Escape"].includes(event.key)) event.stopPropagation();
  });
  box.addEventListener("blur", () => { if (!over) { over = true; box.replaceWith(title); } });
  title.replaceWith(box);
  box.focus();
  box.select();
};
element.addEventListener("click", (event) => {
  const row = event.target.closest("li[data-id]");
  if (!row) return;
  if (event.target.closest(".title")) { closeDrawer(); open([row.dataset.id]); }
  else if (event.target.closest(".rename")) rename(row);
  else if (event.target.closest(".remove")) {
    const next = (row.nextElementSibling || row.previousElementSibling)?.querySelector(".title") || byId("shelf-search");
    next.focus();
    trigger("remove", { ids: [row.dataset.id] });
  }
});
element.addEventListener("change", (event) => {
  const row = event.target.closest("li[data-id]");
  if (!row) return;
  if (event.target.checked) chosen.add(row.dataset.id); else chosen.delete(row.dataset.id);
  together();
});
// Put in anew rather than patched by Gradio, which would show what the search has hidden. What has the focus keeps it.
const draw = () => {
  const { id } = document.activeElement.closest?.("#books li")?.dataset || {};
  const { className } = document.activeElement;
  element.innerHTML = props.value;
  together();
  asked();
  filter();
  if (id) all("button", element).find((one) => one.className === className && one.closest("li").dataset.id === id)?.focus();
};
watch("value", draw);
draw();

document.addEventListener("language", asked);

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
  else if (at("#finder .ask")) { closeDrawer(); open([...chosen]); chosen.clear(); together(); }
  else if (at("#finder .none")) { chosen.clear(); together(); }
  else if (isOpen() && !at("#shelf, #toast") && event.target.isConnected) closeDrawer();
});
document.addEventListener("input", (event) => { if (event.target.id === "shelf-search") filter(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) { closeDrawer(); event.stopPropagation(); }
}, true);
window.onKey("l", "Open the library", () => openDrawer("Library"));
document.addEventListener("opendrawer", ({ detail: name }) => openDrawer(name));
// Several files were opened: they can be asked together.
document.addEventListener("choosearticles", ({ detail: ids }) => {
  wanted = ids;
  tab("Library").click();
  refresh();
  together();
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
const soon = () => (["shelf", "finder", "article", "opening", "reading"].every((id) => document.getElementById(id)) ? begin() : setTimeout(soon, 50));
soon();
