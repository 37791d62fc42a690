// Reads the article aloud with the browser's own voices, from the sentence that is shown, and follows the sentences.
(() => {
  const { byId, make } = window.dom;
  const voice = window.speechSynthesis;
  let spoken = null; // the sentence that is read now
  const show = (sentence) => {
    spoken?.classList.remove("spoken");
    spoken = sentence;
    spoken?.classList.add("spoken");
    spoken?.scrollIntoView({ block: "nearest" });
    byId("tool-aloud").ariaPressed = Boolean(spoken);
  };
  const read = ([sentence, ...rest]) => {
    show(sentence);
    if (!sentence) return;
    const words = new SpeechSynthesisUtterance(sentence.textContent);
    words.lang = sentence.closest("[lang]").lang;
    words.onend = words.onerror = () => spoken === sentence && read(rest);
    voice.speak(words);
  };
  const stop = () => {
    if (!spoken) return;
    show(null);
    voice.cancel();
  };
  const toggle = () => {
    if (spoken) return stop();
    const sentences = [...window.sidePanel.paneNow().querySelectorAll(".s")];
    read(sentences.slice(Math.max(0, sentences.findIndex((one) => one.matches(".now")))));
  };
  if (!voice) return document.head.append(make("style", "#tool-aloud { display: none !important }"));
  document.addEventListener("click", ({ target }) => target.closest?.("#tool-aloud") && toggle());
  document.addEventListener("panechange", stop);
  window.addEventListener("pagehide", stop);
  window.onKey("r", "Read aloud, or stop", toggle);
})();
