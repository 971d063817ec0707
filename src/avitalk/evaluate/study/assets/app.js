// The study of one rater: what it is, its pages, the ratings as a file.
const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const LETTERS = "ABCDEFGH";
const MEMORY = `study ${data.study} ${data.rater}`;
const state = { at: 0, begun: false, answers: {}, seconds: {}, watched: {}, skipped: {} };
let remembers = true;
let player = null;
let keys = () => {};

function load() {
  try { Object.assign(state, JSON.parse(localStorage.getItem(MEMORY) || "{}")); }
  catch { remembers = false; }
}

function keep() {
  try { localStorage.setItem(MEMORY, JSON.stringify(state)); }
  catch { remembers = false; }
}

// make("p.note", {title: "x"}, "text", node): an element.
function make(what, facts = {}, ...inside) {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(facts)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...inside);
  return node;
}

const button = (what, text, act, facts = {}) => make(`button.${what}`, { type: "button", onclick: act, ...facts }, text);

function show(...nodes) {
  if (player) player.pause();
  player = null;
  keys = () => {};
  main.replaceChildren(...nodes);
  window.scrollTo(0, 0);
  const done = data.pages.filter(finished).length;
  const bar = document.getElementById("progress");
  bar.firstElementChild.style.width = `${(100 * done) / Math.max(1, data.pages.length)}%`;
  bar.setAttribute("aria-valuemax", data.pages.length);
  bar.setAttribute("aria-valuenow", done);
  document.getElementById("where").textContent = "";
}

function answered(page) {
  const given = state.answers[page.id] || [];
  return data.questions.every((q) => page.videos.every((_, i) => given[i] && given[i][q.id]));
}

const finished = (page) => Boolean(state.skipped[page.id] || (answered(page) && state.watched[page.id]));

function welcome() {
  const done = data.pages.filter(finished).length;
  const count = data.pages.length;
  const most = Math.max(...data.pages.map((page) => page.videos.length));
  const begin = () => { state.begun = true; keep(); rate(state.at); };
  const again = () => {
    if (!confirm("Forget all answers on this page and begin anew?")) return;
    Object.assign(state, { at: 0, begun: false, answers: {}, seconds: {}, watched: {}, skipped: {} });
    keep();
    welcome();
  };
  show(make("section.welcome", {},
    make("div.lead", {},
      make("h1", {}, "How do these faces talk?"),
      make("p", {}, `On each page, ${most === 2 ? "two" : "several"} faces speak the same recording, side by side. ` +
        "Watch them together, then rate each of them for three things, from 1 to 5. There are no right answers; we want your impression."),
      make("p.facts", {}, make("span", {}, `${count} page${count === 1 ? "" : "s"}`),
        make("span", {}, `about ${data.minutes} min`),
        make("span", {}, remembers ? "progress is kept in this browser" : "finish in one sitting")),
      remembers ? "" : make("p.warning", { role: "alert" }, "This browser does not let the page remember anything. Do not close it before you have saved your ratings."),
      make("div.row", {},
        button("main", state.begun ? `Continue at page ${Math.min(state.at + 1, count)}` : "Begin", begin, { id: "begin" }),
        state.begun ? button("plain", "Begin anew", again) : ""),
      state.begun ? make("p.quiet", {}, `${done} of ${count} pages rated so far.`) : ""),
    make("div.cards", {},
      ...data.questions.map((q, i) => make("article", {},
        make("b.number", {}, String(i + 1)), make("h2", {}, q.title), make("p", {}, q.text),
        make("p.ends", {}, make("span", {}, `${data.scale[0]} ${q.low}`), make("span", {}, `${data.scale.at(-1)} ${q.high}`)))),
      make("article.wide", {}, make("h2", {}, "Before you begin"),
        make("ul", {}, make("li", {}, "Use headphones, or a quiet room. You choose which video the sound comes from."),
          make("li", {}, "Watch every page to its end at least once, as often as you like after that."),
          make("li", {}, "Some pages resemble others. Rate each as if it were new."),
          make("li", {}, "At the end, save your ratings as a file and send it to whoever invited you."))))));
  document.getElementById("begin").focus();
}

