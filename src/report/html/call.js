// The page of a call: filters that hold for moments, transcript and timeline alike, and a timeline
// that is walked with the arrow keys.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const form = document.getElementById("filters");
  const marks = all(".timeline .mark");

  // One stop of the Tab key; the arrows go on from there.
  const stop = (mark) => marks.forEach((other) => other.setAttribute("tabindex", other === mark ? "0" : "-1"));
  const seen = () => marks.filter((mark) => !mark.classList.contains("off"));
  if (marks.length) {
    stop(marks[0]);
    document.getElementById("timeline").addEventListener("keydown", (event) => {
      const shown = seen();
      const here = shown.indexOf(event.target);
      const last = shown.length - 1;
      const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key];
      if (here < 0 || to === undefined) return;
      event.preventDefault();
      const next = shown[Math.min(Math.max(to, 0), last)];
      stop(next);
      next.focus();
    });
  }
  if (!form) return;

  const moments = all(".moment");
  const inText = all("mark[data-f]");
  const tags = all(".tag");
  const turns = all(".said > li");
  const only = document.getElementById("only-found");
  const output = document.getElementById("shown");
  const filtered = document.getElementById("filtered");
  const none = document.querySelector("#moments .none");

  const apply = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value !== "");
    const kept = new Set();
    for (const moment of moments) {
      const keep = wanted.every(([name, value]) => moment.dataset[name] === value);
      moment.hidden = !keep;
      if (keep) kept.add(moment.dataset.f);
    }
    const keeps = (element) => element.dataset.f.split(" ").some((number) => kept.has(number));
    for (const element of [...marks, ...inText, ...tags]) element.classList.toggle("off", !keeps(element));
    for (const tag of tags) tag.hidden = tag.classList.contains("off");
    for (const turn of turns) {
      const found = [...turn.querySelectorAll(".tag")].some((tag) => !tag.hidden);
      turn.hidden = only.checked && !found;
    }
    const first = seen()[0];
    if (first) stop(first);
    none.hidden = kept.size > 0;
    output.textContent = `${kept.size} of ${moments.length} shown`;
    // Also said where it is printed, so that no page passes for the whole.
    filtered.hidden = kept.size === moments.length || kept.size === 0;
    filtered.textContent = `Filtered: ${output.textContent}.`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  only.addEventListener("change", apply);
  // A jump to a turn that the check box hides shows it again.
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.hidden && only.checked) { only.checked = false; apply(); }
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  });
  form.hidden = false;
  document.getElementById("only").hidden = false;
  apply();
})();
