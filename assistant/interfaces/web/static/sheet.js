// What people say in the article, its figures and its dates, as lists beside it. The server finds them when one is first opened.
(() => {
  const { say } = window;
  const { add, button, copyText, idOf, make, paneNow } = window.sidePanel;
  const MOST = 500; // rows of a list, as the server sends them
  const sheets = new Map(); // what the server sent, by article
  const sheetOf = (id) => {
    if (!sheets.has(id)) sheets.set(id, fetch(`/api/articles/${id}/sheet`).then((response) => (response.ok ? response.json() : Promise.reject())));
    return sheets.get(id);
  };
  const addList = (name, title) => {
    const list = make("ul", "", { className: "sheet" });
    const none = make("p", "", { className: "none" });
    let ticked = []; // in the order in which they are copied
    const copy = button(say("Copy"), () => copyText((ticked.length ? ticked : [...list.querySelectorAll("input")]).map(({ copied }) => copied).join("\n")));
    const acts = make("div", "", { className: "row" });
    acts.append(copy);
    const part = add(title, none, list, acts);
    part.open = false;
    const makeRow = (id, { start, end, text, speaker, verb, sentence }) => {
      const item = make("li");
      const tick = make("input", "", { type: "checkbox", copied: sentence?.text || `“${text}”${speaker ? ` (${speaker.text})` : ""}` });
      tick.ariaLabel = say("Choose “{words}”", { words: text });
      tick.addEventListener("change", () => {
        ticked = tick.checked ? [...ticked, tick] : ticked.filter((one) => one !== tick);
        copy.textContent = ticked.length ? say("Copy {count} chosen", { count: ticked.length }) : say("Copy");
      });
      const about = sentence?.text || [speaker?.text || say("Speaker not named"), verb?.text].filter(Boolean).join(" · ");
      item.append(tick, make("a", text, { href: `#w-${id.slice(0, 8)}-${start}-${end}`, dir: "auto", translate: false }), make("small", about, { dir: "auto" }));
      return item;
    };
    const draw = async () => {
      if (!part.open) return;
      const id = idOf(paneNow());
      const rows = await sheetOf(id).then((sheet) => sheet[name], () => sheets.delete(id) && null);
      if (id !== idOf(paneNow())) return;
      ticked = [];
      none.textContent = !rows ? say("There is no connection; try again.") : rows.length ? say("The first 500 are listed.") : say("None found.");
      none.hidden = rows?.length % MOST > 0;
      acts.hidden = !rows?.length;
      list.replaceChildren(...(rows || []).map((row) => makeRow(id, row)));
    };
    part.addEventListener("toggle", draw);
    document.addEventListener("panechange", draw);
  };
  addList("quotations", say("Quotations"));
  addList("figures", say("Figures"));
  addList("dates", say("Dates"));
})();