function scale(page, q, panel, choose) {
  const name = `${q.id} ${panel}`;
  const given = ((state.answers[page.id] || [])[panel] || {})[q.id];
  return make("div.scale", { role: "radiogroup", "aria-label": `${q.title}, video ${LETTERS[panel]}`, "data-scale": name },
    make("div.steps", {}, ...data.scale.map((value) => {
      const note = value === data.scale[0] ? `, ${q.low}` : value === data.scale.at(-1) ? `, ${q.high}` : "";
      return make("label", {},
        make("input", { type: "radio", name, value, checked: given === value, "aria-label": `${value}${note}`, onchange: () => choose(q, panel, value) }),
        make("span", {}, String(value)));
    })),
    make("div.ends", { "aria-hidden": true }, make("span", {}, q.low), make("span", {}, q.high)));
}

function rate(at) {
  if (at >= data.pages.length) return finish();
  const page = data.pages[at];
  state.at = at;
  state.seconds[page.id] = state.seconds[page.id] || 0;
  keep();
  const videos = page.videos.map((name, i) => make("video", { src: `videos/${name}.mp4`, preload: "auto", playsinline: true, "aria-label": `Video ${LETTERS[i]}` }));
  const count = videos.length;
  const scrub = make("input.scrub", { type: "range", min: 0, max: 1000, value: 0, "aria-label": "Position", oninput: () => player && player.seek((scrub.value / 1000) * player.length) });
  const clock = make("span.clock", {}, "0.0 s");
  const play = button("main", "Play both", () => (player.playing ? player.pause() : player.play()));
  const speakers = page.videos.map((_, i) => button("sound", LETTERS[i], () => player.listen(i), { "aria-label": `Sound from video ${LETTERS[i]}` }));
  const figures = videos.map((video, i) => make("figure", {}, make("figcaption", {}, LETTERS[i], make("span", {}, "sound")), make("div.screen", {}, video)));
  const left = make("span.left", { "aria-live": "polite" });
  const next = button("main", at + 1 === data.pages.length ? "Finish" : "Next page", () => go(at + 1));
  const order = data.questions.flatMap((q) => page.videos.map((_, i) => `${q.id} ${i}`));
  const find = (name) => main.querySelector(`[data-scale="${name}"]`);
  const name = count === 2 ? "both" : "all";

  function go(to) {
    if (to > at && !finished(page)) return update();
    rate(to);
  }

  function choose(q, panel, value) {
    const given = state.answers[page.id] || (state.answers[page.id] = []);
    given[panel] = { ...given[panel], [q.id]: value };
    keep();
    update();
  }

  function update() {
    if (!player) return;
    if (player.watched && !state.watched[page.id]) { state.watched[page.id] = true; delete state.skipped[page.id]; keep(); }
    play.textContent = player.playing ? "Pause" : player.time >= player.length - 0.05 && player.length ? `Replay ${name}` : `Play ${name}`;
    play.disabled = !player.ready;
    if (document.activeElement !== scrub || player.playing) scrub.value = player.length ? (1000 * player.time) / player.length : 0;
    clock.textContent = player.ready ? `${player.time.toFixed(1)} / ${player.length.toFixed(1)} s` : player.broken.size ? "not loaded" : "loading ...";
    figures.forEach((figure, i) => {
      figure.classList.toggle("heard", player.sound === i);
      speakers[i].setAttribute("aria-pressed", player.sound === i);
      if (player.broken.has(videos[i]) && !figure.querySelector(".failed")) figure.lastElementChild.append(failed(page, at));
    });
    const open = order.filter((o) => { const [q, i] = o.split(" "); return !((state.answers[page.id] || [])[i] || {})[q]; });
    const todo = [];
    if (!state.watched[page.id]) todo.push("watch to the end once");
    if (open.length) todo.push(`${open.length} of ${order.length} ratings left`);
    const text = todo.join(" · ") || "page complete";
    if (left.textContent !== text) left.textContent = text;
    next.disabled = todo.length > 0 && !state.skipped[page.id];
  }

  const board = make("section.board", { style: `--n: ${count}` },
    make("div.desk", {}, play, make("div.time", {}, scrub, clock),
      make("div.hear", {}, make("span", {}, "Sound from"), make("div.speakers", {}, ...speakers)),
      make("dl.keys", {}, ...[["Space", "play, pause"], ["R", "replay"], ["S", "other sound"], ["1 to 5", "rate, go on"], ["Enter", "next page"], ["B", "back"]]
        .flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]))),
    ...figures,
    ...data.questions.flatMap((q) => [make("div.question", {}, make("h2", {}, q.title), make("p", {}, q.text)),
      ...page.videos.map((_, i) => scale(page, q, i, choose))]));
  show(board, make("footer.foot", {}, button("plain", at ? "Back" : "Introduction", () => (at ? rate(at - 1) : welcome())), left, next));
  document.getElementById("where").textContent = `Page ${at + 1} of ${data.pages.length}`;
  player = new Player(videos, update);
  const upcoming = data.pages[at + 1];
  if (upcoming) board.append(...upcoming.videos.map((file) => make("video.later", { src: `videos/${file}.mp4`, preload: "auto", muted: true, "aria-hidden": true, tabindex: -1 })));

  let current = order.findIndex((o) => !find(o).querySelector(":checked"));
  const mark = () => order.forEach((o, i) => find(o).classList.toggle("current", i === current));
  mark();
  board.addEventListener("focusin", (event) => {
    const inside = event.target.closest("[data-scale]");
    if (inside) { current = order.indexOf(inside.dataset.scale); mark(); }
  });
  keys = (event) => {
    const key = event.key.toLowerCase();
    const onButton = event.target.tagName === "BUTTON";
    if (key === " " && !onButton) play.click();
    else if (key === "r") { player.seek(0); player.play(); }
    else if (key === "s") player.listen((player.sound + 1) % count);
    else if (key === "enter" && !onButton) go(at + 1);
    else if (key === "b" && at) rate(at - 1);
    else if (data.scale.includes(Number(key)) && current >= 0) {
      find(order[current]).querySelector(`[value="${key}"]`).click();
      const after = [...order.keys()].map((i) => (current + 1 + i) % order.length).find((i) => !find(order[i]).querySelector(":checked"));
      if (after !== undefined) { current = after; mark(); find(order[after]).scrollIntoView({ block: "nearest" }); }
    } else return;
    event.preventDefault();
  };
  update();
  main.focus({ preventScroll: true });
}

