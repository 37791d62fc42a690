// What the other scripts find and make elements with.
window.dom = {
  byId: (id) => document.getElementById(id),
  make: (tag, text = "", properties = {}) => Object.assign(document.createElement(tag), { textContent: text, ...properties }),
};
