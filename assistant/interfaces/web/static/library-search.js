// The search in the library: titles at once, texts as the server finds them, with the sentence that has the words.
window.librarySearch = (() => {
  const PAUSE = 250; // milliseconds without a key before texts are searched
  const { byId, make } = window.dom;
  let hits = new Map(); // by article
  let asked = "";
  let waiting = 0;

  const words = () => (byId("shelf-search")?.value || "").trim();
  const isIn = (row) => {
    const text = [...row.querySelectorAll(".title, .fact, .tag")].map((one) => one.textContent).join(" ").toLowerCase();
    return hits.has(row.dataset.id) || words().toLowerCase().split(/\s+/).every((word) => text.includes(word));
  };
  const isPending = () => Boolean(words()) && asked !== words();
  const search = async (server, done) => {
    const sought = words();
    const found = sought ? await server.search({ words: sought }).catch(() => ({})) : {};
    if (sought !== words()) return; // its reader has gone on
    hits = new Map((found.hits || []).map((hit) => [hit.id, hit]));
    asked = sought;
    done();
  };
  const changed = (server, done) => {
    clearTimeout(waiting);
    if (!words()) { hits = new Map(); asked = ""; } else waiting = setTimeout(search, PAUSE, server, done);
    done();
  };
  // Below an article, the sentence of it that has the words.
  const show = (row, openAt) => {
    row.querySelector(".hit")?.remove();
    const hit = hits.get(row.dataset.id);
    if (!hit) return;
    const button = make("button", "", { type: "button", className: "hit", dir: "auto", translate: false });
    button.append(...hit.pieces.map((piece, at) => (at % 2 ? make("mark", piece) : piece)));
    if (hit.passages > 1) button.append(" ", make("small", window.say("{count} passages", { count: hit.passages })));
    button.addEventListener("click", () => openAt(hit.id, `s-${hit.id.slice(0, 8)}-${hit.start}-${hit.end}`));
    row.append(button);
  };
  return { changed, isIn, isPending, show };
})();
