// Files dropped on the page, and the dialog of a restore, which is loaded when it is used for the first time.
import {toast} from "./dom.js";

/** Opens the dialog of a restore. */
export const restore = (...what) => import("./restore.js").then(part => part.restore(...what), () => toast("The server cannot be reached.", "bad"));

/** Takes files that are dropped on an element. */
export function acceptDrops(zone, take) {
  const on = (name, act) => zone.addEventListener(name, event => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.toggle("over", name === "dragover");
    act?.(event.dataTransfer.files[0]);
  });
  on("dragover");
  on("dragleave");
  on("drop", file => file && take(file));
}

/** Accepts a file dropped anywhere on the page. */
export function dropAnywhere(reload) {
  acceptDrops(document.body, file => document.querySelector("dialog[open]") ?? restore(null, reload, file));
}
