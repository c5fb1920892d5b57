// Suggestions on the search page while somebody types, with how long their answer took. Without it the page is a form like
// any other. It asks /autocomplete/v2 and nothing else, and writes whatever that says as text.
"use strict";
(() => {
  const form = document.getElementById("search-form");
  const box = document.getElementById("q");
  const list = document.getElementById("suggestions");
  const timing = document.getElementById("timing");
  if (!form || !box || !list || !timing) return;
  const { site, prefix } = form.dataset;
  const SUGGESTED = "product:5,item:5,category:3,brand:3,article:2,query:4";
  const WAIT_MS = 60;

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", "suggestions");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("autocomplete", "off");

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };
  const decoded = (text) =>
    text.replace(/&(lt|gt|quot|#39|#x27|amp);/g, (_, name) =>
      ({ lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", amp: "&" })[name]);
  // The marks of a suggestion are the only markup there is; everything else is text.
  const marked = (text) => {
    let isMarked = false;
    return String(text).split(/(<em>|<\/em>)/).flatMap((part) => {
      if (part === "<em>" || part === "</em>") { isMarked = part === "<em>"; return []; }
      return part ? [isMarked ? element("mark", {}, decoded(part)) : decoded(part)] : [];
    });
  };
  const one = (value) => (Array.isArray(value) ? value[0] : value);
  const title = (hit) => String(one(hit.attributes["title.untouched"]) || one(hit.attributes.title) || hit.url);

  let suggesting = null;
  let waiting = null;
  let chosen = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (at) => {
    const all = options();
    chosen = all.length ? (at + all.length) % all.length : -1;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
    if (chosen >= 0) {
      box.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    }
  };
  const take = (text) => {
    clearTimeout(waiting);
    if (suggesting) suggesting.abort();
    close();
    box.value = text;
    form.requestSubmit();
  };
  const row = (hit, place) => {
    const option = element("div", { id: `suggested-${place}`, role: "option", "aria-selected": "false", class: "suggested" },
      element("span", { class: "label" }, ...marked(one(hit.attributes.title))),
      element("span", { class: "quiet" }, hit.type));
    option.dataset.text = title(hit);
    option.addEventListener("mousedown", (event) => event.preventDefault());
    option.addEventListener("click", () => take(option.dataset.text));
    return option;
  };
  const suggest = async () => {
    const typed = box.value.trim();
    if (suggesting) suggesting.abort();
    if (!typed) { timing.textContent = ""; return close(); }
    suggesting = new AbortController();
    const { signal } = suggesting;
    const query = new URLSearchParams({ tracker_id: site, q: typed, type: SUGGESTED, hit_fields: "title" });
    const began = performance.now();
    let hits;
    try {
      const answer = await fetch(`${prefix}/autocomplete/v2?${query}`, { signal });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.error || `the server says ${answer.status}`);
      hits = body.hits || [];
    } catch (error) {
      if (error.name === "AbortError") return;
      timing.textContent = `No suggestions: ${error.message}`;
      return close();
    }
    timing.textContent = `${hits.length === 1 ? "1 suggestion" : `${hits.length} suggestions`} for “${typed}” in ${(performance.now() - began).toFixed(0)} ms`;
    if (!hits.length || document.activeElement !== box) return close();
    list.replaceChildren(...hits.map(row));
    list.hidden = false;
    chosen = -1;
    box.setAttribute("aria-expanded", "true");
  };

  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, WAIT_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); return close(); }
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); take(options()[chosen].dataset.text); }
  });
  box.addEventListener("blur", close);
})();
