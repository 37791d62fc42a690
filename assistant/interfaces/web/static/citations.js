// Citations: what the last answer quotes is marked in the article; a card shows each quote with its place; keys go through them.
(() => {
  const COLOURS = 6; // as many as style.css has
  const { byId, center, make } = window.dom;
  // The sentences that words stand in: what a link to a sentence names, or those that its first and last character are in.
  const sentencesAt = (hash) => {
    const [, kind, article, from, to] = hash.match(/^#([sw])-([0-9a-f]{8})-(\d+)-(\d+)$/) || [];
    if (kind !== "w") return [byId(hash.slice(1))].filter((one) => one?.matches(".s"));
    return [...document.querySelectorAll(`#article .s[id^="s-${article}-"]`)].filter((one) => {
      const [start, end] = one.id.split("-").slice(2).map(Number);
      return start < Number(to) && Number(from) < end;
    });
  };
  const inAddress = () => {
    const [, place] = location.hash.match(/^#s-(\d+-\d+)$/) || []; // made before links named the article: the one that is open
    const old = place ? document.querySelector(`#article .s[id$="-${place}"]`) : null;
    return old ? [old] : sentencesAt(location.hash);
  };
  const sentencesOf = (link) => (link.matches(".elsewhere") ? [] : sentencesAt(link.hash));
  const sentence = (link) => sentencesOf(link)[0];
  const LINK = "#chat :is(a.cite, a.said)";
  const STATES = {
    verified: () => `✓ ${say("Exact words of the article")}`,
    near: () => say("Related passage"),
    elsewhere: (title) => `↗ ${say("Elsewhere: not in the article that was asked, but in “{title}”", { title })}`,
    "not-found": () => `✗ ${say("Not found: no article of the library has these words")}`,
  };
  const stateOf = (link) => Object.keys(STATES).find((name) => link.classList.contains(name)) || "verified";
  const { say } = window;
  const clear = (name) => {
    document.querySelectorAll(`#article .s.${name}`).forEach((one) => one.classList.remove(name));
    window.pageView?.paint();
  };
  const visible = (one) => window.pageView?.boxOf(one) || one; // its box on a page
  const quoted = () => [...document.querySelectorAll("#article .s.quoted")];
  const numberOf = (link) => Number((link.textContent.match(/\d+/) || [0])[0]);

  const show = (found, ...others) => {
    window.showPane?.(found.closest(".pane")); // of several articles that are open, the one that it is in
    clear("now");
    [found, ...others].forEach((one) => one.classList.add("now"));
    if (!window.pageView?.reveal(found)) center(found);
  };

  const unmark = () => {
    for (const one of quoted()) {
      one.classList.remove("quoted", ...[...one.classList].filter((name) => /^q\d$/.test(name)));
      delete one.dataset.quote;
    }
  };
  // The answer whose quotes are marked: the last one, or an earlier one that its reader has clicked.
  const answersOf = () => [...document.querySelectorAll("#chat .answer")];
  let picked = null; // the place of its question, and how many answers there were
  const answerNow = () => {
    const answers = answersOf();
    if (picked?.count !== answers.length) picked = null;
    return answers.find((one) => window.turns.placeOf(one) === picked?.place) || answers.at(-1);
  };
  const pick = (answer) => {
    const answers = answersOf();
    picked = answer === answers.at(-1) ? null : { place: window.turns.placeOf(answer), count: answers.length };
    mark();
  };
  let marked = "";
  let hadAnswers = false;
  const mark = () => {
    const answers = answersOf();
    const answer = answerNow();
    for (const one of answers) one.classList.toggle("current", Boolean(picked) && one === answer);
    const links = answer ? answer.querySelectorAll("a.cite:not(.near)") : [];
    for (const link of document.querySelectorAll("#chat a.cite[title]")) {
      link.ariaLabel = say("Quote {number}: {text}", { number: numberOf(link), text: link.title });
      link.removeAttribute("title"); // the card shows it
    }
    for (const link of document.querySelectorAll("#chat a.said")) {
      link.dataset.title ??= link.title;
      link.removeAttribute("title");
      const told = STATES[stateOf(link)](link.dataset.title);
      if (link.getAttribute("aria-description") !== told) link.setAttribute("aria-description", told);
    }
    if (hadAnswers && !answers.length && !inAddress().some((one) => one.matches(".now"))) clear("now"); // what the address asks for stays
    hadAnswers = answers.length > 0;
    const now = [...links].map((link) => link.hash + link.textContent).join();
    if (now === marked && Boolean(now) === Boolean(quoted().length)) return; // else each word would set the whole article anew
    marked = now;
    unmark();
    for (const link of links) {
      const found = sentence(link);
      if (!found) continue;
      found.dataset.quote = numberOf(link);
      found.classList.add("quoted", `q${((numberOf(link) - 1) % COLOURS) + 1}`);
    }
    for (const tab of document.querySelectorAll("#article [role=tab]")) {
      const numbers = [...new Set([...document.querySelectorAll(`#${tab.getAttribute("aria-controls")} .s.quoted`)].map((one) => one.dataset.quote))];
      if (numbers.length) tab.dataset.quotes = numbers.join(", "); else delete tab.dataset.quotes;
    }
    window.pageView?.paint();
    rail();
  };

  // When an answer is complete, its first quote comes into sight, unless its reader is at another place of the article.
  const READING = 5_000; // milliseconds since the article was last moved or clicked
  let touchedAt = -READING;
  for (const move of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    document.addEventListener(move, (event) => { if (event.target.closest?.("#reading")) touchedAt = performance.now(); }, { capture: true, passive: true });
  }
  let awaited = false;
  const followAnswer = () => {
    const working = Boolean(document.querySelector("#chat .working"));
    const isComplete = awaited && !working;
    awaited = working;
    if (!isComplete || performance.now() - touchedAt < READING || window.matchMedia("(max-width: 800px)").matches) return;
    const first = [...(answersOf().at(-1)?.querySelectorAll("a.cite:not(.near)") || [])].map(sentence).find(Boolean);
    if (!first || document.querySelector("#article .s.now")) return;
    window.showPane?.(first.closest(".pane"));
    if (window.pageView?.reveal(first)) return;
    const [{ top, bottom }, frame] = [first.getBoundingClientRect(), byId("reading").getBoundingClientRect()];
    if (top < frame.top || bottom > frame.bottom) center(first);
  };

  // ---- the margin: where quotes lie, and how far one has read
  const margin = make("div", "", { id: "rail", ariaHidden: "true" });
  const read = make("div", "", { id: "read" });
  const rail = () => {
    const pane = byId("reading");
    if (!pane) return;
    if (!margin.isConnected) pane.before(margin, read);
    const height = pane.scrollHeight || 1;
    const top = pane.getBoundingClientRect().top - pane.scrollTop;
    margin.replaceChildren(...quoted().filter((one) => visible(one).offsetParent).map((one) => {
      const tick = make("button", "", { tabIndex: -1, className: [...one.classList].find((name) => /^q\d$/.test(name)) || "" });
      tick.title = one.textContent;
      tick.style.top = `${(100 * (visible(one).getBoundingClientRect().top - top)) / height}%`;
      tick.addEventListener("click", () => show(one));
      return tick;
    }));
    const rest = pane.scrollHeight - pane.clientHeight;
    read.style.transform = `scaleX(${rest > 0 ? Math.min(1, pane.scrollTop / rest) : 0})`;
  };

  // ---- the card of a quote
  const card = make("div", "", { id: "card", hidden: true, tabIndex: -1 });
  card.setAttribute("role", "dialog");
  let leaving = 0;
  const hide = () => { card.hidden = true; };
  const later = () => { leaving = setTimeout(hide, 250); };
  let finger = false; // whether a finger acted last: it cannot hover, so a tap both shows the place and opens the card, as a sheet
  document.addEventListener("pointerdown", (event) => { finger = event.pointerType === "touch"; }, true);
  document.addEventListener("keydown", () => { finger = false; }, true);
  const several = () => document.querySelectorAll("#article .pane").length > 1;
  const titleOf = (found) => found.closest(".article").querySelector("h1")?.textContent || "";
  const placeOf = (found) => {
    const article = found.closest(".article");
    const blocks = [...article.querySelectorAll(":scope > p:not(.meta)")];
    const all = [...article.querySelectorAll(".s")];
    const before = all.slice(0, all.indexOf(found)).reduce((sum, one) => sum + one.textContent.length, 0);
    const whole = all.reduce((sum, one) => sum + one.textContent.length, 0) || 1;
    const paragraph = blocks.indexOf(found.closest("p")) + 1;
    const values = { paragraph, share: Math.round((100 * before) / whole), title: several() ? `“${titleOf(found)}”` : "" };
    // Pages begin at offsets in the text; that of a sentence is in its id.
    const starts = article.dataset.pages?.split(" ") || [];
    const page = starts.length ? say("page {page}", { page: starts.filter((start) => Number(start) <= found.id.split("-")[2]).length }) : "";
    return [page, placeWithin(paragraph, values)].filter(Boolean).join(", ");
  };
  const placeWithin = (paragraph, values) => {
    if (several()) return paragraph ? say("paragraph {paragraph}, {share} % into {title}", values) : say("{share} % into {title}", values);
    return paragraph ? say("paragraph {paragraph}, {share} % into the article", values) : say("{share} % into the article", values);
  };
  window.placeOf = placeOf;
  // The original page of an article from the web (article_html.py names no others), at a text: long ones are named by their first and last words.
  const [LONGEST_TEXT, EDGE] = [12, 6]; // words; original_link.py has the same numbers
  const originalOf = (found, text) => {
    const address = found.closest(".article").dataset.source || "";
    const words = text.trim().split(/\s+/);
    const ends = words.length > LONGEST_TEXT ? [words.slice(0, EDGE), words.slice(-EDGE)] : [words];
    try {
      new URL(address);
      const coded = ends.map((end) => encodeURIComponent(end.join(" ")).replace(/[-!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`));
      const [page, anchor = ""] = address.split("#");
      return `${page}#${anchor.replace(/:~:.*/, "")}:~:text=${coded.join(",")}`;
    } catch {
      return ""; // no address, or a text that cannot be in one
    }
  };
  const told = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    setTimeout(() => { button.textContent = before; }, 1500);
  };
  const copy = (button, text) => navigator.clipboard.writeText(text)
    .then(() => told(button, say("Copied")), () => told(button, say("Not allowed to copy")));
  const open = (link, sheet = false) => {
    const [found, ...others] = sentencesOf(link);
    if (found || link.matches(".said")) lay(link, found, others, sheet);
  };
  // From a marked sentence back to the answers that quote it.
  const linksTo = (found) => {
    const byPlace = new Map();
    for (const link of document.querySelectorAll(`#chat a.cite:not(.near)[href="#${found.id}"]`)) {
      const place = window.turns.placeOf(link);
      if (!byPlace.has(place)) byPlace.set(place, link);
    }
    return [...byPlace.values()];
  };
  const goTo = (link) => {
    hide();
    pick(link.closest(".answer"));
    link.focus({ preventScroll: true });
    hide(); // the focus has shown the card
    center(link);
  };
  const answersRow = (links) => {
    const row = make("div", "", { className: "answers" });
    for (const link of links) {
      const asked = window.chats.chat().turns[window.turns.placeOf(link)]?.question || "";
      const one = make("button", "", { type: "button" });
      one.append(make("span", say("Answers:")), " ", make("bdi", asked, { translate: false }));
      one.addEventListener("click", () => goTo(link));
      row.append(one);
    }
    return row;
  };
  // `anchor`: the link that is hovered or focused, or the sentence itself, which leads back to its answers.
  const lay = (anchor, found, others = [], sheet = false) => {
    const back = anchor === found;
    const link = back ? linksTo(found)[0] : anchor;
    if (!link) return;
    const said = link.matches(".said");
    clearTimeout(leaving);
    const text = said ? link.textContent : found.textContent;
    const title = found ? titleOf(found) : link.dataset.title;
    const state = stateOf(link);
    const told = [STATES[state](title), ...(found ? [placeOf(found)] : [])].join(", ");
    const source = found ? `${title}, ${placeOf(found)}` : title;
    const button = (name, act) => {
      const one = make("button", say(name), { type: "button" });
      one.addEventListener("click", () => act(one));
      return one;
    };
    card.ariaLabel = say("The quote");
    const row = make("div", "", { className: "row" });
    if (found && !back) row.append(button("Show in article", () => { hide(); show(found, ...others); }));
    if (state === "elsewhere") row.append(make("a", say("Open it there"), { href: link.href, target: "_blank", rel: "noopener" }));
    if (title) row.append(button("Copy quote", (one) => copy(one, `“${text.trim()}” (${source})`)));
    if (found) row.append(button("Copy link", (one) => copy(one, `${location.origin}${location.pathname}${location.search}#${found.id}`)));
    const original = found ? originalOf(found, text) : "";
    if (original) row.append(make("a", say("Link to the original at this sentence"), { href: original, target: "_blank", rel: "noopener noreferrer" }));
    row.append(button("Ask about it", () => { hide(); window.askAbout(text); }));
    card.replaceChildren(make("q", text, { dir: "auto" }), make("p", told, { className: `place ${state}` }), ...(back ? [answersRow(linksTo(found))] : []), row);
    if (!card.isConnected) document.body.append(card);
    card.hidden = false;
    card.classList.toggle("sheet", sheet);
    card.style.left = card.style.top = "";
    if (sheet) {
      row.append(button("Close", hide));
      card.focus({ preventScroll: true });
      return;
    }
    const at = back ? [...visible(found).getClientRects()][0] : link.getBoundingClientRect();
    card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - card.offsetWidth - 8))}px`;
    const above = at.top - card.offsetHeight - 6;
    card.style.top = `${above > 8 ? above : Math.min(at.bottom + 6, innerHeight - card.offsetHeight - 8)}px`;
  };
  const cite = (event) => event.target.closest?.(LINK);
  const hovers = (event) => event.pointerType !== "touch";
  document.addEventListener("pointerover", (event) => {
    if (cite(event) && hovers(event)) open(cite(event));
    else if (event.target.closest?.("#card")) clearTimeout(leaving);
  });
  document.addEventListener("pointerout", (event) => { if (hovers(event) && (cite(event) || event.target.closest?.("#card"))) later(); });
  document.addEventListener("focusin", (event) => {
    if (cite(event) && !finger) open(cite(event));
    else if (!event.target.closest?.("#card")) hide();
  });

  document.addEventListener("click", (event) => {
    const link = cite(event);
    const answer = event.target.closest?.("#chat .answer");
    if (answer) pick(answer);
    const quote = event.target.closest?.("#article .s.quoted") || window.pageView?.sentenceOf(event.target);
    if (quote && window.getSelection().isCollapsed) {
      event.stopPropagation();
      lay(quote, quote, [], finger);
      if (!event.detail) card.querySelector("button")?.focus(); // by the keyboard
      return;
    }
    const found = link ? sentencesOf(link) : [];
    if (!found.length && !link?.matches(".said")) {
      if (!event.target.closest?.("#card")) hide();
      return;
    }
    event.preventDefault(); // words of another article are opened from the card, which says so
    hide();
    if (found.length) show(...found);
    if (finger || !found.length) open(link, finger);
  });

  // ---- keys
  const step = (by) => {
    const all = quoted();
    const at = all.findIndex((one) => one.classList.contains("now"));
    if (all.length) show(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  };
  const stepSentence = (by) => {
    const all = [...document.querySelectorAll("#article .pane:not([hidden]) .s")];
    const { top } = byId("reading").getBoundingClientRect();
    const now = all.findIndex((one) => one.classList.contains("now"));
    const at = now < 0 ? all.findIndex((one) => one.getBoundingClientRect().bottom > top) : now + by;
    if (!all[at]) return;
    show(all[at]);
    window.tellQuietly(all[at].textContent);
  };
  const question = () => document.querySelector("#question input, #question textarea")?.focus();
  window.onKey("/", "Go to the question", question);
  window.onKey("n", "Next quote in the article", () => step(1));
  window.onKey("p", "Previous quote in the article", () => step(-1));
  window.onKey("j", "Next sentence of the article", () => stepSentence(1));
  window.onKey("k", "Previous sentence of the article", () => stepSentence(-1));
  window.onKey("b", "From a quote in the article back to its answer", () => {
    const link = [...document.querySelectorAll("#article .s.now")].flatMap(linksTo).at(-1);
    if (link) goTo(link);
  });
  window.onKey("Tab", "From citation to citation; the card follows");
  window.onKey("Enter", "Ask, or show the citation in its place");
  window.onKey("Esc", "Close the card, clear the mark");
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { clear("now"); hide(); } });

  // ---- a link to a quote
  const linked = () => {
    const found = inAddress();
    if (found.length) show(...found);
    return Boolean(found.length);
  };
  window.addEventListener("hashchange", linked);

  for (const name of ["chatchanged", "language"]) document.addEventListener(name, () => mark());
  let waiting = false;
  const watch = () => {
    const chat = byId("chat");
    if (!chat || !document.querySelector("#article .s")) return setTimeout(watch, 100);
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); followAnswer(); });
    }).observe(chat, { childList: true, subtree: true, characterData: true });
    document.addEventListener("articles", ({ detail: others }) => {
      mark();
      rail();
      if (others) linked();
    });
    byId("reading").addEventListener("scroll", rail, { passive: true });
    window.addEventListener("resize", rail);
    rail();
    linked();
  };
  watch();
})();
