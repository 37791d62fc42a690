// The user's own marks and notes: the server keeps them with the article, the browser's highlights paint them, so that nothing of the
// text is touched, and a list beside the article has them all.
(() => {
  const { say } = window;
  const { add, button, copyText, idOf, make, paneNow, show } = window.sidePanel;
  const SAVE_AFTER = 800; // milliseconds without a key
  const byArticle = new Map(); // the marks of each article, in the order of its text
  const texts = new Map(); // the code points of each article

  const marksOf = (id) => byArticle.get(id) || [];
  const request = async (id, rest = "", options = {}) => {
    const response = await fetch(`/api/articles/${id}${rest}`, { headers: { "Content-Type": "application/json" }, keepalive: Boolean(options.method), ...options });
    if (!response.ok) throw new Error(String(response.status));
    return response.status === 204 ? null : response.json();
  };
  const textOf = (id) => {
    if (!texts.has(id)) texts.set(id, request(id).then(({ text }) => [...text]).catch((error) => { texts.delete(id); throw error; }));
    return texts.get(id);
  };
  const failed = () => window.chats.tell(say("That could not be stored. The article may still be opening, or there is no connection; try again."));

  // ---- places: offsets count code points of the article; each sentence's id has its own
  const offsets = (sentence) => sentence.id.split("-").slice(2).map(Number);
  const sentencesOf = (pane) => [...pane.querySelectorAll(".s")];
  const spanOf = (range) => {
    const pane = paneNow();
    const sentences = sentencesOf(pane).filter((sentence) => range.intersectsNode(sentence));
    if (!sentences.length) return null;
    const place = (sentence, node, at) => {
      const before = new Range();
      before.selectNodeContents(sentence);
      before.setEnd(node, at);
      return offsets(sentence)[0] + [...before.toString()].length;
    };
    const [first, last] = [sentences[0], sentences.at(-1)];
    return {
      id: idOf(pane),
      start: first.contains(range.startContainer) ? place(first, range.startContainer, range.startOffset) : offsets(first)[0],
      end: last.contains(range.endContainer) ? place(last, range.endContainer, range.endOffset) : offsets(last)[1],
    };
  };
  const nodeAt = (sentence, points) => {
    const walker = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(), left = points; node; node = walker.nextNode()) {
      const letters = [...node.data];
      if (left <= letters.length) return [node, letters.slice(0, left).join("").length];
      left -= letters.length;
    }
    return [sentence, sentence.childNodes.length];
  };
  const rangeOf = (sentences, { start, end }) => {
    const within = sentences.filter((sentence) => { const [from, to] = offsets(sentence); return from < end && start < to; });
    if (!within.length) return null;
    const range = new Range();
    range.setStart(...nodeAt(within[0], Math.max(0, start - offsets(within[0])[0])));
    range.setEnd(...nodeAt(within.at(-1), end - offsets(within.at(-1))[0]));
    return range;
  };
  const bare = (text) => text.replace(/\s+/g, "");
  // The span without white space at its ends, and its exact words.
  const exact = async ({ id, start, end }) => {
    const letters = await textOf(id);
    while (start < end && !letters[start].trim()) start += 1;
    while (start < end && !letters[end - 1].trim()) end -= 1;
    const text = letters.slice(start, end).join("");
    const range = rangeOf(sentencesOf(window.dom.byId(`pane-${id}`)), { start, end });
    if (!range || bare(range.toString()) !== bare(text)) throw new Error("the page shows other words");
    return { start, end, text };
  };

  // ---- changes
  const change = (id, marks) => {
    byArticle.set(id, marks.sort((a, b) => a.start - b.start || a.end - b.end));
    paint();
  };
  const without = (id, mark) => marksOf(id).filter((other) => other.id !== mark.id);
  const put = async (id, { start, end, text }, note) => {
    const mark = await request(id, "/marks", { method: "POST", body: JSON.stringify({ start, end, text, note }) });
    change(id, [...without(id, mark), mark]);
    return mark;
  };
  const restore = (id, mark) => put(id, mark, mark.note).then(draw, failed);
  const remove = async (id, mark) => {
    try {
      await request(id, `/marks/${mark.id}${mark.shared ? "?shared=true" : ""}`, { method: "DELETE" });
    } catch { return failed(); }
    change(id, without(id, mark));
    draw();
    window.chats.tell(say("The mark was removed."), () => restore(id, mark));
  };
  const addMark = async (span, isNoted = false) => {
    try {
      const words = await exact(span);
      const there = marksOf(span.id).find(({ start, end }) => start === words.start && end === words.end);
      if (there && !isNoted) return remove(span.id, there);
      const mark = there || await put(span.id, words, "");
      getSelection().removeAllRanges(); // the mark is seen instead
      draw();
      if (isNoted) edit(mark); else window.chats.tell(say("Marked."), () => remove(span.id, mark));
    } catch { failed(); }
  };
  const copy = (text, sentence) => {
    const source = [sentence.closest(".article").querySelector("h1").textContent, window.placeOf(sentence)].join(", ");
    copyText(`“${text}” (${source})`);
  };
  const sentenceOf = (id, { start }) => sentencesOf(window.dom.byId(`pane-${id}`)).find((sentence) => start < offsets(sentence)[1]);

  // ---- in the article
  const paint = () => {
    if (!window.CSS?.highlights) return; // then they are only listed
    const ranges = { marked: [], noted: [] };
    for (const pane of document.querySelectorAll("#article .pane")) {
      const sentences = sentencesOf(pane);
      for (const mark of marksOf(idOf(pane))) {
        const range = rangeOf(sentences, mark);
        if (range) ranges[mark.note ? "noted" : "marked"].push(range);
      }
    }
    for (const [name, all] of Object.entries(ranges)) CSS.highlights.set(name, new Highlight(...all));
  };
  document.addEventListener("articleselection", ({ detail: { range, text, actions } }) => {
    const span = spanOf(range);
    if (!span) return;
    const mark = marksOf(span.id).find(({ start, end }) => start <= span.start && span.end <= end);
    if (!text && (!mark || range.startContainer.parentElement.closest(".quoted"))) return; // a quote has a card
    if (mark) actions.push([say("Note"), () => edit(mark)], [say("Remove mark"), () => remove(span.id, mark)]);
    else actions.push([say("Mark"), () => addMark(span)], [say("Note"), () => addMark(span, true)]);
    actions.push([say("Copy with source"), () => copy(text || mark.text, sentenceOf(span.id, span))]);
    if (!text) actions.push([say("Ask about this"), () => window.askAbout(mark.text)]);
  });
  const byKey = (isNoted) => {
    const selection = getSelection();
    const now = paneNow().querySelectorAll(".s.now");
    const span = !selection.isCollapsed && paneNow().contains(selection.anchorNode) && spanOf(selection.getRangeAt(0));
    if (span) addMark(span, isNoted);
    else if (now.length) addMark({ id: idOf(paneNow()), start: offsets(now[0])[0], end: offsets([...now].at(-1))[1] }, isNoted);
  };
  window.onKey("m", "Mark what is selected or shown, or remove its mark", () => byKey(false));
  window.onKey("M", "Write a note on what is selected or shown", () => byKey(true));

  // ---- the list
  const search = make("input", "", { type: "search", autocomplete: "off", placeholder: say("Search marks and notes") });
  search.setAttribute("aria-label", say("Search marks and notes"));
  const none = make("p", "", { className: "none" });
  const list = make("ul", "", { className: "marks" });
  const save = make("a", say("Export as Markdown"), { download: "" });
  const part = add("", search, none, list, save);
  const row = (id, mark) => {
    const item = make("li");
    item.dataset.id = mark.id;
    const words = make("a", mark.text, { href: `#w-${id.slice(0, 8)}-${mark.start}-${mark.end}`, className: "words", dir: "auto", translate: false });
    const note = make("textarea", "", { value: mark.note, hidden: !mark.note, maxLength: 10_000, dir: "auto", placeholder: say("Note") });
    note.setAttribute("aria-label", say("Note"));
    let soon = 0;
    const keep = () => {
      clearTimeout(soon);
      const stored = marksOf(id).find((other) => other.id === mark.id);
      if (!stored || stored.note === note.value) return;
      change(id, [...without(id, mark), { ...mark, note: note.value }]); // at once: the list may be drawn before the server answers
      put(id, mark, note.value).catch(() => {
        change(id, [...without(id, mark), stored]); // so that the next blur tries again
        failed();
      });
    };
    note.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(keep, SAVE_AFTER); });
    note.addEventListener("blur", keep);
    const acts = make("div", "", { className: "row" });
    acts.append(
      button(say("Note"), () => edit(mark)),
      button(say("Copy with source"), () => copy(mark.text, sentenceOf(id, mark))),
      button(say("Remove"), () => { search.focus(); remove(id, marksOf(id).find((other) => other.id === mark.id)); }),
    );
    item.append(words, note, acts);
    return item;
  };
  const draw = () => {
    const id = idOf(paneNow());
    const marks = marksOf(id);
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = marks.filter(({ text, note }) => wanted.every((word) => `${text} ${note}`.toLowerCase().includes(word)));
    part.firstChild.textContent = say("Marks and notes ({count})", { count: marks.length });
    list.replaceChildren(...found.map((mark) => row(id, mark)));
    none.hidden = Boolean(found.length);
    none.textContent = marks.length ? say("No mark has these words.") : say("Select words of the article to mark them.");
    search.hidden = save.hidden = !marks.length;
    save.href = `/api/articles/${id}/marks.md`;
  };
  const edit = (mark) => {
    show(true);
    search.value = "";
    draw();
    const note = list.querySelector(`[data-id="${mark.id}"] textarea`);
    note.hidden = false;
    note.focus();
  };
  search.addEventListener("input", draw);
  window.addEventListener("pagehide", () => { if (list.contains(document.activeElement)) document.activeElement.blur(); }); // stores a note

  const load = () => {
    for (const id of [...document.querySelectorAll("#article .pane")].map(idOf)) {
      if (byArticle.has(id)) continue;
      byArticle.set(id, []);
      request(id, "/marks").then(({ marks }) => { change(id, marks); draw(); }, () => byArticle.delete(id));
    }
    paint();
    draw();
  };
  document.addEventListener("language", draw);
  document.addEventListener("panechange", load);
  load();
})();
