// The page of all calls: a table that is filtered, sorted and shown a page at a time, people's panels
// that are put in place when asked for, and small tables that sort.
(() => {
  const SHOWN = 100;
  const [PATH, LINK, DATE, TEAM, PEOPLE, WORDS, LENGTH, SECONDS, SELLING, LEADING] = Array(10).keys();
  const rows = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("find");
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const range = document.getElementById("range");
  const drawn = document.getElementById("drawn").content.firstElementChild;
  const hasDay = Boolean(table.querySelector("[data-sort=date]"));
  const searched = rows.map((row) => [row[PATH], ...row[PEOPLE], row[DATE] ?? ""].join("\n").toLowerCase());
  const collator = new Intl.Collator("en", { numeric: true });
  let axis = rows.some((row) => row[SELLING]) ? SELLING : LEADING;
  let sort = { key: null, down: false };
  let shown = [];
  let from = 0;

  const keys = {
    path: (row) => row[PATH],
    date: (row) => row[DATE],
    people: (row) => row[PEOPLE].join(", "),
    words: (row) => row[WORDS],
    seconds: (row) => row[SECONDS],
    index: (row) => row[axis]?.[0],
    evidence: (row) => row[axis]?.[3],
    drains: (row) => row[axis]?.[4],
    builds: (row) => row[axis]?.[5],
  };
  const compare = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
  // What has no value comes last, whichever way.
  const order = (a, b, down) => {
    if (a == null || b == null) return (a == null) - (b == null);
    return down ? compare(b, a) : compare(a, b);
  };

  const cell = (text, kind) => {
    const td = document.createElement("td");
    if (kind) td.className = kind;
    td.textContent = text ?? "–";
    return td;
  };
  const view = (row) => {
    const tr = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const link = document.createElement("a");
    link.href = row[LINK];
    link.textContent = row[PATH];
    head.append(link);
    tr.append(head);
    if (hasDay) tr.append(cell(row[DATE]));
    tr.append(cell(row[PEOPLE].join(", ") || "–", "name"));
    tr.append(cell(row[WORDS].toLocaleString("en"), "n"), cell(row[LENGTH], "n"));
    const score = row[axis];
    if (!score) {
      tr.append(cell("–", "n"), cell("", ""), cell("not judged"), cell("–", "n"), cell("–", "n"));
      return tr;
    }
    const [index, low, high, evidence, drains, builds] = score;
    tr.append(cell(Math.round(index), "n"));
    const draw = document.createElement("td");
    const svg = drawn.cloneNode(true);
    const [, box, dot] = svg.children;
    box.setAttribute("x", 2 + low);
    box.setAttribute("width", high - low);
    dot.setAttribute("cx", 2 + index);
    if (evidence < 2) dot.classList.add("hollow");
    const told = document.createElement("span");
    told.className = "unseen";
    told.textContent = `${Math.round(low)} to ${Math.round(high)}`;
    draw.append(svg, told);
    tr.append(draw, cell(["none", "thin", "enough"][evidence]), cell(drains, "n"), cell(builds, "n"));
    return tr;
  };
  const draw = () => {
    body.replaceChildren(...shown.slice(from, from + SHOWN).map((at) => view(rows[at])));
    const to = Math.min(from + SHOWN, shown.length);
    range.textContent = shown.length ? `${from + 1}–${to} of ${shown.length.toLocaleString("en")}` : "no call matches";
    const [before, next] = document.querySelectorAll("#pager button");
    before.disabled = from === 0;
    next.disabled = to >= shown.length;
  };
  const apply = () => {
    const wanted = new FormData(form);
    const text = (wanted.get("text") ?? "").trim().toLowerCase();
    const [person, team] = [wanted.get("person"), wanted.get("team")];
    const evidence = Number(wanted.get("evidence") || -1);
    axis = { selling: SELLING, leading: LEADING }[wanted.get("axis")] ?? axis;
    shown = [];
    rows.forEach((row, at) => {
      const keep = (!text || searched[at].includes(text)) && (!person || row[PEOPLE].includes(person))
        && (!team || row[TEAM] === team.slice(1)) && (evidence < 0 || (row[axis]?.[3] ?? -1) >= evidence);
      if (keep) shown.push(at);
    });
    if (sort.key) {
      const key = keys[sort.key];
      shown.sort((a, b) => order(key(rows[a]), key(rows[b]), sort.down) || a - b);
    }
    from = 0;
    draw();
  };

  const fill = (name, values, value = (text) => text) => {
    const select = form.elements[name];
    if (!select) return;
    for (const text of [...new Set(values)].sort(collator.compare)) select.append(new Option(text || "(top folder)", value(text)));
  };
  fill("person", rows.flatMap((row) => row[PEOPLE]));
  fill("team", rows.map((row) => row[TEAM]), (text) => `/${text}`);

  const sorting = (button, headers) => {
    const th = button.closest("th");
    const down = th.getAttribute("aria-sort") === "ascending";
    headers.forEach((other) => other.removeAttribute("aria-sort"));
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    return down;
  };
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    sort = { key: button.dataset.sort, down: sorting(button, table.querySelectorAll("th[aria-sort]")) };
    apply();
  });
  let waiting;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, event.target.type === "search" ? 120 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.getElementById("pager").addEventListener("click", (event) => {
    const go = Number(event.target.dataset.go);
    if (!go) return;
    from = Math.max(0, from + go * SHOWN);
    draw();
    table.scrollIntoView({ block: "start" });
  });
  for (const id of ["find", "table", "pager"]) document.getElementById(id).hidden = false;
  apply();

  for (const small of document.querySelectorAll("table.sortable")) {
    small.tHead.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const column = button.closest("th").cellIndex;
      const down = sorting(button, small.querySelectorAll("th[aria-sort]"));
      const value = (tr) => {
        const told = tr.cells[column].dataset.v;
        return told !== "" && !Number.isNaN(Number(told)) ? Number(told) : told;
      };
      const list = [...small.tBodies[0].rows].filter((tr) => !tr.classList.contains("panel"));
      close();
      list.sort((a, b) => order(value(a), value(b), down));
      small.tBodies[0].append(...list);
    });
    small.tBodies[0].addEventListener("click", (event) => {
      const button = event.target.closest("[data-open]");
      if (!button) return;
      const open = button.getAttribute("aria-expanded") !== "true";
      close();
      if (!open) return;
      button.setAttribute("aria-expanded", "true");
      const panel = document.createElement("tr");
      panel.className = "panel";
      const td = document.createElement("td");
      td.colSpan = button.closest("tr").cells.length;
      td.append(document.getElementById(button.dataset.open).content.cloneNode(true));
      panel.append(td);
      button.closest("tr").after(panel);
    });
  }
  function close() {
    document.querySelectorAll("tr.panel").forEach((panel) => panel.remove());
    document.querySelectorAll("[data-open][aria-expanded=true]").forEach((button) => button.setAttribute("aria-expanded", "false"));
  }
})();
