// Question, facts and tokens of one recording. Recorded text is shown by textContent only.
// Model: view (object, see Explorer._about), dark (told to the kernel, so that figures follow the page).

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const number = (value) => value.toLocaleString("en");

function fact(label, value) {
  const chip = el("span", "rx-fact" + (label === "error" ? " rx-fact-error" : ""));
  chip.append(el("span", "rx-label", label), " ", el("b", "", value));
  return chip;
}

function tokens(view) {
  const line = el("div", "rx-tokens");
  line.append(el("span", "rx-label", "tokens"));
  if (!view.reports) {
    line.append(" ", el("b", "", "not reported"));
  } else {
    const sum = view.parts.reduce((all, part) => all + part.tokens, 0);
    const bar = el("span", "rx-bar");
    view.parts.filter((part) => part.tokens > 0).forEach((part) => {
      const piece = el("span", `rx-piece rx-is-${part.kind}`);
      piece.style.flexGrow = String(part.tokens / Math.max(sum, 1));
      piece.title = `${number(part.tokens)} ${part.label}`;
      bar.append(piece);
    });
    line.append(bar);
    view.parts.forEach((part) => {
      const entry = el("span", "rx-part");
      entry.append(el("i", `rx-dot rx-is-${part.kind}`), el("b", "", number(part.tokens)), " ", el("span", "rx-label", part.label));
      line.append(entry);
    });
    const total = el("span", "rx-part");
    total.append(el("b", "", view.total === null ? "–" : number(view.total)), " ", el("span", "rx-label", "total"));
    line.append(total);
    if (view.reports > 1) line.append(el("span", "rx-label", `last of ${number(view.reports)} reports`));
  }
  const seen = view.seen;
  const said = [`${number(seen.n_text_events)} text deltas`, `${number(seen.content_chars)} characters of content`];
  if (seen.reasoning_chars) said.push(`${number(seen.reasoning_chars)} of reasoning`);
  if (seen.tool_call_chars) said.push(`${number(seen.tool_call_chars)} of tool arguments`);
  const beside = el("span", "rx-seen");
  beside.append(el("span", "rx-label", "seen: "), said.join(", "));
  line.append(beside);
  return line;
}

function isDark() {
  const lab = document.body.dataset.jpThemeLight;
  return lab === undefined ? window.matchMedia("(prefers-color-scheme: dark)").matches : lab === "false";
}

function render({ model, el: root }) {
  root.classList.add("rx", "rx-head");

  function paint() {
    const view = model.get("view");
    if (!view.id) return root.replaceChildren();
    const title = el("h3", "rx-question", view.question || "no question was recorded");
    if (!view.question) title.classList.add("rx-missing");
    const where = el("div", "rx-where");
    where.append(el("code", "", view.id), " ", view.test || view.path);
    where.title = view.path;
    const facts = el("div", "rx-facts");
    facts.append(...view.facts.map(([label, value]) => fact(label, value)));
    root.replaceChildren(title, where, facts, tokens(view.tokens));
  }

  function tellTheme() {
    if (model.get("dark") === isDark()) return;
    model.set("dark", isDark());
    model.save_changes();
  }

  // plotly's FigureWidget fits itself to its place only when the window says that it was resized.
  let width = 0;
  const widened = new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
    setTimeout(() => window.dispatchEvent(new Event("resize")), 400);
  });
  widened.observe(root);
  const themed = new MutationObserver(tellTheme);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  model.on("change:view", paint);
  paint();
  tellTheme();
  return () => {
    themed.disconnect();
    widened.disconnect();
    model.off("change:view", paint);
  };
}

export default { render };
