import {button, h} from "./dom.js";

/** A button that opens a menu. @param items pairs of a text and a function or an address, or null */
export function menu(label, key, items) {
  // The list may be rebuilt while the menu is open.
  const opener = () => open.isConnected ? open : [...document.querySelectorAll("[data-key]")].find(other => other.dataset.key === key) ?? open;
  const open = button("⋯", () => {
    const list = h("div", {class: "menu", role: "menu", popover: "auto", "aria-label": label}, items().filter(Boolean).map(([text, act, attributes]) =>
      typeof act === "string"
        ? h("a", {role: "menuitem", href: act, onclick: () => list.hidePopover(), ...attributes}, text)
        : h("button", {type: "button", role: "menuitem", ...attributes, onclick: () => {
          list.hidePopover();
          opener().focus();
          act();
        }}, text)));
    list.addEventListener("toggle", event => {
      open.setAttribute("aria-expanded", event.newState === "open");
      if (event.newState === "closed") list.remove();
    });
    list.addEventListener("keydown", event => move(event, list, opener));
    open.closest("main").append(list);
    list.showPopover();
    place(list, open.getBoundingClientRect());
    list.querySelector("[role=menuitem]").focus();
  }, {class: "more-button", "aria-label": label, "aria-haspopup": "menu", "aria-expanded": "false", "data-key": key});
  return open;
}

function place(list, at) {
  const below = innerHeight - at.bottom > list.offsetHeight + 8;
  list.style.left = `${Math.max(8, Math.min(at.right - list.offsetWidth, innerWidth - list.offsetWidth - 8))}px`;
  list.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - list.offsetHeight - 4)}px`;
}

function move(event, list, opener) {
  const items = [...list.querySelectorAll("[role=menuitem]:not(:disabled)")];
  const at = items.indexOf(document.activeElement);
  const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1}[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items.at(to % items.length)?.focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    list.hidePopover();
    opener().focus();
  }
}
