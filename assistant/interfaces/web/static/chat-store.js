// Chats as this browser keeps them: an entry for each, so that two tabs do not overwrite each other's. What is read may be broken.
window.kept = (() => {
  const PREFIX = "article-assistant:chat:";
  const OPEN = "article-assistant:open:";
  const LONGEST = 120; // characters of a title
  const memory = new Map(); // what could not be kept, for as long as the page is open
  const area = (name) => { try { return window[name]; } catch { return null; } };
  const object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const text = (value, longest) => (typeof value === "string" ? value.slice(0, longest) : "");

  // Each turn keeps its place, also one that cannot be read: the server says so where it would stand.
  const chatOf = (json) => {
    let data = null;
    try { data = JSON.parse(json); } catch { /* told as broken */ }
    if (!object(data) || !Array.isArray(data.turns)) return null;
    const turns = data.turns.map((turn) => (object(turn) && typeof turn.question === "string" ? turn : { question: "", answer: null }));
    return { title: text(data.title, LONGEST), at: Number.isFinite(data.at) ? data.at : 0, turns };
  };
  const name = (articles, id) => `${PREFIX}${articles}:${id}`;
  const read = (articles, id) => {
    const key = name(articles, id);
    let json = memory.get(key);
    if (json === undefined) try { json = area("localStorage")?.getItem(key); } catch { json = null; }
    return json ? chatOf(json) : { title: "", at: 0, turns: [] };
  };
  // Whether it is kept beyond this page.
  const write = (articles, id, chat) => {
    const key = name(articles, id);
    const json = JSON.stringify({ ...chat, at: Date.now() });
    try {
      area("localStorage").setItem(key, json);
      memory.delete(key);
      return true;
    } catch {
      memory.set(key, json);
      return false;
    }
  };
  const raw = (articles, id) => memory.get(name(articles, id)) ?? area("localStorage")?.getItem(name(articles, id)) ?? null;
  const remove = (articles, id) => {
    memory.delete(name(articles, id));
    try { area("localStorage")?.removeItem(name(articles, id)); } catch { /* nothing was kept */ }
  };
  const put = (articles, id, json) => {
    if (json === null) return remove(articles, id);
    try { area("localStorage").setItem(name(articles, id), json); } catch { memory.set(name(articles, id), json); }
  };
  const titleOf = (chat) => chat.title || text(chat.turns.find((turn) => turn.question)?.question, LONGEST) || window.say("New chat");

  const keys = (start) => {
    const all = new Set(memory.keys());
    try { Object.keys(area("localStorage") || {}).forEach((key) => all.add(key)); } catch { /* none are kept */ }
    return [...all].filter((key) => key.startsWith(start));
  };
  // All chats about these articles, the latest first.
  const list = (articles) => {
    const start = name(articles, "");
    const found = keys(start).map((key) => {
      const id = key.slice(start.length);
      const chat = read(articles, id);
      return chat ? { id, chat, title: titleOf(chat), at: chat.at } : { id, chat: null, title: window.say("A chat that cannot be read"), at: 0 };
    });
    return found.filter((one) => !one.chat || one.chat.turns.length).sort((a, b) => b.at - a.at);
  };

  // How many questions were asked about each article, alone or together with others, by its id.
  const asked = () => {
    const counts = new Map();
    for (const key of keys(PREFIX)) {
      const [articles, id] = key.slice(PREFIX.length).split(":");
      const count = read(articles, id)?.turns.filter((turn) => turn.question).length || 0;
      for (const one of articles.split(",")) counts.set(one, (counts.get(one) || 0) + count);
    }
    return counts;
  };

  // The chat that this tab shows, which another tab does not.
  const anew = () => crypto.getRandomValues(new Uint32Array(3)).reduce((id, part) => id + part.toString(36), "");
  const current = (articles) => {
    let id = null;
    try { id = area("sessionStorage")?.getItem(OPEN + articles); } catch { /* a new one */ }
    return id || memory.get(OPEN + articles) || choose(articles, anew());
  };
  const choose = (articles, id) => {
    memory.set(OPEN + articles, id);
    try { area("sessionStorage")?.setItem(OPEN + articles, id); } catch { /* until the page is left */ }
    return id;
  };
  const isOf = (key, articles, id) => key === name(articles, id);
  return { anew, asked, choose, current, isOf, list, put, raw, read, remove, titleOf, write };
})();
