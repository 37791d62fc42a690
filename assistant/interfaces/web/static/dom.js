// What the other scripts find and make elements with.
window.dom = {
  center: (node) => node.scrollIntoView({ block: "center", behavior: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" }),
  byId: (id) => document.getElementById(id),
  make: (tag, text = "", properties = {}) => Object.assign(document.createElement(tag), { textContent: text, ...properties }),
};
