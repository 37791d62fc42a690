// The row above the page, and the settings.
(() => {
  const { byId } = window.dom;
  const { get, set, SIZE } = window.preferences;
  const THEMES = ["system", "light", "dark"];
  const THEME_NAMES = { system: "As the system", light: "Light", dark: "Dark" };
  const WRITERS = {
    none: "No language model: answers are exact quotes, found and chosen on this machine.",
    embedded: "The embedded model runs on this machine, in English: it picks the sentences that answer and writes one short sentence from them. It does not reason, compare or translate well.",
    provider: "A model of your choice writes the answers: the question and the passages found are sent to its provider.",
  };

  const size = (by) => set({ size: Math.min(SIZE.most, Math.max(SIZE.least, (get("size") || SIZE.usual) + by)) });
  const theme = () => {
    const next = THEMES[(THEMES.indexOf(get("theme") || "system") + 1) % THEMES.length];
    set({ theme: next === "system" ? undefined : next });
    tell(themeTold());
  };
  const themeTold = () => window.say("Theme: {theme}", { theme: window.say(THEME_NAMES[get("theme") || "system"]) });
  const tell = (text) => window.tellQuietly?.(text);

  // ---- settings: the fields show what is preferred, and what is changed acts at once
  const show = () => {
    const bar = byId("toolbar");
    if (!bar) return;
    byId("tool-theme").setAttribute("aria-label", themeTold());
    byId("tool-theme").title = themeTold();
    byId("set-quotes").value = get("quotes") || bar.dataset.quotes;
    byId("set-length").value = get("length") || "normal";
    byId("set-length").disabled = bar.dataset.writer === "none" || Boolean(get("quotesOnly"));
    byId("set-alone").checked = Boolean(get("quotesOnly")) || bar.dataset.writer === "none";
    byId("set-alone").disabled = bar.dataset.writer === "none";
    byId("set-theme").value = get("theme") || "system";
    byId("set-size").value = get("size") || SIZE.usual;
    byId("set-language").value = window.languageOfPage();
  };
  // How the model is now, asked for as long as the settings are open: it may load, or fail to, meanwhile.
  let told = "";
  const tellModel = async () => {
    const now = await window.chats.server().model({}).catch(() => null);
    const line = byId("settings-model");
    if (now && (told !== `${now.status} ${now.writer}` || !line.textContent)) {
      told = `${now.status} ${now.writer}`;
      byId("toolbar").dataset.writer = now.writer;
      show();
      line.replaceChildren(now.status, " ", WRITERS[now.writer] || ""); // i18n.js puts each into the reader's language
    }
    if (byId("settings").open) setTimeout(tellModel, 2_000);
  };
  const CHANGES = {
    "set-quotes": (field) => field.validity.valid && field.value && { quotes: Number(field.value) },
    "set-length": (field) => ({ length: field.value === "normal" ? undefined : field.value }),
    "set-alone": (field) => ({ quotesOnly: field.checked || undefined }),
    "set-theme": (field) => ({ theme: field.value === "system" ? undefined : field.value }),
    "set-size": (field) => ({ size: Number(field.value) }),
    "set-language": (field) => ({ language: field.value }),
  };
  const changed = (event) => {
    const change = CHANGES[event.target.id]?.(event.target);
    if (change) set(change);
  };
  document.addEventListener("change", changed);
  document.addEventListener("input", (event) => { if (event.target.id === "set-size") changed(event); });

  const settings = () => {
    show();
    byId("settings").showModal();
    tellModel();
  };
  const defaults = () => set({ quotes: undefined, quotesOnly: undefined, length: undefined, theme: undefined, size: undefined, language: undefined });
  const ACTS = {
    "tool-smaller": () => size(-1),
    "tool-larger": () => size(1),
    "tool-theme": theme,
    "tool-print": () => window.print(),
    "tool-keys": () => window.showKeys(),
    "tool-settings": settings,
    "set-defaults": defaults,
  };
  document.addEventListener("click", (event) => {
    const { id } = event.target.closest?.("button") || {};
    const more = byId("more");
    if (more?.open && (id === "tool-print" || id === "tool-keys" || !event.target.closest?.("#more"))) more.open = false;
    ACTS[id]?.();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !byId("more")?.open) return;
    byId("more").open = false;
    byId("more").firstElementChild.focus();
  });
  for (const name of ["preferences", "language"]) document.addEventListener(name, show);

  window.onKey("+", "Larger text", () => size(1));
  window.onKey("-", "Smaller text", () => size(-1));
  window.onKey("t", "Theme: as the system, light, dark", theme);
  window.onKey(",", "Settings", settings);

  // Names shown on hover are those that are read out.
  const titled = (event) => {
    const button = event.target.closest?.("#toolbar :is(button, summary)[aria-label]");
    if (button) button.title = button.getAttribute("aria-label");
  };
  document.addEventListener("mouseover", titled);
  const begin = () => (byId("toolbar") ? show() : setTimeout(begin, 100));
  begin();
})();
