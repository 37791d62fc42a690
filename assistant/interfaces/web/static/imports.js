// Opening articles: files, chosen or dropped anywhere, any number of them, one after the other; and addresses, typed or dropped.
(() => {
  const { say } = window;
  const { byId, make } = window.dom;
  const input = () => document.querySelector("#shelf-file input[type=file]");
  const list = make("ul", "", { id: "imports", hidden: true }); // a line for each file, if there are several
  list.setAttribute("role", "status");
  let entries = [];
  let waiting = [];
  let reading = null;

  // ---- files
  const mark = (entry, state, text) => {
    entry.row.className = state;
    entry.row.lastChild.textContent = text;
  };
  const rowOf = (name) => {
    const row = make("li");
    row.append(make("span", name, { translate: false, dir: "auto" }), make("span", say("Waiting")));
    return row;
  };
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const take = (files) => {
    const most = Number(byId("toolbar").dataset.maxBytes);
    document.querySelector("[data-shelf=File]").click();
    if (!reading && !waiting.length) entries = [];
    for (const file of files) {
      const entry = { file, row: rowOf(file.name), id: "" };
      entries.push(entry);
      if (file.size > most) mark(entry, "error", say("{name} has {size} MB; at most {most} MB can be opened. Cut it into parts.", { name: file.name, size: megabytes(file.size), most: Math.round(most / 1e6) }));
      else waiting.push(entry);
    }
    list.replaceChildren(...entries.map((entry) => entry.row));
    list.hidden = entries.length < 2 && !entries.some((entry) => entry.row.className);
    if (!list.isConnected) byId("opening").before(list);
    next();
  };
  let giving = false;
  const give = (entry) => {
    if (entry !== reading) return;
    const field = input();
    if (!field) { setTimeout(give, 100, entry); return; } // until Gradio has put the last file away
    const transfer = new DataTransfer();
    transfer.items.add(entry.file);
    field.files = transfer.files;
    for (const one of document.querySelectorAll("#opening :is(.done, .error, .notice)")) one.remove(); // of the file before
    giving = true;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    giving = false;
  };
  const next = () => {
    if (reading) return;
    reading = waiting.shift() || null;
    if (reading) {
      mark(reading, "", say("Reading the article …"));
      give(reading);
    } else if (entries.length > 1) {
      const ids = entries.map((entry) => entry.id).filter(Boolean);
      if (ids.length) document.dispatchEvent(new CustomEvent("choosearticles", { detail: ids }));
    }
  };
  const settle = (state, text, id = "") => {
    if (!reading) return;
    mark(reading, state, text);
    reading.id = id;
    reading = null;
    next();
  };
  const hear = () => {
    const told = (query) => document.querySelector(`#opening ${query}`);
    if (told(".working")) return;
    if (told(".done")) settle("done", say("Opened."), told(".done").dataset.id);
    else if (told(".error")) settle("error", told(".error").textContent);
    else if (told(".notice")) { // cancelled, and so are those after it
      for (const entry of waiting.splice(0)) mark(entry, "", told(".notice").textContent);
      settle("", told(".notice").textContent);
    }
  };
  document.addEventListener("change", (event) => {
    if (giving || event.target !== input()) return;
    event.stopImmediatePropagation();
    take([...event.target.files]);
  }, true);

  // ---- dropped anywhere
  const carries = (event, kind) => [...(event.dataTransfer?.types || [])].includes(kind);
  document.addEventListener("dragenter", (event) => {
    if (carries(event, "Files") && !document.querySelector("#shelf.shown")) document.querySelector("[data-shelf=File]").click();
  });
  document.addEventListener("dragover", (event) => { if (carries(event, "Files")) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!carries(event, "Files")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  }, true);

  // ---- an address in the question field is a page to open
  const ADDRESS = /^https?:\/\/[^\s]+\.[^\s]+$/;
  const field = () => document.querySelector("#question textarea");
  const offer = make("div", "", { id: "address", hidden: true });
  const open = make("button", "", { type: "button" });
  offer.append(make("span", "", { dir: "auto", translate: false }), open);
  offer.setAttribute("role", "status");
  const look = () => {
    const address = field().value.trim();
    offer.hidden = !ADDRESS.test(address);
    if (offer.hidden) return;
    offer.firstChild.textContent = address;
    open.textContent = say("Open this page");
    if (!offer.isConnected) byId("question").before(offer);
  };
  const openAddress = () => {
    const address = field().value.trim();
    if (!ADDRESS.test(address)) return false;
    document.dispatchEvent(new CustomEvent("opendrawer", { detail: "Address" }));
    window.chats.fill("");
    fetchPage(address);
    return true;
  };
  const fetchPage = (address) => {
    const url = document.querySelector("#shelf-url :is(input, textarea)");
    if (!url) { setTimeout(fetchPage, 50, address); return; } // until Gradio has mounted the tab
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(url), "value").set.call(url, address); // past the framework's own setter
    url.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => byId("shelf-fetch").click(), 50); // once the framework has the address
  };
  open.addEventListener("click", openAddress);
  document.addEventListener("input", (event) => { if (event.target === field()) look(); });
  document.addEventListener("submitquestion", (event) => { if (openAddress()) event.preventDefault(); });

  // ---- what Gradio would tell in a box of its own
  const watch = () => {
    const boxes = document.querySelector(".toast-wrap");
    if (!boxes || !byId("opening")) { setTimeout(watch, 100); return; }
    new MutationObserver(async (changes) => {
      if (!changes.some(({ addedNodes }) => addedNodes.length)) return;
      const text = boxes.textContent.trim();
      if (!text) return;
      if (reading && !document.querySelector("#opening .working")) {
        const full = "Too many files wait to be opened. Try again in ten minutes."; // event_guard.py
        settle("error", text.includes(full) ? say(full) : say("{name} was not uploaded completely. Choose it again.", { name: reading.file.name }));
        list.hidden = false;
        return;
      }
      await window.connection.look();
      if (!window.connection.lost()) window.chats.tell(say("That did not work. Try again, or reload the page."));
    }).observe(boxes, { childList: true, subtree: true });
    new MutationObserver(hear).observe(byId("opening"), { childList: true, subtree: true });
  };
  watch();
})();
