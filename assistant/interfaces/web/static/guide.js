// The guide before the first question: its links lead to sentences of the article.
(() => {
  // The address names the sentence, and citations.js shows what the address names.
  window.showSentence = (id) => {
    history.replaceState(null, "", `${location.pathname}${location.search}#${id}`);
    window.dispatchEvent(new Event("hashchange"));
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#guide .places a");
    if (!link) return;
    event.preventDefault();
    window.showSentence(link.hash.slice(1));
  });
  const watch = () => {
    const guide = document.getElementById("guide");
    if (!guide) { setTimeout(watch, 100); return; }
    window.showDays(guide);
    new MutationObserver((changes) => { if (changes.some(({ target }) => !target.closest?.("time"))) window.showDays(guide); }).observe(guide, { childList: true, subtree: true });
  };
  watch();
})();
