// A shop front to try: the first client of this server. It asks /search and /autocomplete/v2 and nothing else, and
// writes whatever they say as text.
"use strict";
(() => {
  const shop = document.getElementById("shop");
  if (!shop) return;
  const { site, prefix, imageHosts } = shop.dataset;
  const box = document.getElementById("shop-q");
  const sort = document.getElementById("shop-sort");
  const list = document.getElementById("suggestions");
  const timing = document.getElementById("timing");
  const PAGE_SIZE = 12;
  const FACETS = "type,category,brand,price_amount,color,size,availability_rank_text";
  const SUGGESTED = "product:5,category:3,brand:3,article:2,query:4";
  const VALUES_MAX = 10;
  const WAIT_MS = 60;

  // What is asked for lives in the address, so that going back is going back.
  const asked = () => {
    const given = new URLSearchParams(location.search);
    return {
      q: given.get("q") || "",
      filters: given.getAll("f[]"),
      sort: given.get("sort") || "",
      page: Math.max(1, parseInt(given.get("page"), 10) || 1),
    };
  };
  const address = (state) => {
    const query = new URLSearchParams();
    query.set("site", site);
    if (state.q) query.set("q", state.q);
    for (const filter of state.filters) query.append("f[]", filter);
    if (state.sort) query.set("sort", state.sort);
    if (state.page > 1) query.set("page", state.page);
    return `${location.pathname}?${query}`;
  };
  const go = (state) => {
    history.pushState(null, "", address(state));
    show();
  };

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };
  const link = (state, attributes, ...children) => {
    const made = element("a", { href: address(state), ...attributes }, ...children);
    made.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      go(state);
    });
    return made;
  };
  // The marks of a suggestion are the only markup there is; everything else is text.
  const marked = (text) => {
    const parts = String(text).split(/(<em>|<\/em>)/);
    const made = [];
    let isMarked = false;
    for (const part of parts) {
      if (part === "<em>" || part === "</em>") isMarked = part === "<em>";
      else if (part) made.push(isMarked ? element("mark", {}, decoded(part)) : decoded(part));
    }
    return made;
  };
  const decoded = (text) =>
    text.replace(/&(lt|gt|quot|#39|#x27|amp);/g, (_, name) =>
      ({ lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", amp: "&" })[name]);
  const one = (value) => (Array.isArray(value) ? value[0] : value);
  const title = (hit) => one(hit.attributes["title.untouched"]) || one(hit.attributes.title) || hit.url;
  const escaped = (name) => name.replace(/[\\:,]/g, (letter) => "\\" + letter);

  const known = (imageHosts || "").split(" ").filter(Boolean);
  const picture = (hit) => {
    const source = one(hit.attributes.image_link);
    if (!source) return null;
    let host;
    try {
      const url = new URL(source);
      if (url.protocol !== "https:") return null;
      host = url.host;
    } catch {
      return null;
    }
    const is = (name) => (name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name);
    return known.some(is) ? element("img", { src: source, alt: "", loading: "lazy" }) : null;
  };

  const ask = async (path, parameters, signal) => {
    const began = performance.now();
    const answer = await fetch(`${prefix}${path}?${parameters}`, { signal });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.error || `the server says ${answer.status}`);
    return { body, took: performance.now() - began };
  };

  // ---- the results

  let searching = null;
  const show = async () => {
    const state = asked();
    if (document.activeElement !== box || box.value.trim() !== state.q) box.value = state.q;
    sort.value = state.sort;
    if (searching) searching.abort();
    searching = new AbortController();
    const query = new URLSearchParams({
      tracker_id: site, q: state.q, facets: FACETS, size: PAGE_SIZE, page: state.page, 
      hit_fields: "title,price,price_old,image_link,brand,availability_rank_text,description" });
    if (state.sort) query.set("sort", state.sort);
    for (const filter of state.filters) query.append("f[]", filter);
    let found;
    try {
      found = await ask("/search", query, searching.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      write("shop-notes", element("p", { class: "problem", role: "alert" }, `This search failed: ${error.message}`));
      return;
    }
    const results = found.body.results;
    write("shop-notes", ...notes(results));
    write("shop-count", `${results.total_hits} found in ${found.took.toFixed(0)} ms`);
    write("shop-chips", ...state.filters.map((filter) => chip(state, filter)));
    write("shop-hits", ...results.hits.map(tile));
    write("shop-facets", ...results.facets.map((facet) => facetView(state, facet)).filter(Boolean));
    const pages = [];
    if (state.page > 1) pages.push(link({ ...state, page: state.page - 1 }, { rel: "prev" }, "← Before"));
    if (found.body.next_page) pages.push(link({ ...state, page: state.page + 1 }, { rel: "next" }, "Next →"));
    write("shop-paging", ...pages);
  };
  const write = (id, ...children) => document.getElementById(id).replaceChildren(...children);

  const notes = (results) => {
    const made = [];
    if (results.corrected_query) {
      // `<strike>typed</strike> <b>meant</b>`: what is struck out was typed.
      const parts = results.corrected_query.split(/<(strike|b)>(.*?)<\/\1>/);
      const words = [];
      for (let at = 0; at < parts.length; at += 3) {
        if (parts[at]) words.push(decoded(parts[at]));
        if (parts[at + 1]) words.push(element(parts[at + 1] === "b" ? "strong" : "s", {}, decoded(parts[at + 2])));
      }
      made.push(element("p", { class: "note" }, "Shown for: ", ...words));
    }
    if (results.suggested_url) {
      made.push(element("p", { class: "note" }, "A shop would lead you to ", element("code", {}, results.suggested_url)));
    }
    if (!results.total_hits) made.push(element("p", {}, "Nothing was found. Try fewer words or take off a filter."));
    return made;
  };

  const chip = (state, filter) => {
    const rest = { ...state, page: 1, filters: state.filters.filter((other) => other !== filter) };
    return element("li", {}, link(rest, { class: "chip on", "aria-label": `Take off ${filter}` }, `${filter} ×`));
  };

  const tile = (hit) => {
    const old = one(hit.attributes.price_old);
    return element("li", { class: "card tile" },
      picture(hit),
      element("h2", {}, title(hit)),
      element("p", { class: "quiet" }, [hit.type, one(hit.attributes.brand)].filter(Boolean).join(" · ")),
      hit.attributes.description ? element("p", { class: "snippet" }, cut(one(hit.attributes.description), 110)) : null,
      hit.attributes.price ? element("p", { class: "price" }, String(one(hit.attributes.price)), old ? element("s", {}, String(old)) : null) : null,
      hit.attributes.availability_rank_text ? element("p", { class: "quiet" }, String(one(hit.attributes.availability_rank_text))) : null);
  };
  const cut = (text, length) => (String(text).length > length ? `${String(text).slice(0, length)}…` : String(text));

  const facetView = (state, facet) => {
    const values = facet.values.filter((value) => value.hits_count > 0).slice(0, VALUES_MAX);
    if (values.length < 2 && !values.some((value) => state.filters.includes(`${escaped(facet.name)}:${value.value}`))) return null;
    const views = values.map((value) => {
      const filter = `${escaped(facet.name)}:${value.value}`;
      const isOn = state.filters.includes(filter);
      const filters = isOn ? state.filters.filter((other) => other !== filter) : [...state.filters, filter];
      const label = facet.type === "text" ? value.value : value.value.split("|").map((end) => end.replace(/\.0$/, "").slice(0, 10)).join(" – ");
      return element("li", {}, link({ ...state, page: 1, filters }, { class: `facet-value plain${isOn ? " on" : ""}`, "aria-current": isOn ? "true" : null },
        element("span", { class: "label" }, label), element("span", { class: "number" }, String(value.hits_count))));
    });
    return element("section", {}, element("h2", {}, facet.name.replace(/_/g, " ")), element("ul", { class: "bare" }, ...views));
  };

  // ---- suggestions while somebody types

  let suggesting = null;
  let waiting = null;
  let chosen = -1;
  const close = () => {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (at) => {
    const all = options();
    chosen = all.length ? (at + all.length) % all.length : -1;
    all.forEach((option, place) => option.setAttribute("aria-selected", place === chosen ? "true" : "false"));
    if (chosen >= 0) box.setAttribute("aria-activedescendant", all[chosen].id);
  };
  const suggest = async () => {
    const typed = box.value.trim();
    if (suggesting) suggesting.abort();
    if (!typed) return close();
    suggesting = new AbortController();
    const query = new URLSearchParams({ tracker_id: site, q: typed, type: SUGGESTED, hit_fields: "title,price" });
    let found;
    try {
      found = await ask("/autocomplete/v2", query, suggesting.signal);
    } catch (error) {
      if (error.name !== "AbortError") close();
      return;
    }
    timing.textContent = `Suggestions in ${found.took.toFixed(0)} ms`;
    const hits = found.body.hits || [];
    let type = null;
    const rows = [];
    hits.forEach((hit, place) => {
      if (hit.type !== type) {
        type = hit.type;
        rows.push(element("div", { class: "suggested-type", role: "presentation" }, type));
      }
      const price = one(hit.attributes.price);
      const option = element("div", { id: `suggested-${place}`, role: "option", "aria-selected": "false", class: "suggested" },
        element("span", { class: "label" }, ...marked(one(hit.attributes.title))), price ? element("span", { class: "quiet" }, String(price)) : null);
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => take(title(hit)));
      option.dataset.text = title(hit);
      rows.push(option);
    });
    if (!rows.length || document.activeElement !== box) return close();
    list.replaceChildren(...rows);
    list.hidden = false;
    chosen = -1;
    box.setAttribute("aria-expanded", "true");
  };
  const take = (text) => {
    clearTimeout(waiting);
    if (suggesting) suggesting.abort();
    close();
    box.value = text;
    go({ ...asked(), q: text, filters: [], page: 1 });
  };

  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, WAIT_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !list.hidden) { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); take(options()[chosen].dataset.text); }
  });
  box.addEventListener("blur", close);
  document.getElementById("shop-form").addEventListener("submit", (event) => {
    event.preventDefault();
    take(box.value.trim());
  });
  sort.addEventListener("change", () => go({ ...asked(), sort: sort.value, page: 1 }));
  window.addEventListener("popstate", show);
  show();
})();
