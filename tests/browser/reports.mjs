// Drives the HTML reports in a real browser: filters, sorting, jumps, keyboard, print, a phone's width,
// both themes, axe-core, hostile words, and a folder of 2,000 calls. Fails on any console message of
// trouble and on any request that is not for one of the files themselves.
//
//   node reports.mjs [path of unsell]

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import axe from "axe-core";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const unsell = resolve(process.argv[2] ?? join(root, "target/debug/unsell"));
const MANY = 2000;
// What a page may take, with room for slow machines: "does not freeze" is far below.
const LOAD_MS = 8000;
const FILTER_MS = 1500;

const work = mkdtempSync(join(tmpdir(), "unsell-browser-"));
const analyze = (folder, out, ...more) => {
  try {
    execFileSync(unsell, ["analyze", folder, "--format", "html", "--out", out, "--detector", "lexicon", ...more],
      { cwd: work, stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    // Status 2 says that some input could not be read, which is part of the test.
    if (error.status !== 2) throw error;
  }
};
const url = (path) => pathToFileURL(join(work, path)).href;

const PUSH = [
  "If we can't get ink on this by Friday the number goes away.",
  "What if I knock another fifteen percent off right now?",
  "Let's try it with one branch for two weeks, and stop if it doesn't help.",
  "There's no rush on my side. What would help you decide well?",
  "I told you Tuesday and it slipped; that's on me, here it is.",
];
const HOSTILE = ["<script>window.hacked = 1</script>", "=cmd()", "\u202eevil\u2066", `</script><img src=x onerror="window.hacked = 1">`];

function call(number, seller, buyer, lines) {
  const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 23);
  const said = lines.flatMap((line, at) => [[seller, line], [buyer, `Question ${at + number}: what happens on the night shift?`]]);
  return "WEBVTT\n\n" + said.map(([who, line], at) =>
    `${at + 1}\n${clock(at * 9 + 1)} --> ${clock(at * 9 + 8.5)}\n${who}: ${line}\n`).join("\n");
}

function prepare() {
  cpSync(join(root, "examples"), join(work, "calls/examples"), { recursive: true });
  for (let at = 0; at < 16; at += 1) {
    const team = ["north", "south"][at % 2];
    mkdirSync(join(work, "calls", team), { recursive: true });
    const day = `2031-0${1 + Math.floor(at / 4)}-${10 + at}`;
    const lines = Array.from({ length: 6 }, (_, line) => PUSH[(at * 3 + line * (1 + (at % 3))) % PUSH.length]);
    writeFileSync(join(work, `calls/${team}/${day}.vtt`), call(at, at % 4 < 2 ? "Dana Reyes" : "Ike Lund", "Sam Ortiz", lines));
  }
  writeFileSync(join(work, "calls/broken.vtt"), "WEBVTT\n\nno cue here\n");
  const rows = HOSTILE.map((text, at) =>
    `${at * 10},${at * 10 + 8},"${text.replaceAll('"', '""')}",seller,"${`${text} ${PUSH[at]} ${"w".repeat(10000)}`.replaceAll('"', '""')}"`);
  writeFileSync(join(work, "calls/hostile.csv"), ["start,end,speaker,role,text", ...rows].join("\n"));
  writeFileSync(join(work, "roles.toml"), readFileSync(join(root, "examples/roles.toml"), "utf8")
    + '\n"Dana Reyes" = "seller"\n"Ike Lund" = "seller"\n"Sam Ortiz" = "buyer"\n');
  analyze("calls", "out", "--roles", "roles.toml");

  mkdirSync(join(work, "many"));
  for (let at = 0; at < MANY; at += 1) {
    const folder = join(work, "many", `team-${at % 12}`);
    mkdirSync(folder, { recursive: true });
    const day = new Date(Date.UTC(2030, 0, 1) + at * 43200000).toISOString().slice(0, 10);
    const lines = Array.from({ length: 5 }, (_, line) => PUSH[(at * 7 + line * (1 + (at % 4))) % PUSH.length]);
    writeFileSync(join(folder, `${day}-${at}.vtt`), call(at, `Seller ${at % 60}`, `Buyer ${at}`, lines));
  }
  const roles = Array.from({ length: 60 }, (_, at) => `"Seller ${at}" = "seller"`);
  for (let at = 0; at < MANY; at += 1) roles.push(`"Buyer ${at}" = "buyer"`);
  writeFileSync(join(work, "many.toml"), roles.join("\n"));
  const start = performance.now();
  analyze("many", "many-out", "--roles", "many.toml");
  return performance.now() - start;
}

const trouble = [];
async function open(browser, path, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(`${path}: console ${message.text()}`);
  });
  page.on("pageerror", (error) => trouble.push(`${path}: ${error.message}`));
  page.on("dialog", (dialog) => { trouble.push(`${path}: a dialog`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(pathToFileURL(work).href)) trouble.push(`${path}: request for ${request.url()}`);
  });
  await page.goto(url(path));
  return page;
}

