// An answer on its way is drawn anew with each piece: a link in it that had the focus has it again in the new one.
(() => {
  let held = null; // where the link leads, and whether it is one of the quotes below the words
  const linkOf = (node) => node.closest?.("#chat .answer a");
  const listed = (link) => Boolean(link.closest(".quotes"));
  document.addEventListener("focusin", ({ target }) => {
    const link = linkOf(target);
    held = link ? { href: link.getAttribute("href"), listed: listed(link) } : null;
  });
  document.addEventListener("pointerdown", () => { held = null; });
  document.addEventListener("chatchanged", () => {
    if (!held || document.activeElement !== document.body) return;
    const links = [...([...document.querySelectorAll("#chat .answer")].at(-1)?.querySelectorAll("a") || [])].filter((link) => link.getAttribute("href") === held.href);
    (links.find((link) => listed(link) === held.listed) || links[0])?.focus({ preventScroll: true });
  });
})();
