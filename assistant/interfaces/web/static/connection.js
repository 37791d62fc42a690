// A lost connection is told, and looked for until it is back. A server that began anew gets a page that begins anew; nothing is lost,
// for chats are kept in this browser, and so is what is being typed.
window.connection = (() => {
  const EVERY = 4_000; // milliseconds between two looks; while it is lost, a quarter of that
  const DRAFT = "article-assistant:draft";
  let lost = false;
  let timer = 0;
  const { byId, make } = window.dom;
  const banner = make("div", "", { id: "connection", hidden: true });
  banner.setAttribute("role", "alert");
  const tell = (text) => {
    const status = byId("status");
    if (!banner.isConnected && status) status.before(banner);
    banner.textContent = text;
    banner.hidden = !text;
  };
  const box = () => document.querySelector("#question input, #question textarea");
  const draft = (text) => { try { sessionStorage.setItem(DRAFT, text); } catch { /* typed again then */ } };
  document.addEventListener("input", (event) => { if (event.target === box()) draft(event.target.value); });
  const restore = () => {
    if (!box() || !document.querySelector(".chats .bar")) return setTimeout(restore, 100);
    let text = "";
    try { text = sessionStorage.getItem(DRAFT) || ""; } catch { /* none */ }
    if (text && !box().value) window.chats.fill(text);
  };

  const look = async () => {
    clearTimeout(timer);
    const config = window.gradio_config;
    if (config && document.visibilityState === "visible") {
      try {
        if (!navigator.onLine && !["127.0.0.1", "localhost", "[::1]"].includes(location.hostname)) throw new Error("offline");
        const response = await fetch(`${config.api_prefix || "/gradio_api"}/app_id`, { cache: "no-store", signal: AbortSignal.timeout(2 * EVERY) });
        if (response.status === 401) return location.reload(); // the session has ended
        if (!response.ok) throw new Error(String(response.status));
        const server = (await response.json()).app_id;
        if (config.app_id && String(server) !== String(config.app_id)) return location.reload();
        back();
      } catch {
        gone();
      }
    }
    timer = setTimeout(look, lost ? EVERY / 4 : EVERY);
  };
  const gone = () => {
    lost = true;
    document.body.classList.add("lost");
    tell(window.say("The connection to the assistant is lost. Your chats are kept in this browser; trying again …"));
  };
  const back = () => {
    if (!lost) return;
    lost = false;
    document.body.classList.remove("lost");
    tell(window.say("Connected again."));
    setTimeout(() => { if (!lost) tell(""); }, 4_000);
    if (window.chats.busy()) window.chats.refresh();
  };
  for (const name of ["online", "offline", "focus"]) window.addEventListener(name, look);
  document.addEventListener("visibilitychange", look);
  timer = setTimeout(look, EVERY);
  restore();
  return { draft, look, lost: () => lost };
})();
