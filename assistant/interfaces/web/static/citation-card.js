// The card of a quote by keyboard: the arrow down leads from a citation to the card's buttons, Escape leads back.
(() => {
  let from = null;
  const card = () => document.getElementById("card");
  const inCard = () => Boolean(card()?.contains(document.activeElement));
  const back = () => {
    if (!from?.isConnected) return;
    from.focus({ preventScroll: true }); // on a phone it would push what is shown out of sight
    card().hidden = true; // which the focus has shown again
  };
  const LINK = "#chat :is(a.cite, a.said), #article .box";
  document.addEventListener("keydown", (event) => {
    const cite = event.target.closest?.(LINK);
    if (event.key === "ArrowDown" && cite && card()?.hidden === false) {
      event.preventDefault();
      card().querySelector("button, a").focus();
    } else if (event.key === "Escape" && inCard()) back();
  });
  document.addEventListener("focusin", (event) => {
    const left = event.relatedTarget?.closest?.(LINK);
    if (left && inCard()) from = left;
  });
  // A button that closes the card takes the focus with it.
  document.addEventListener("click", (event) => { if (event.target.closest?.("#card") && card().hidden && (inCard() || document.activeElement === document.body)) back(); });
  window.onKey("↓", "From a citation to the buttons of its card");
})();
