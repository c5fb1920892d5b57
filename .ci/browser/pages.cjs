// Opens every page in a browser: what a person does, what must never happen, and how it looks on a phone.
// Invariant: a page that asks elsewhere, says something on the console, or runs what a catalog holds is a failure.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const url = process.env.VETRINA_URL;
const locked = process.env.VETRINA_LOCKED_URL;
const token = process.env.VETRINA_TOKEN;
const pictures = process.env.VETRINA_SCREENSHOTS;
const site = "/browse/sites/1234-5678";
const pages = {
  sites: "/browse",
  site,
  type: `${site}/type?name=product`,
  commit: `${site}/commit?type=product&generation=none`,
  activity: "/browse/activity",
  siteActivity: `${site}/activity`,
  refused: `${site}/refused`,
  askDelete: `${site}/act?do=delete&identity=p-1003`,
  askCommit: `${site}/act?do=commit&type=product&generation=${encodeURIComponent("javascript:window.ran=1")}`,
  askRebuild: `${site}/act?do=rebuild`,
  search: `${site}/search?q=tnet`,
  markup: `${site}/search?q=markup&facets=brand,color,category,type`,
  object: `${site}/object?identity=p-1003`,
  missing: `${site}/object?identity=nobody`,
  shop: "/browse/shop?q=tent",
  shopOfMarkup: "/browse/shop?q=markup",
  signing: "/browse/signing?site=1234-5678",
  docs: "/docs",
  docsOfSearch: "/docs/search",
};
const refused = new Set(["missing"]);

// A context whose pages may ask nobody but the server, and say nothing.
const contextOf = async (browser, base, options = {}) => {
  const context = await browser.newContext(options);
  const wrong = [];
  context.on("request", (request) => {
    if (!request.url().startsWith(`${base}/`)) wrong.push(`asked ${request.url()}`);
  });
  const watch = (page) => {
    // That a page answers 404 or 403 the browser says, too; everything else is a failure.
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !/status of (403|404)/.test(message.text()))
        wrong.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong.push(`${page.url()}: ${error}`));
    page.on("dialog", (dialog) => { wrong.push(`${page.url()}: a dialog`); dialog.dismiss(); });
  };
  context.on("page", watch);
  const end = async () => {
    await context.close();
    assert.deepEqual(wrong, []);
  };
  return { context, end };
};

const settled = async (page) => {
  await page.waitForLoadState("networkidle");
  if (page.url().includes("/browse/shop")) await page.waitForFunction(() => document.getElementById("shop-count").textContent);
};

