// The page's own words in the reader's language. English texts are the keys of the catalogues; names in braces are put in.
(() => {
  const CATALOGUES = window.CATALOGUES;
  const NAMES = ["en", ...Object.keys(CATALOGUES)];
  // What is put in is as it is, but for these: numbers, the page's own words, and names of languages.
  const COUNTS = new Set(["number", "count", "words", "minutes", "share", "paragraph", "size", "most"]);
  const OWN = new Set(["kinds", "length", "reason", "said", "sentences", "step", "theme", "time", "what"]);
  const TONGUES = new Set(["asked", "written", "again", "language"]);
  const ATTRIBUTES = ["placeholder", "aria-label", "title", "alt"];
  const UNTRUSTED = "#article, #first-reading, #chat .message, .starter, [translate=no]"; // in these, only what is marked as the page's own
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // Those with the most words come first: "… is damaged: … in it is no XML." is no "… is damaged …".
  const PATTERNS = Object.keys(Object.values(CATALOGUES)[0]).filter((key) => key.includes("{")).map((key) => {
    const names = [...key.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const parts = key.split(/\{\w+\}/);
    const regex = parts.map(escaped).reduce((all, part, at) => `${all}${COUNTS.has(names[at - 1]) ? "([\\d.,]+)" : "(.+?)"}${part}`);
    return { key, names, parts, words: parts.join("").length, regex: new RegExp(`^${regex}$`, "s") };
  }).sort((a, b) => b.words - a.words);

  const usual = () => (navigator.languages || []).map((name) => name.slice(0, 2).toLowerCase()).find((name) => NAMES.includes(name));
  const BROWSERS = usual() || "en";
  let language = "en";

  const numeral = (value) => {
    const plain = String(value).replaceAll(",", "");
    if (!/^\d+(\.\d+)?$/.test(plain)) return value;
    const digits = (plain.split(".")[1] || "").length;
    const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return Number(plain).toLocaleString(language === "ar" ? "ar-u-nu-latn" : language, places); // the digits of the markers
  };
  const tongues = (value) => {
    const names = new Intl.DisplayNames(language, { type: "language" });
    const told = value.split(" and ").map((name) => (Object.hasOwn(window.TONGUES, name) ? names.of(window.TONGUES[name]) : name));
    return new Intl.ListFormat(language).format(told);
  };
  const apart = (value) => (language === "ar" ? `\u2068${value}\u2069` : value); // a name or an address keeps its own direction
  const valueOf = (name, value) => {
    if (COUNTS.has(name)) return numeral(value);
    if (TONGUES.has(name)) return tongues(value);
    return OWN.has(name) ? translated(value) : apart(value);
  };
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  const said = new Map(); // what a script said, and the same in English: it follows a change of language
  const say = (english, values = {}) => {
    const told = language === "en" ? values : Object.fromEntries(Object.entries(values).map(([name, value]) => [name, COUNTS.has(name) ? numeral(value) : apart(value)]));
    const shown = filled(CATALOGUES[language]?.[english] || english, told);
    if (said.size > 2_000) said.clear();
    if (language !== "en") said.set(shown, filled(english, values));
    return shown;
  };
  // A text that was put together before it came here, such as a note or an error of the server.
  const translated = (english) => {
    const catalogue = CATALOGUES[language];
    if (!catalogue) return english;
    if (Object.hasOwn(catalogue, english)) return catalogue[english];
    for (const { key, names, parts, regex } of PATTERNS) {
      const match = parts.every((part) => english.includes(part)) && english.match(regex);
      const mark = language === "ar" ? "\u200f" : ""; // a text that begins with a foreign name begins from the right all the same
      if (match) return mark + filled(catalogue[key], Object.fromEntries(names.map((name, at) => [name, valueOf(name, match[at + 1])])));
    }
    return english;
  };

  const seen = new WeakMap(); // a node, and for each of its texts what it was in English and what it became
  const put = (node, name, now, set) => {
    const texts = seen.get(node) || {};
    const told = texts[name]?.shown === now ? texts[name].english : now; // else someone has written anew
    const [, before, words, after] = told.match(/^(\s*)(.*?)(\s*)$/s);
    const core = said.get(words) || words;
    const english = before + core + after;
    const shown = core ? before + translated(core) + after : english;
    if (shown !== english || texts[name]) seen.set(node, { ...texts, [name]: { english, shown } });
    if (shown !== now) set(shown);
  };
  const text = (node) => put(node, "text", node.data, (shown) => { node.data = shown; });
  const attributes = (node) => {
    for (const name of ATTRIBUTES) if (node.hasAttribute(name)) put(node, name, node.getAttribute(name), (shown) => node.setAttribute(name, shown));
  };
  const marked = (node) => node.childNodes.forEach((child) => { if (child.nodeType === Node.TEXT_NODE) text(child); });
  const walk = (root) => {
    if (root.nodeType === Node.TEXT_NODE) {
      const parent = root.parentElement;
      if (parent && !parent.closest("script, style") && (!parent.closest(UNTRUSTED) || parent.matches(".say"))) text(root);
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    for (const one of [root, ...root.querySelectorAll(".say")]) if (one.matches(".say")) { marked(one); attributes(one); }
    if (root.closest(UNTRUSTED)) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
      node.nodeType === Node.ELEMENT_NODE && node.matches(`script, style, ${UNTRUSTED}`) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let node = root; node; node = walker.nextNode()) node.nodeType === Node.TEXT_NODE ? text(node) : attributes(node);
  };

  const choose = () => {
    const wanted = window.preferences.get("language");
    const next = NAMES.includes(wanted) ? wanted : BROWSERS;
    document.documentElement.lang = next;
    document.documentElement.dir = next === "ar" ? "rtl" : "ltr";
    if (next === language) return;
    language = next;
    if (document.body) walk(document.body);
    document.dispatchEvent(new CustomEvent("language"));
  };
  // Of these texts those that are the page's own, in the reader's language, by the English.
  window.inLanguage = (texts) => Object.fromEntries(texts.map((one) => [one, translated(one)]).filter(([one, told]) => one !== told));
  window.say = say;
  window.languageOfPage = () => language;
  choose();
  document.addEventListener("preferences", choose);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(walk);
      else if (type === "characterData") walk(target);
      else if (!target.closest(UNTRUSTED)) attributes(target);
    }
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
})();
