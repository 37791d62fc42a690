// A click on a citation shows the quoted sentence in the article; the last answer's quotes stay marked.
(() => {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const sentence = (link) => document.getElementById((link.getAttribute("href") || "").slice(1));
  const clear = (name) => document.querySelectorAll(`#article .s.${name}`).forEach((one) => one.classList.remove(name));

  const mark = () => {
    clear("quoted");
    const answers = document.querySelectorAll("#chat .answer");
    const last = answers[answers.length - 1];
    if (last) last.querySelectorAll("a.cite:not(.near)").forEach((link) => sentence(link)?.classList.add("quoted"));
    else clear("now");
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#chat a.cite");
    const found = link && sentence(link);
    if (!found) return;
    event.preventDefault();
    clear("now");
    found.classList.add("now");
    found.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear("now");
  });

  let waiting = false;
  const watch = () => {
    const chat = document.getElementById("chat");
    if (!chat) return setTimeout(watch, 100);
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }).observe(chat, { childList: true, subtree: true, characterData: true });
  };
  watch();
})();
