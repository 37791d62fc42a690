// Find in the article: matches are painted by the browser's highlights, so that nothing of the text is touched.
(() => {
  const { byId, center } = window.dom;
  const MOST = 2000; // matches that are painted
  let found = [];
  let at = -1;

  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // Any white space for white space, and either kind of quotation mark and dash for the other.
  const pattern = (words) => new RegExp(escaped(words.trim()).replace(/\s+/g, "\\s+").replace(/['’‘]/g, "['’‘]").replace(/["“”„]/g, "[\"“”„]")
    .replace(/[-–—]/g, "[-–—]"), "giu");
  const piecesOf = (block) => {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    const pieces = [];
    for (let start = 0, node = walker.nextNode(); node; start += node.length, node = walker.nextNode()) pieces.push({ node, start });
    return pieces;
  };
  const placeIn = (pieces, offset) => {
    const piece = pieces.findLast(({ start }) => start < offset) || pieces[0]; // an end may lie at a node's end
    return [piece.node, offset - piece.start];
  };
  const startIn = (pieces, offset) => {
    const piece = pieces.findLast(({ start }) => start <= offset);
    return [piece.node, offset - piece.start];
  };
  const rangesIn = (block, regex) => {
    const pieces = piecesOf(block);
    const text = pieces.map(({ node }) => node.data).join("");
    return [...text.matchAll(regex)].filter((match) => match[0]).map((match) => {
      const range = document.createRange();
      range.setStart(...startIn(pieces, match.index));
      range.setEnd(...placeIn(pieces, match.index + match[0].length));
      return range;
    });
  };

  const paint = () => {
    const count = byId("find-count");
    const words = byId("find-words").value.trim();
    count.textContent = !words ? "" : found.length ? window.say("{number} of {count}", { number: at + 1, count: found.length }) : window.say("Not found");
    if (!window.CSS?.highlights) return; // then the match is only scrolled to
    CSS.highlights.set("found", new Highlight(...found.slice(0, MOST)));
    CSS.highlights.set("found-now", new Highlight(...found.slice(at, at + 1).filter(() => at >= 0)));
  };
  const go = (by) => {
    if (!found.length) return paint();
    at = (at + by + found.length) % found.length;
    center(found[at].startContainer.parentElement);
    return paint();
  };
  const find = () => {
    const words = byId("find-words").value;
    const blocks = document.querySelectorAll("#article .article > :is(h1, h2, h3, h4, h5, h6, p)");
    found = words.trim() ? [...blocks].flatMap((block) => rangesIn(block, pattern(words))) : [];
    at = -1;
    go(1);
  };
  const open = () => {
    window.preferences.set({ view: "text" }); // pages have no words to find
    byId("find").hidden = false;
    byId("find-words").focus();
    byId("find-words").select();
    find();
  };
  const close = () => {
    if (byId("find").hidden) return;
    found = [];
    at = -1;
    paint();
    byId("find").hidden = true;
    byId("tool-find").focus();
  };

  document.addEventListener("articles", () => { if (byId("find")?.hidden === false) find(); });
  document.addEventListener("input", (event) => { if (event.target.id === "find-words") find(); });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "find") return;
    event.preventDefault();
    go(1);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#find")) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); go(-1); }
  });
  document.addEventListener("click", (event) => {
    const act = { "tool-find": open, "find-previous": () => go(-1), "find-close": close }[event.target.closest?.("button")?.id];
    if (act) act();
  });
  window.onKey("f", "Find in the article", open);
})();
