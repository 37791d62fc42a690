// The article to read, and a field that takes a question, before Gradio has built the page. What is typed goes over into the page's own
// field, and is sent from there if Enter was pressed.
(() => {
  const LOOKS = 20; // milliseconds between two looks at how far the page is
  const own = () => document.querySelector("#question :is(input, textarea)");
  // The articles that the address names.
  window.idsNamed = () => {
    const named = new URLSearchParams(location.search).get("article") || "";
    return [...new Set(named.match(/[0-9a-f]{16}/g))].slice(0, 10);
  };
  const { byId, make } = window.dom;

  // A part has done its work.
  const over = (part, main) => {
    part.remove();
    if (!main.children.length) main.remove();
  };
  // The article that is served, as it lies in what Gradio is to build; with its ids, which must be there but once, left out.
  const read = (main) => {
    const { components, css = "" } = window.gradio_config || {};
    const value = components?.find(({ props }) => props.elem_id === "article")?.props.value || "";
    const panes = new DOMParser().parseFromString(value, "text/html").querySelector(".panes");
    const named = window.idsNamed().join();
    if (!panes || (named && named !== panes.dataset.articles)) return;
    const reading = make("div", "", { id: "first-reading" });
    reading.append(...panes.querySelectorAll(".article"));
    for (const one of reading.querySelectorAll("[id]")) one.removeAttribute("id");
    const style = make("style", css.replaceAll("#article", "#first-reading"));
    document.body.append(style);
    main.append(reading);
    document.addEventListener("articles", () => { // Gradio has put it in
      const { scrollTop } = reading;
      over(reading, main);
      style.remove();
      if (scrollTop) byId("reading").scrollTop = scrollTop; // else a link's quote may be scrolled to
    }, { once: true });
  };
  const begin = () => {
    window.preferences.set({}); // its theme, before Gradio has one
    document.title ||= window.gradio_config?.title || "";
    const main = make("main", "", { id: "first-page" });
    document.body.append(main);
    read(main);
    const form = make("form", "", { id: "first" });
    const field = make("input", "", { type: "text", autocomplete: "off", placeholder: "Ask about the article, then press Enter" });
    const button = make("button", "Ask");
    field.setAttribute("aria-label", "Your question");
    form.append(field, button);
    let asked = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      asked = button.disabled = field.readOnly = Boolean(field.value.trim());
    });
    const handOver = () => {
      if (!own()?.offsetParent) return;
      coming.disconnect();
      clearInterval(looking);
      const { value } = field;
      const held = document.activeElement === field;
      over(form, main);
      if (value) window.chats.fill(value);
      if (held) own().focus();
      if (asked) window.queue.send();
    };
    const coming = new MutationObserver(handOver); // else there would be two fields for a moment
    main.append(form);
    field.focus();
    coming.observe(document.body, { childList: true, subtree: true });
    const looking = setInterval(handOver, 10 * LOOKS); // a field may come into sight without a change of the document
  };
  const look = new MutationObserver(() => {
    if (!document.querySelector("gradio-app")) return;
    look.disconnect();
    begin();
  });
  look.observe(document.documentElement, { childList: true, subtree: true });
})();
