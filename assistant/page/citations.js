// Citations: what the last answer quotes is marked in the article; a card shows each quote with its place; keys go through them.
(() => {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const COLOURS = 6; // as many as style.css has
  const byId = (id) => document.getElementById(id);
  const sentence = (link) => byId((link.getAttribute("href") || "").slice(1));
  const say = (...words) => window.say(...words);
  const make = (tag, text, properties = {}) => Object.assign(document.createElement(tag), { textContent: text }, properties);
  const clear = (name) => document.querySelectorAll(`#article .s.${name}`).forEach((one) => one.classList.remove(name));
  const quoted = () => [...document.querySelectorAll("#article .s.quoted")];
  const numberOf = (link) => Number((link.textContent.match(/\d+/) || [0])[0]);

  const show = (found) => {
    window.showPane?.(found.closest(".pane")); // of several articles that are open, the one that it is in
    clear("now");
    found.classList.add("now");
    found.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  };

  const unmark = () => {
    for (const one of quoted()) {
      one.classList.remove("quoted", ...[...one.classList].filter((name) => /^q\d$/.test(name)));
      delete one.dataset.quote;
    }
  };
  let marked = "";
  const mark = () => {
    const answers = document.querySelectorAll("#chat .answer");
    const links = answers.length ? answers[answers.length - 1].querySelectorAll("a.cite:not(.near)") : [];
    for (const link of document.querySelectorAll("#chat a.cite[title]")) {
      link.setAttribute("aria-label", say("Quote {number}: {text}", { number: numberOf(link), text: link.title }));
      link.removeAttribute("title"); // the card shows it
    }
    const named = document.querySelector("#article .s.now")?.id.split("-").slice(-2).join("-"); // stays, if the address asks for it
    if (!answers.length && !(named && location.hash.endsWith(`-${named}`))) clear("now");
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
    rail();
  };

  // ---- the margin: where quotes lie, and how far one has read
  const margin = make("div", "", { id: "rail" });
  const read = make("div", "", { id: "read" });
  margin.setAttribute("aria-hidden", "true");
  const rail = () => {
    const pane = byId("reading");
    if (!pane) return;
    if (!margin.isConnected) pane.before(margin, read);
    const height = pane.scrollHeight || 1;
    const top = pane.getBoundingClientRect().top - pane.scrollTop;
    margin.replaceChildren(...quoted().filter((one) => one.offsetParent).map((one) => {
      const tick = make("button", "", { tabIndex: -1, className: [...one.classList].find((name) => /^q\d$/.test(name)) || "" });
      tick.style.top = `${(100 * (one.getBoundingClientRect().top - top)) / height}%`;
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
    if (several()) return paragraph ? say("paragraph {paragraph}, {share} % into {title}", values) : say("{share} % into {title}", values);
    return paragraph ? say("paragraph {paragraph}, {share} % into the article", values) : say("{share} % into the article", values);
  };
  window.placeOf = placeOf;
  const told = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    setTimeout(() => { button.textContent = before; }, 1500);
  };
  const copy = (button, text) => navigator.clipboard.writeText(text)
    .then(() => told(button, say("Copied")), () => told(button, say("Not allowed to copy")));
  const open = (link, sheet = false) => {
    const found = sentence(link);
    if (!found) return;
    clearTimeout(leaving);
    const text = found.textContent;
    const title = titleOf(found);
    const near = link.classList.contains("near");
    const state = near ? say("Nearest passage, no evidence") : `✓ ${say("Verified: these are the article's words")}`;
    const button = (name, act) => {
      const one = make("button", say(name), { type: "button" });
      one.addEventListener("click", () => act(one));
      return one;
    };
    card.setAttribute("aria-label", say("The quote"));
    const row = make("div", "", { className: "row" });
    row.append(
      button("Show in article", () => { hide(); show(found); }),
      button("Copy quote", (one) => copy(one, `“${text.trim()}” (${title}, ${placeOf(found)})`)),
      button("Copy link", (one) => copy(one, `${location.origin}${location.pathname}${location.search}#${found.id}`)),
      button("Ask about it", () => { hide(); window.askAbout(text); }),
    );
    card.replaceChildren(make("q", text, { dir: "auto" }), make("p", `${state}, ${placeOf(found)}`, { className: near ? "place" : "place sure" }), row);
    if (!card.isConnected) document.body.append(card);
    card.hidden = false;
    card.classList.toggle("sheet", sheet);
    card.style.left = card.style.top = "";
    if (sheet) {
      row.append(button("Close", hide));
      card.focus({ preventScroll: true });
      return;
    }
    const at = link.getBoundingClientRect();
    card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - card.offsetWidth - 8))}px`;
    const above = at.top - card.offsetHeight - 6;
    card.style.top = `${above > 8 ? above : Math.min(at.bottom + 6, innerHeight - card.offsetHeight - 8)}px`;
  };
  const cite = (event) => event.target.closest?.("#chat a.cite");
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
    const found = cite(event) && sentence(cite(event));
    if (!found) {
      if (finger && !event.target.closest?.("#card")) hide();
      return;
    }
    event.preventDefault();
    hide();
    show(found);
    if (finger) open(cite(event), true);
  });

  // ---- keys
  const step = (by) => {
    const all = quoted();
    const at = all.findIndex((one) => one.classList.contains("now"));
    if (all.length) show(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  };
  const question = () => document.querySelector("#question input, #question textarea")?.focus();
  window.onKey("/", "Go to the question", question);
  window.onKey("n", "Next quote in the article", () => step(1));
  window.onKey("p", "Previous quote in the article", () => step(-1));
  window.onKey("Tab", "From citation to citation; the card follows");
  window.onKey("Enter", "Ask, or show the citation in its place");
  window.onKey("Esc", "Close the card, clear the mark");
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { clear("now"); hide(); } });

  // ---- a link to a quote
  const linked = () => {
    const [, named, place] = location.hash.match(/^#s-([0-9a-f]{8}-)?(\d+-\d+)$/) || [];
    // A link made before links named the article is to the one that is open.
    const found = place && (named ? byId(location.hash.slice(1)) : document.querySelector(`#article .s[id$="-${place}"]`));
    if (found) show(found);
    return Boolean(found);
  };
  window.addEventListener("hashchange", linked);

  document.addEventListener("chatchanged", () => mark());
  let waiting = false;
  const watch = () => {
    const chat = byId("chat");
    if (!chat || !document.querySelector("#article .s")) return setTimeout(watch, 100);
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
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
