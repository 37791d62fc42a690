// What a reader prefers, kept in this browser: theme, text size, language, and how answers should be.
(() => {
  const KEPT = "article-assistant";
  const SIZE = { least: 14, usual: 18, most: 26 }; // pixels
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; }
  };
  let all = read(); // also where nothing can be kept, as in some private windows

  const theme = () => {
    const asked = all.theme || new URL(location).searchParams.get("__theme") || "system";
    document.body.classList.toggle("dark", asked === "dark" || (asked !== "light" && dark.matches));
  };
  const apply = () => {
    document.documentElement.style.setProperty("--text-size", `${all.size || SIZE.usual}px`);
    const answers = encodeURIComponent(JSON.stringify({ quotes: all.quotes, quotesOnly: all.quotesOnly, length: all.length }));
    document.cookie = `answers=${answers}; path=/; SameSite=Strict`; // goes with each question, and is kept nowhere
    if (document.body) theme();
    document.dispatchEvent(new CustomEvent("preferences"));
  };
  window.preferences = {
    SIZE,
    get: (name) => all[name],
    set: (changes) => {
      all = { ...read(), ...all, ...changes };
      for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
      try { localStorage.setItem(KEPT, JSON.stringify(all)); } catch { /* then for this visit alone */ }
      apply();
    },
  };
  window.addEventListener("storage", (event) => { if (event.key === KEPT) { all = read(); apply(); } }); // another tab's
  dark.addEventListener("change", theme);
  apply();
  document.addEventListener("DOMContentLoaded", () => {
    theme();
    new MutationObserver(theme).observe(document.body, { attributes: true, attributeFilter: ["class"] }); // Gradio sets its own
  });
})();
