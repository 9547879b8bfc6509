"use strict";
(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // The theme: what the system says until somebody chooses. Storage may be refused on file://.
  const themes = ["auto", "light", "dark"];
  const themeButton = find("#theme");
  const remember = (value) => { try { localStorage.setItem("statelint-theme", value); } catch { /* not allowed */ } };
  const recalled = () => { try { return localStorage.getItem("statelint-theme"); } catch { return null; } };
  const setTheme = (name) => {
    if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name;
    themeButton.textContent = `Theme: ${name}`;
    themeButton.value = name;
  };
  setTheme(themes.includes(recalled()) ? recalled() : "auto");
  themeButton.hidden = false;
  themeButton.addEventListener("click", () => {
    const next = themes[(themes.indexOf(themeButton.value) + 1) % themes.length];
    setTheme(next);
    remember(next);
  });

  // Copying; the older way where the newer one is not allowed.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await copy(find("code", button.parentElement).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  // Filters; a card of the checklist is one more way to choose an item.
  const cards = all("[data-card]");
  const panels = all("[data-panel]");
  const findings = all("details.finding");
  const groups = all("[data-group]");
  const form = find("#filters");
  let card = "";

  const showCard = () => {
    for (const button of cards) button.setAttribute("aria-pressed", String(button.dataset.card === card));
    for (const panel of panels) panel.classList.toggle("chosen", panel.dataset.panel === card);
  };
  if (!form) {
    for (const button of cards) button.addEventListener("click", () => { card = card === button.dataset.card ? "" : button.dataset.card; showCard(); });
    return;
  }

  const text = find("#text");
  const item = find("#item");
  const file = find("#file");
  const boxes = all("[name=severity]", form);
  const hasOption = (select, value) => [...select.options].some((option) => option.value === value);

  const apply = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const levels = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const wanted = card || item.value;
    let shown = 0;
    for (const finding of findings) {
      const data = finding.dataset;
      finding.hidden = !(
        levels.has(data.severity) && (!wanted || data.items.split(" ").includes(wanted)) && (!file.value || data.file === file.value) && words.every((word) => data.text.includes(word))
      );
      shown += finding.hidden ? 0 : 1;
    }
    for (const group of groups) group.hidden = !find("details.finding:not([hidden])", group);
    find("#shown").textContent = shown === findings.length ? `${shown} shown` : `${shown} of ${findings.length} shown`;
    find("#nothing").hidden = shown > 0;
    find("#nothing-of").textContent = card && !findings.some((finding) => finding.dataset.items.split(" ").includes(card)) ? `No finding for ${card}.` : "No finding matches.";
    showCard();
  };

  // The filters are kept in the address, so that a view can be bookmarked and sent.
  const save = () => {
    const levels = boxes.filter((box) => box.checked).map((box) => box.value);
    const state = new URLSearchParams();
    if (text.value) state.set("q", text.value);
    if (card || item.value) state.set("item", card || item.value);
    if (file.value) state.set("file", file.value);
    if (levels.length !== boxes.length) state.set("severity", levels.join(","));
    const hash = state.toString();
    try { history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search); } catch { /* not allowed */ }
  };
  const restore = () => {
    const address = location.hash.slice(1);
    if (address.startsWith("finding-")) {
      const target = document.getElementById(address);
      if (target) { target.open = true; target.scrollIntoView(); }
      return;
    }
    const state = new URLSearchParams(address);
    const choice = state.get("item") ?? "";
    text.value = state.get("q") ?? "";
    card = cards.some((button) => button.dataset.card === choice) ? choice : "";
    item.value = hasOption(item, choice) ? choice : "";
    file.value = hasOption(file, state.get("file") ?? "") ? state.get("file") ?? "" : "";
    if (state.has("severity")) for (const box of boxes) box.checked = state.get("severity").split(",").includes(box.value);
  };
  const change = () => { apply(); save(); };
  const reset = () => {
    text.value = "";
    item.value = "";
    file.value = "";
    card = "";
    for (const box of boxes) box.checked = true;
    change();
  };

  for (const button of cards) {
    button.addEventListener("click", () => {
      card = card === button.dataset.card ? "" : button.dataset.card;
      item.value = hasOption(item, card) ? card : "";
      change();
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(); reset(); });
  text.addEventListener("input", change);
  file.addEventListener("change", change);
  for (const box of boxes) box.addEventListener("change", change);
  item.addEventListener("change", () => { card = cards.some((button) => button.dataset.card === item.value) ? item.value : ""; change(); });
  find("#reset-too").addEventListener("click", reset);

  const fold = find("#fold");
  fold.addEventListener("click", () => {
    const open = fold.textContent === "Unfold all";
    for (const finding of findings) finding.open = open;
    fold.textContent = open ? "Fold all" : "Unfold all";
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search], select, textarea");
    if (event.key === "Escape" && (typing || card || text.value)) { reset(); event.target.blur(); return; }
    if (typing) return;
    if (event.key === "/") { event.preventDefault(); text.focus(); text.select(); }
    if (event.key === "j" || event.key === "k") {
      const visible = findings.filter((finding) => !finding.hidden).map((finding) => find("summary", finding));
      const at = visible.indexOf(document.activeElement.closest("details.finding")?.querySelector("summary"));
      const next = visible[event.key === "j" ? at + 1 : Math.max(at - 1, 0)];
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    }
  });

  find("#keys").hidden = false;
  form.hidden = false;
  restore();
  apply();
  addEventListener("hashchange", () => { restore(); apply(); });
})();