const tests = {
  async "every page is whole, wide and narrow, light and dark"(browser) {
    for (const [look, options] of Object.entries({
      wide: { viewport: { width: 1280, height: 900 } },
      narrow: { viewport: { width: 360, height: 740 } },
      wideDark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
      narrowDark: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
    })) {
      const { context, end } = await contextOf(browser, url, options);
      const page = await context.newPage();
      for (const [name, place] of Object.entries(pages)) {
        const answer = await page.goto(url + place);
        assert.equal(answer.status(), refused.has(name) ? 404 : 200, name);
        await settled(page);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= options.viewport.width, `${name} is ${width} wide (${look})`);
        if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${look}.png`), fullPage: true });
      }
      await end();
    }
  },

  async "no page has a serious fault of accessibility"(browser) {
    for (const colorScheme of ["light", "dark"]) {
      // The policy of the pages keeps out every script of elsewhere; this one is the test's.
      const context = await browser.newContext({ bypassCSP: true, colorScheme });
      const page = await context.newPage();
      for (const [name, place] of Object.entries(pages)) {
        await page.goto(url + place);
        await settled(page);
        await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
        await page.evaluate(axe);
        const found = await page.evaluate(() => axe.run());
        const serious = found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact));
        const told = serious.map((fault) => `${fault.id}: ${fault.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
        assert.deepEqual(told, [], `${name} (${colorScheme})`);
      }
      await context.close();
    }
  },

  async "markup of a catalog is text in every field"(browser) {
    const { context, end } = await contextOf(browser, url);
    const page = await context.newPage();
    const look = async (what) => {
      await settled(page);
      assert.equal(await page.evaluate(() => window.ran), undefined, what);
      assert.equal(await page.locator("main img, main iframe, main script, main b").count(), 0, what);
    };
    await page.goto(url + pages.markup);
    await look("search");
    const hits = await page.locator(".hit h2 a").evaluateAll((links) => links.map((link) => link.href));
    assert.ok(hits.length >= 6, `${hits.length} hits`);
    for (const href of hits) {
      await page.goto(href);
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
      await look(href);
      const nested = page.locator("main li.card a").first();
      if (await nested.count()) { await nested.click(); await look(`nested in ${href}`); }
    }
    for (const name of ["site", "type", "siteActivity", "refused", "shopOfMarkup"]) { await page.goto(url + pages[name]); await look(name); }
    await page.locator("#shop-q").fill("markup");
    await page.locator("#suggestions [role=option]").first().waitFor();
    await look("suggestions");
    assert.ok((await page.locator("#suggestions").textContent()).includes("<script>"), "the payload is read");
    await end();
  },

  async "a person searches, filters and opens an object without a mouse"(browser) {
    const { context, end } = await contextOf(browser, url);
    const page = await context.newPage();
    const press = (key) => page.keyboard.press(key);
    const tabTo = async (wanted) => {
      for (let steps = 0; steps < 120; steps += 1) {
        await press("Tab");
        if (await page.evaluate((wanted) => document.activeElement.matches(wanted), wanted)) return;
      }
      assert.fail(`${wanted} cannot be reached`);
    };
    await page.goto(`${url}/browse`);
    await press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await tabTo("th a");
    await press("Enter");
    await page.waitForURL(`**${site}`);
    await tabTo("#q");
    await page.keyboard.type("tent");
    await press("Enter");
    await page.waitForURL("**/search?q=tent*");
    const before = await page.locator("[role=status]").textContent();
    await tabTo("a.facet-value");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", "what has the focus is seen");
    await press("Enter");
    await page.waitForURL("**f[]=**");
    assert.notEqual(await page.locator("[role=status]").textContent(), before);
    await tabTo(".hit h2 a");
    await press("Enter");
    await page.waitForURL("**/object?identity=*");
    assert.match(await page.locator(".state").textContent(), /Searches find it/);
    await end();
  },

  async "the shop front suggests, filters, pages and goes back"(browser) {
    const { context, end } = await contextOf(browser, url);
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => { if (request.resourceType() === "fetch") asked.push(new URL(request.url()).pathname); });
    await page.goto(`${url}/browse/shop`);
    await settled(page);
    await page.locator("#shop-q").click();
    await page.keyboard.type("te", { delay: 20 });
    await page.locator("#suggestions [role=option]").first().waitFor();
    await page.keyboard.press("ArrowDown");
    const chosen = await page.locator("[role=option][aria-selected=true] .label").textContent();
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]q=/);
    assert.equal(await page.locator("#shop-q").inputValue(), chosen);
    await page.locator("#shop-q").fill("tnet");
    await page.keyboard.press("Enter");
    await page.locator("#shop-notes s").waitFor();
    const all = await page.locator("#shop-count").textContent();
    const hits = await page.locator("#shop-hits li").count();
    assert.equal(hits, 12);
    await page.locator("#shop-paging a[rel=next]").click();
    await page.waitForFunction(() => document.querySelectorAll("#shop-hits li").length < 12);
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll("#shop-hits li").length === 12);
    await page.locator("#shop-facets a", { hasText: "category" }).first().click();
    await page.locator("#shop-chips a").waitFor();
    assert.notEqual(await page.locator("#shop-count").textContent(), all);
    await page.locator("#shop-chips a").click();
    await page.waitForFunction(() => !document.querySelector("#shop-chips a"));
    assert.deepEqual([...new Set(asked)].sort(), ["/autocomplete/v2", "/search"]);
    await end();
  },

  async "the search page suggests while somebody types, and is a form without a script"(browser) {
    const { context, end } = await contextOf(browser, url);
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => { if (request.resourceType() === "fetch") asked.push(new URL(request.url()).pathname); });
    await page.goto(`${url}${site}/search`);
    await page.locator("#q").click();
    await page.keyboard.type("te", { delay: 20 });
    await page.locator("#suggestions [role=option]").first().waitFor();
    assert.match(await page.locator("#timing").textContent(), /^\d+ suggestions? for “te” in \d+ ms$/);
    if (pictures) await page.screenshot({ path: path.join(pictures, "searchSuggests-wide.png") });
    await page.keyboard.press("Escape");
    assert.ok(await page.locator("#suggestions").isHidden());
    await page.keyboard.type("n");
    await page.locator("#suggestions [role=option]").first().waitFor();
    await page.keyboard.press("ArrowDown");
    const chosen = await page.locator("[role=option][aria-selected=true] .label").textContent();
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]q=/);
    assert.equal(await page.locator("#q").inputValue(), chosen);
    await page.locator("#q").fill("markup");
    await page.locator("#suggestions [role=option]").first().waitFor();
    assert.equal(await page.evaluate(() => window.ran), undefined);
    assert.equal(await page.locator("#suggestions img, #suggestions script, #suggestions b").count(), 0);
    assert.deepEqual([...new Set(asked)], ["/autocomplete/v2"]);
    await end();
    const without = await contextOf(browser, url, { javaScriptEnabled: false });
    const plain = await without.context.newPage();
    await plain.goto(`${url}${site}/search`);
    await plain.locator("#q").fill("tent");
    await plain.keyboard.press("Enter");
    await plain.waitForURL("**/search?q=tent*");
    assert.ok(await plain.locator(".hit").count() > 0);
    await without.end();
  },

  async "a person sees a job end and an object that was refused, and deletes one without a script"(browser) {
    const { context, end } = await contextOf(browser, url, { javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${url}${site}/activity`);
    assert.match(await page.locator("main").textContent(), /update by query[^]*complete/);
    assert.equal(await page.locator("h3", { hasText: "Found nothing" }).count(), 1);
    await page.goto(`${url}${site}/refused`);
    assert.match(await page.locator("main").textContent(), /must be filled/);
    await page.goto(`${url}${site}/object?identity=p-1002`);
    await page.locator("a", { hasText: "Delete it" }).click();
    await page.locator("a", { hasText: "No, back" }).click();
    await page.waitForURL("**/object?identity=p-1002");
    await page.locator("a", { hasText: "Delete it" }).click();
    await page.locator("main button", { hasText: "Delete it" }).click();
    assert.match(await page.locator("[role=status]").textContent(), /p-1002.*is deleted/);
    if (pictures) await page.screenshot({ path: path.join(pictures, "acted-wide.png") });
    const gone = await page.goto(`${url}${site}/object?identity=p-1002`);
    assert.equal(gone.status(), 404);
    await end();
  },

  async "only the token opens the pages"(browser) {
    const { context, end } = await contextOf(browser, locked);
    const page = await context.newPage();
    await page.goto(`${locked}${site}`);
    await page.locator("#token").fill("a wrong one");
    await page.keyboard.press("Enter");
    assert.match(await page.locator("[role=alert]").textContent(), /not the token/);
    await page.locator("#token").fill(token);
    await page.keyboard.press("Enter");
    await page.locator("button", { hasText: "Log out" }).waitFor();
    const cookies = await context.cookies();
    assert.deepEqual(cookies.map((one) => [one.httpOnly, one.sameSite, one.path]), [[true, "Strict", "/browse"]]);
    await page.locator("button", { hasText: "Log out" }).click();
    await page.locator("#token").waitFor();
    await page.goto(`${locked}${site}`);
    await page.locator("#token").waitFor();
    await end();
  },
};

(async () => {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(browser);
      console.log(`ok: ${name}`);
    } catch (error) {
      failed += 1;
      console.error(`FAILED: ${name}\n${error.stack}`);
    }
  }
  await browser.close();
  process.exit(failed ? 1 : 0);
})();
