// The contents of an article with headings: a list that scrolls the article, and follows it.
(() => {
  const { add, make } = window.sidePanel;
  const list = make("ol", "", { className: "outline" });
  const part = add(window.say("Contents"), list);
  let headings = [];

  const draw = () => {
    headings = [...document.querySelectorAll("#article .pane:not([hidden]) .article > :is(h2, h3, h4, h5, h6)")];
    part.hidden = headings.length < 2;
    const levels = headings.map((heading) => Number(heading.tagName[1]));
    const top = Math.min(...levels);
    list.replaceChildren(...headings.map((heading, at) => {
      const row = make("li");
      row.style.paddingInlineStart = `${levels[at] - top}em`;
      row.append(make("a", heading.textContent.trim(), { href: `#${heading.querySelector(".s").id}`, dir: "auto", translate: false }));
      return row;
    }));
    follow();
  };
  // The section that is read: its heading is the last one above the middle of what is seen.
  const follow = () => {
    const reading = document.getElementById("reading")?.getBoundingClientRect();
    if (part.hidden || !reading) return;
    const now = headings.findLastIndex((heading) => heading.getBoundingClientRect().top < (reading.top + reading.bottom) / 2);
    list.querySelectorAll("a").forEach((link, at) => {
      if (at === now && !link.hasAttribute("aria-current")) link.scrollIntoView({ block: "nearest" });
      if (at === now) link.setAttribute("aria-current", "location"); else link.removeAttribute("aria-current");
    });
  };
  let waiting = 0;
  document.addEventListener("scroll", (event) => {
    if (event.target.id !== "reading") return;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(follow);
  }, { capture: true, passive: true });
  document.addEventListener("panechange", draw);
  draw();
})();