function failed(page, at) {
  return make("div.failed", { role: "alert" }, make("b", {}, "This video could not be loaded"),
    make("p", {}, "The folder “videos” must lie beside this page."),
    make("div.row", {}, button("plain", "Try again", () => rate(at)),
      button("plain", "Skip page", () => { state.skipped[page.id] = true; keep(); rate(at + 1); })));
}

function table() {
  const rows = data.pages.filter((page) => answered(page) && !state.skipped[page.id]).flatMap((page) => page.videos.map((video, i) =>
    [data.study, data.rater, page.id, i, video, ...data.questions.map((q) => state.answers[page.id][i][q.id]), Math.round(state.seconds[page.id])]));
  return [data.columns, ...rows].map((row) => row.join(",")).join("\n") + "\n";
}

function finish() {
  state.at = data.pages.length;
  keep();
  const open = data.pages.map((_, i) => i).filter((i) => !finished(data.pages[i]));
  const skipped = data.pages.filter((page) => state.skipped[page.id]).length;
  const file = `ratings-${data.study}-${data.rater}.csv`;
  const said = make("p.quiet", { role: "status" });
  const save = () => {
    const link = make("a", { href: URL.createObjectURL(new Blob([table()], { type: "text/csv" })), download: file });
    link.click();
    said.textContent = `Saved as ${file}. Send this file to whoever invited you; you can save it again at any time.`;
  };
  show(open.length
    ? make("section.notice", {}, make("h1", {}, `${open.length} page${open.length === 1 ? " is" : "s are"} not rated yet`),
      make("p", {}, "Your ratings can be saved once every page is complete."), button("main", `Go to page ${open[0] + 1}`, () => rate(open[0]), { id: "begin" }))
    : make("section.notice", {}, make("h1", {}, "Thank you. That was the last page."),
      make("p", {}, `One step is left: save your ratings and send the file.${skipped ? ` ${skipped} of ${data.pages.length} pages were skipped.` : ""}`),
      make("div.row", {}, button("main", "Save ratings", save, { id: "begin" }), button("plain", "Back to the pages", () => rate(data.pages.length - 1))), said));
  document.getElementById("begin").focus();
}

function dress(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.getElementById("theme").textContent = `Theme: ${theme || "system"}`;
}

document.getElementById("theme").addEventListener("click", () => {
  const now = document.documentElement.dataset.theme;
  state.theme = !now ? "light" : now === "light" ? "dark" : "";
  dress(state.theme);
  keep();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey || event.altKey) && !event.target.closest(".bar")) keys(event);
});
setInterval(() => {
  const page = data.pages[state.at];
  if (player && page && !document.hidden) { state.seconds[page.id] += 1; keep(); }
}, 1000);

load();
keep();
dress(state.theme);
if (data.pages.length) welcome();
else show(make("section.notice", {}, make("h1", {}, "There is nothing to rate"), make("p", {}, "This page holds no videos. Ask whoever sent it for another one.")));