/** Runs axe-core on what is shown; the page's policy does not hold for the debugger. */
async function accessible(page, what) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const told = violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join("\n    ")}`);
  assert.equal(violations.length, 0, `${what}: axe-core says\n  ${told.join("\n  ")}`);
}

const tests = {
  async "a call's filters hold for moments, transcript and timeline"(browser) {
    const page = await open(browser, "out/calls/examples/clinic-scheduling.vtt.html");
    const all = await page.locator(".moment").count();
    assert.ok(all > 5);
    await page.selectOption("[name=behaviour]", "pressure");
    const shown = await page.locator(".moment:visible").count();
    assert.ok(shown > 0 && shown < all);
    assert.equal(await page.locator("#shown").textContent(), `${shown} of ${all} shown`);
    assert.equal(await page.locator(".timeline .mark:not(.off)").count(), shown);
    assert.equal(await page.locator(".tag:visible").count(), shown);
    await page.check("#only-found");
    assert.ok(await page.locator(".said > li:visible").count() <= shown);
    await page.selectOption("[name=pole]", "leadership");
    assert.equal(await page.locator(".moment:visible").count(), 0);
    assert.ok(await page.locator("#moments .none").isVisible());
    await page.click("#filters button[type=reset]");
    await page.waitForFunction((count) => document.getElementById("shown").textContent.startsWith(`${count} of`), all);
    await page.selectOption("[name=detector]", "lexicon");
    assert.equal(await page.locator(".moment:visible").count(), all);
  },

  async "filters by speaker where several are judged"(browser) {
    const page = await open(browser, "out/calls/hostile.csv.html");
    const all = await page.locator(".moment").count();
    await page.selectOption("[name=speaker]", { index: 1 });
    const shown = await page.locator(".moment:visible").count();
    assert.ok(shown > 0 && shown < all, `${shown} of ${all}`);
  },

  async "the timeline jumps to moments, and moments to the transcript"(browser) {
    const page = await open(browser, "out/calls/examples/clinic-scheduling.vtt.html");
    await page.locator(".timeline .mark").nth(3).click();
    assert.equal(new URL(page.url()).hash, "#m3");
    await page.waitForFunction(() => document.activeElement.id === "m3");
    await page.waitForFunction(() => { const box = document.getElementById("m3").getBoundingClientRect(); return box.top >= 0 && box.top < innerHeight; });
    const time = page.locator("#m3 .when a");
    const to = await time.getAttribute("href");
    await time.click();
    await page.waitForFunction((id) => document.activeElement.id === id, to.slice(1));
  },

  async "everything works from the keyboard"(browser) {
    const page = await open(browser, "out/calls/examples/clinic-scheduling.vtt.html");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    const stops = await page.locator(".timeline .mark[tabindex='0']").count();
    assert.equal(stops, 1, "the timeline is one stop");
    await page.locator(".timeline .mark[tabindex='0']").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.f), "2");
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.id === "m0");
    await page.locator("#theme").focus();
    await page.keyboard.press("Space");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.equal(await page.getAttribute("#theme", "aria-pressed"), "true");
  },

  async "on paper nothing is hidden and nothing is clicked"(browser) {
    for (const path of ["out/calls/examples/retail-ops-review.txt.html", "out/index.html"]) {
      const page = await open(browser, path, { colorScheme: "dark" });
      await page.emulateMedia({ media: "print" });
      await page.waitForFunction(() => [...document.querySelectorAll("details")].every((details) => details.open));
      for (const gone of [".top", "#filters", "#find", "#pager"]) {
        assert.equal(await page.locator(gone).filter({ visible: true }).count(), 0, gone);
      }
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(paper, "rgb(255, 255, 255)");
      assert.ok((await page.pdf()).length > 20000);
      await page.emulateMedia({ media: "screen" });
      await page.waitForFunction(() => ![...document.querySelectorAll("details")].some((details) => details.open));
    }
  },

  async "a phone shows all of it in its width"(browser) {
    for (const path of ["out/calls/examples/clinic-scheduling.vtt.html", "out/calls/hostile.csv.html", "out/calls/examples/product-offsite.md.html", "out/index.html"]) {
      const page = await open(browser, path, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 360, `${path} is ${wide} wide`);
    }
  },

  async "every rate has its ideal beside it, in any width"(browser) {
    for (const path of ["out/calls/examples/clinic-scheduling.vtt.html", "out/calls/examples/retail-ops-review.txt.html"]) {
      for (const width of [900, 360]) {
        const page = await open(browser, path, { viewport: { width, height: 740 } });
        const hidden = await page.$eval(".scroll:has(.rates)", (region) => region.scrollWidth - region.clientWidth);
        assert.equal(hidden, 0, `${path} at ${width}`);
      }
    }
  },

  async "the index filters, sorts and opens people"(browser) {
    const page = await open(browser, "out/index.html");
    const rows = page.locator("#table tbody tr");
    const all = await rows.count();
    assert.ok(all >= 26, `${all} calls`);
    await page.fill("[name=text]", "clinic");
    await page.waitForFunction(() => document.querySelectorAll("#table tbody tr").length === 1);
    await page.click("#find button[type=reset]");
    await page.waitForFunction((count) => document.querySelectorAll("#table tbody tr").length === count, all);
    await page.selectOption("[name=person]", "Ike Lund");
    assert.equal(await rows.count(), 8);
    await page.selectOption("[name=team]", { label: "north" });
    assert.equal(await rows.count(), 4);
    await page.click("#find button[type=reset]");
    await page.waitForFunction((count) => document.querySelectorAll("#table tbody tr").length === count, all);
    const cells = async (column) => (await rows.locator(`td.n`).evaluateAll((list, at) => list.filter((td) => td.cellIndex === at).map((td) => td.textContent), column)).filter((text) => text !== "–").map(Number);
    const column = await page.locator("#table th:has([data-sort=index])").evaluate((th) => th.cellIndex);
    await page.click("[data-sort=index]");
    const up = await cells(column);
    assert.deepEqual(up, [...up].sort((a, b) => a - b));
    await page.click("[data-sort=index]");
    assert.equal(await page.locator("#table th[aria-sort]").getAttribute("aria-sort"), "descending");
    assert.deepEqual(await cells(column), [...up].reverse());
    await page.selectOption("[name=axis]", "leading");
    await page.selectOption("[name=evidence]", "1");
    assert.ok(await rows.count() >= 3 && await rows.count() < all);

    const dana = page.locator("#people button[data-open]", { hasText: "Dana Reyes" });
    await dana.press("Enter");
    assert.equal(await dana.getAttribute("aria-expanded"), "true");
    assert.ok(await page.locator("tr.panel .trend .band").isVisible());
    assert.ok(await page.locator("tr.panel .spread .own").isVisible());
    assert.equal(await page.locator("tr.panel .trend a").count(), 8);
    await page.locator("tr.panel .trend a").first().press("Enter");
    await page.waitForURL(/north|south/);
    await page.click("text=All calls");
    await page.waitForURL(/index\.html/);
    await page.locator("#library .good a").first().click();
    await page.waitForFunction(() => location.hash.startsWith("#m") && document.querySelector(":target"));
    await page.goBack();
    assert.ok((await page.textContent("#failed")).includes("broken.vtt"));
    assert.equal(await page.locator("#heat table").count(), 2);
    const person = page.locator("#people table.sortable").first();
    await person.locator("thead button", { hasText: "Median index" }).click();
    const medians = (await person.locator("tbody td:nth-child(4)").allTextContents()).map(Number);
    assert.deepEqual(medians, [...medians].sort((a, b) => a - b));
  },

  async "hostile words stay words"(browser) {
    for (const path of ["out/calls/hostile.csv.html", "out/index.html"]) {
      const page = await open(browser, path);
      assert.equal(await page.evaluate(() => window.hacked), undefined);
      assert.equal(await page.locator("img").count(), 0);
      assert.ok((await page.textContent("body")).includes("window.hacked"));
    }
  },

  async "axe-core finds no fault in either theme"(browser) {
    for (const colorScheme of ["light", "dark"]) {
      for (const name of ["clinic-scheduling.vtt", "retail-ops-review.txt", "product-offsite.md"]) {
        const page = await open(browser, `out/calls/examples/${name}.html`, { colorScheme });
        await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
        await accessible(page, `${name}, ${colorScheme}`);
      }
      const page = await open(browser, "out/index.html", { colorScheme });
      await page.locator("#people button[data-open]", { hasText: "Dana Reyes" }).click();
      await accessible(page, `index, ${colorScheme}`);
    }
    const phone = await open(browser, "out/calls/examples/clinic-scheduling.vtt.html", { viewport: { width: 360, height: 740 } });
    await accessible(phone, "phone");
  },

  async "2,000 calls do not freeze"(browser) {
    const megabytes = statSync(join(work, "many-out/index.html")).size / 1e6;
    const before = performance.now();
    const page = await open(browser, "many-out/index.html");
    await page.waitForFunction(() => document.querySelectorAll("#table tbody tr").length === 100);
    const load = performance.now() - before;
    const filter = await page.evaluate(async () => {
      const start = performance.now();
      const select = document.querySelector("[name=person]");
      select.value = "Seller 7";
      select.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((done) => setTimeout(done, 1));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - start;
    });
    assert.equal(await page.textContent("#range"), "1–34 of 34");
    await page.click("#find button[type=reset]");
    await page.waitForFunction(() => document.getElementById("range").textContent === "1–100 of 2,000");
    const sort = await page.evaluate(async () => {
      const start = performance.now();
      document.querySelector("[data-sort=index]").click();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - start;
    });
    await page.click("#pager [data-go='1']");
    assert.equal(await page.textContent("#range"), "101–200 of 2,000");
    const ms = (value) => `${value.toFixed(0)} ms`;
    console.log(`    ${MANY} calls: index ${megabytes.toFixed(2)} MB, load ${ms(load)}, filter ${ms(filter)}, sort ${ms(sort)}`);
    assert.ok(load < LOAD_MS && filter < FILTER_MS && sort < FILTER_MS);
    await page.locator("#people button[data-open]").first().click();
    assert.ok(await page.locator("tr.panel .trend .band").isVisible());
  },
};

const took = prepare();
console.log(`analyzed ${MANY} calls in ${(took / 1000).toFixed(1)} s`);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--disable-sync",
    "--no-default-browser-check", "--no-first-run", "--no-pings", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
});
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test(browser);
    assert.deepEqual(trouble.splice(0), []);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    trouble.length = 0;
    console.log(`FAIL  ${name}\n      ${String(error.stack ?? error).split("\n").slice(0, 12).join("\n      ")}`);
  }
  await Promise.all(browser.contexts().map((context) => context.close()));
}
await browser.close();
if (process.env.KEEP) console.log(`kept ${work}`); else rmSync(work, { recursive: true });
console.log(failed ? `${failed} failed` : "all passed");
process.exit(failed ? 1 : 0);
