// The list in the library drawer: its order and tags, what is chosen to be asked together, and the menu of each article.
window.libraryList = (() => {
  const MOST = 10; // articles that can be asked together; service.py has the same number
  const { say } = window;
  const { byId, make } = window.dom;
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  const chosen = new Set();
  let wanted = []; // to be chosen once they are in the list
  let element = null;
  let actions = {}; // what the drawer does

  const rows = () => all(".books > li", element);
  const shown = () => rows().filter((row) => !row.hidden);
  const tagsOf = (row) => all(".tag", row).map((tag) => tag.textContent);

  // ---- what is chosen
  const together = () => {
    const bar = document.querySelector("#finder .together");
    const there = rows().map((row) => row.dataset.id);
    for (const id of wanted) if (there.includes(id)) chosen.add(id);
    wanted = wanted.filter((id) => !there.includes(id));
    for (const id of chosen) if (!there.includes(id)) chosen.delete(id);
    rows().forEach((row) => { row.querySelector("input[type=checkbox]").checked = chosen.has(row.dataset.id); });
    bar.hidden = chosen.size < 1;
    const told = chosen.size === 1 ? say("1 chosen; choose another") : say("{count} chosen", { count: chosen.size });
    bar.querySelector("[role=status]").textContent = chosen.size > MOST ? say("{count} chosen; at most {most} can be asked together", { count: chosen.size, most: MOST }) : told;
    bar.querySelector(".ask").disabled = chosen.size < 2 || chosen.size > MOST;
  };
  const choose = (ids) => { wanted = ids; together(); };

  // ---- order, tags and words
  const ORDERS = {
    newest: () => 0, // as the server has it
    title: (one, other) => one.querySelector(".title").textContent.localeCompare(other.querySelector(".title").textContent, window.languageOfPage()),
    opened: (one, other) => other.dataset.opened.localeCompare(one.dataset.opened),
  };
  const order = () => window.preferences.get("order") || "newest";
  const sort = () => {
    const list = element.querySelector(".books");
    byId("shelf-order").value = order();
    list?.append(...rows().sort((one, other) => ORDERS[order()](one, other) || one.dataset.place - other.dataset.place));
  };
  const listTags = () => {
    const field = byId("shelf-tag");
    const names = [...new Set(rows().flatMap(tagsOf))].sort((one, other) => one.localeCompare(other, window.languageOfPage()));
    const { value } = field;
    field.replaceChildren(make("option", say("All tags"), { value: "" }), ...names.map((name) => make("option", name, { value: name, translate: false })));
    field.value = names.includes(value) ? value : "";
    field.hidden = !names.length;
  };
  const filter = () => {
    const tag = byId("shelf-tag").value;
    for (const row of rows()) {
      row.hidden = (tag && !tagsOf(row).includes(tag)) || !window.librarySearch.isIn(row);
      window.librarySearch.show(row, actions.openAt);
    }
    element.querySelector(".nothing")?.remove();
    document.querySelector("#finder .all").disabled = !shown().length;
    if (shown().length || !rows().length || window.librarySearch.isPending()) return;
    const none = make("p", say("No article has these words."), { className: "nothing" });
    none.setAttribute("role", "status");
    element.querySelector(".books").after(none);
  };

  // Chats are in this browser alone, and so is how much was asked.
  const countQuestions = () => {
    const counts = window.kept.asked();
    for (const row of rows()) {
      const number = counts.get(row.dataset.id) || 0;
      row.querySelector(".asked")?.remove();
      if (!number) continue;
      const told = make("span", " · ", { className: "asked" });
      told.append(make("span", number === 1 ? say("1 question asked") : say("{count} questions asked", { count: number })));
      row.querySelector(".meta").append(told);
    }
  };

  // ---- the menu of an article
  const closeMenu = () => {
    const menu = element.querySelector("details[open]");
    if (!menu) return false;
    menu.open = false;
    menu.firstElementChild.focus();
    return true;
  };
  // A field in place of a part of the row; `save` gets its value, unless it was left with Escape or as it was.
  const edit = (row, part, label, value, save) => {
    const box = make("input", "", { className: "renaming", value, maxLength: 1_000 });
    box.setAttribute("aria-label", label);
    let over = false;
    const end = (keep) => {
      if (over) return;
      over = true;
      part.hidden = false;
      box.remove();
      if (keep && box.value.trim() !== value) save(box.value.trim());
      row.querySelector("summary").focus();
    };
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") { event.stopPropagation(); end(event.key === "Enter"); }
    });
    box.addEventListener("blur", () => { if (!over) { over = true; part.hidden = false; box.remove(); } });
    part.hidden = true;
    part.before(box);
    box.focus();
    box.select();
  };
  const rename = (row) => {
    const title = row.querySelector(".title");
    edit(row, title, say("New title"), title.textContent, (value) => {
      if (!value) return;
      title.textContent = value;
      actions.trigger("rename", { ids: [row.dataset.id], title: value });
    });
  };
  const file = (row) => {
    const part = row.querySelector(".tags") || row.querySelector(".meta");
    edit(row, part, say("Tags, with commas between them"), tagsOf(row).join(", "), (value) => {
      actions.trigger("file", { ids: [row.dataset.id], tags: value.split(/[,،]/).map((tag) => tag.trim()).filter(Boolean) });
    });
  };
  const remove = (row) => {
    const next = (row.nextElementSibling || row.previousElementSibling)?.querySelector(".title") || byId("shelf-search");
    next.focus();
    actions.trigger("remove", { ids: [row.dataset.id] });
  };
  const act = (event) => {
    const at = (query) => event.target.closest(query);
    const row = at("li[data-id]");
    const menu = element.querySelector("details[open]");
    if (menu && !at("summary")) menu.open = false;
    if (!row) return;
    if (at(".title")) actions.open([row.dataset.id]);
    else if (at(".tag")) { byId("shelf-tag").value = at(".tag").textContent; filter(); }
    else if (at(".rename")) rename(row);
    else if (at(".file")) file(row);
    else if (at(".remove")) remove(row);
  };

  // Put in anew rather than patched by Gradio, which would show what the search has hidden. What has the focus keeps it.
  const draw = (html) => {
    const { id } = document.activeElement.closest?.("#books li")?.dataset || {};
    const { className, tagName } = document.activeElement;
    element.innerHTML = html;
    rows().forEach((row, place) => { row.dataset.place = place; });
    window.showDays(element);
    listTags();
    sort();
    together();
    countQuestions();
    filter();
    if (id) all(`[data-id="${id}"] ${tagName}`, element).find((one) => one.className === className)?.focus();
  };
  const begin = (mounted, does) => {
    [element, actions] = [mounted, does];
    element.addEventListener("click", act);
    element.addEventListener("change", (event) => {
      const row = event.target.closest("li[data-id]");
      if (!row) return;
      if (event.target.checked) chosen.add(row.dataset.id); else chosen.delete(row.dataset.id);
      together();
    });
    const finder = byId("finder");
    finder.addEventListener("input", (event) => { if (event.target.id === "shelf-search") window.librarySearch.changed(actions.server, filter); });
    finder.addEventListener("change", (event) => {
      if (event.target.id === "shelf-tag") filter();
      if (event.target.id === "shelf-order") { window.preferences.set({ order: event.target.value }); sort(); }
    });
    finder.addEventListener("click", (event) => {
      const at = (query) => event.target.closest(query);
      if (at(".all")) choose(shown().map((row) => row.dataset.id));
      if (at(".ask")) { actions.open([...chosen]); chosen.clear(); together(); }
      if (at(".none")) { chosen.clear(); together(); }
    });
    document.addEventListener("language", () => { countQuestions(); listTags(); });
  };
  return { begin, choose, closeMenu, countQuestions, draw };
})();
