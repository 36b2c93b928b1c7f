"use strict";
// What every page has: the theme, printing, and details that open on paper. Nothing here, nor on any
// page, puts text into the page as markup.
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("unsell-theme"); } catch { return null; } };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const show = () => {
    button.setAttribute("aria-pressed", String(isDark()));
  };
  if (["dark", "light"].includes(stored())) root.dataset.theme = stored();
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("unsell-theme", root.dataset.theme); } catch { /* not kept, then */ }
    show();
  });
  dark.addEventListener("change", show);
  button.hidden = false;
  show();

  const print = document.getElementById("print");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  let opened = [];
  const paper = (on) => {
    if (on && !opened.length) {
      opened = [...document.querySelectorAll("details:not([open])")];
      opened.forEach((details) => { details.open = true; });
    } else if (!on) {
      opened.forEach((details) => { details.open = false; });
      opened = [];
    }
  };
  matchMedia("print").addEventListener("change", (event) => paper(event.matches));
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));
})();
