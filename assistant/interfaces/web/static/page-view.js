// The pages of a PDF as images instead of its text, with the quotes boxed. `window.pageView` is for citations.js.
window.pageView = (() => {
  const { byId, center, make } = window.dom;
  const { preferences, say } = window;
  const isOpen = () => preferences.get("view") === "page";
  const pagesOf = (sentence) => isOpen() && sentence.closest(".pane").querySelector(".pages");
  // The boxes of a sentence, and its page; the browser caches them.
  const placesOf = async (sentence) => {
    const [start, end] = sentence.id.split("-").slice(2);
    const response = await fetch(`/api/articles/${window.sidePanel.idOf(sentence.closest(".pane"))}/boxes?start=${start}&end=${end}`);
    return response.ok ? response.json() : { boxes: [] };
  };
  const addBox = (sentence, { page, ...sides }, at) => {
    const number = at ? "" : sentence.dataset.quote;
    const ariaLabel = number && say("Quote {number}: {text}", { number, text: sentence.textContent });
    const box = make(number ? "button" : "span", "", { sentence, className: sentence.className.replace("s", "box"), ariaLabel });
    if (number) box.dataset.quote = number;
    for (const side in sides) box.style[side] = `${100 * sides[side]}%`;
    pagesOf(sentence).children[page - 1].firstChild.append(box);
  };
  const boxOf = (sentence) => [...document.querySelectorAll("#article .box")].find((box) => box.sentence === sentence);
  let turn = 0;
  const paint = async () => {
    const now = turn += 1;
    if (!isOpen()) return;
    const sentences = [...document.querySelectorAll("#article .s:is(.quoted, .now)")].filter(pagesOf);
    const all = await Promise.all(sentences.map(placesOf));
    if (now !== turn) return;
    const focused = document.activeElement.sentence;
    document.querySelectorAll("#article :is(.box, .missing)").forEach((one) => one.remove());
    sentences.forEach((sentence, index) => {
      const { page, boxes } = all[index];
      boxes.forEach((box, at) => addBox(sentence, box, at));
      if (page && !boxes[0]) pagesOf(sentence).children[page - 1].append(make("p", say("Not found on this page: “{text}”", { text: sentence.textContent }), { className: "missing" }));
    });
    if (focused) boxOf(focused)?.focus({ preventScroll: true });
    window.dispatchEvent(new Event("resize")); // for the margin
  };
  const reveal = async (sentence, pages) => {
    const [{ page }] = await Promise.all([placesOf(sentence), paint()]);
    const figure = boxOf(sentence)?.closest("figure") || pages.children[page - 1];
    const image = figure.querySelector("img");
    image.loading = "eager";
    await image.decode().catch(() => {}); // its height may differ from the one that was assumed
    center(boxOf(sentence) || figure);
  };
  const choose = (view) => view && preferences.set({ view });
  const apply = () => {
    byId("article").dataset.view = isOpen() ? "page" : "text";
    for (const one of document.querySelectorAll("#article [data-view]")) one.ariaPressed = isOpen() === (one.dataset.view === "page");
    paint();
  };

  document.addEventListener("click", ({ target }) => choose(target.dataset?.view));
  element.addEventListener("load", ({ target }) => target.closest(".pages")?.style.setProperty("--ratio", target.naturalWidth / target.naturalHeight), true);
  element.addEventListener("error", ({ target }) => { target.alt = say("This page cannot be shown; its text can."); }, true);
  for (const name of ["preferences", "articles"]) document.addEventListener(name, apply);
  window.onKey("v", "Text or pages of the article", () => choose(isOpen() ? "text" : "page"));
  apply();
  return { boxOf, paint, reveal: (sentence) => pagesOf(sentence) && reveal(sentence, pagesOf(sentence)), sentenceOf: (target) => target.closest?.(".box.quoted")?.sentence };
})();
