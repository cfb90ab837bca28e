#include "host/report/page_assets.h"

namespace juggler {

const char* const page_style = R"(
:root {
    color-scheme: light dark;
    --paper: #ffffff; --ink: #1d1d1f; --soft: #5c5c63; --line: #d5d5da; --card: #f5f5f7;
    --good: #1a6e33; --bad: #a8201a; --accent: #1f5fa8;
    --ideal: #6a6a72; --amdahl: #a8560a; --measured: #1f5fa8;
}
@media (prefers-color-scheme: dark) {
    :root {
        --paper: #161618; --ink: #e8e8ea; --soft: #a5a5ad; --line: #3c3c42; --card: #212125;
        --good: #7ad491; --bad: #ff9a92; --accent: #84b8f5;
        --ideal: #a5a5ad; --amdahl: #f0aa5c; --measured: #84b8f5;
    }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
    font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .7rem; }
p { max-width: 75ch; }
.result { font-size: 1.1rem; font-weight: 600; padding: .6rem .9rem; background: var(--card);
    border-left: .3rem solid var(--good); }
.result.bad { border-color: var(--bad); color: var(--bad); }
figure { margin: 0 0 1rem; }
figcaption { color: var(--soft); font-size: .9rem; }
img { display: block; max-width: 100%; height: auto; background: #000; }
.pair img, .heat img { min-width: min(30rem, 92vw); }
.pair, .pictures { display: flex; flex-wrap: wrap; gap: 1rem; }
.pair.stacked { display: block; position: relative; width: fit-content; max-width: 100%;
    touch-action: pan-y; cursor: col-resize; }
.pair.stacked figure { margin: 0; }
.pair.stacked figure + figure { position: absolute; inset: 0;
    clip-path: inset(0 0 0 var(--at, 50%)); }
.pair.stacked figcaption { position: absolute; top: 0; padding: .1rem .5rem; color: #fff;
    background: #000b; }
.pair.stacked figure + figure figcaption { right: 0; }
.pair.stacked::after { content: ""; position: absolute; top: 0; bottom: 0; width: 2px;
    left: var(--at, 50%); background: #fff; box-shadow: 0 0 0 1px #000a; pointer-events: none; }
.controls { display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; margin: .6rem 0 1rem; }
.controls[hidden] { display: none; }
.controls label { display: flex; gap: .6rem; align-items: center; }
input[type=range] { width: min(22rem, 60vw); }
button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
    border-radius: .3rem; padding: .25rem .8rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.wide { overflow-x: auto; }
.wide > svg { min-width: 760px; }
svg { display: block; width: 100%; height: auto; }
svg.chart { max-width: 720px; }
svg.heatmap { max-width: 760px; }
svg.heatmap text { fill: var(--ink); }
svg.heatmap rect { fill: var(--accent); }
h3 { font-size: 1rem; }
svg.chart text { fill: var(--ink); }
svg.chart .grid { stroke: var(--line); }
svg.chart polyline.ideal { stroke: var(--ideal); stroke-width: 1.5; }
svg.chart polyline.amdahl { stroke: var(--amdahl); stroke-width: 2; }
svg.chart polyline.measured { stroke: var(--measured); stroke-width: 2.5; }
svg.chart circle.measured { fill: var(--measured); }
svg.chart text.ideal { fill: var(--ideal); }
svg.chart text.amdahl { fill: var(--amdahl); }
svg.chart text.measured { fill: var(--measured); font-weight: 600; }
table { border-collapse: collapse; margin-bottom: 1.2rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { padding: .3rem .45rem; border-bottom: 1px solid var(--line); text-align: right;
    white-space: nowrap; }
th.word, td.word { text-align: left; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; }
pre { background: var(--card); padding: .7rem .9rem; overflow-x: auto; }
footer { margin-top: 3rem; color: var(--soft); font-size: .9rem; }
@media print { .controls { display: none; } }
)";

// Without it, both pictures stand side by side.
const char* const page_script = R"(
"use strict";
const pair = document.querySelector(".pair");
if (pair) {
    const controls = document.querySelector(".controls");
    const slider = controls.querySelector("input");
    const flip = controls.querySelector("button");
    const shown = controls.querySelector("output");
    const names = [...pair.querySelectorAll("figcaption")].map(caption => caption.textContent);
    pair.classList.add("stacked");
    controls.hidden = false;
    const place = at => {
        slider.value = at;
        pair.style.setProperty("--at", slider.value + "%");
        const right = slider.value <= 0, left = slider.value >= 100;
        shown.textContent = left ? names[0] : right ? names[1] : names[0] + " | " + names[1];
    };
    const turn = () => place(slider.value > 50 ? 0 : 100);
    slider.addEventListener("input", () => place(slider.value));
    flip.addEventListener("click", turn);
    const drag = event => {
        const box = pair.getBoundingClientRect();
        place(Math.round(100 * (event.clientX - box.left) / box.width));
    };
    pair.addEventListener("pointerdown", event => {
        event.preventDefault();
        pair.setPointerCapture(event.pointerId);
        drag(event);
    });
    pair.addEventListener("pointermove", event => { if (event.buttons) drag(event); });
    document.addEventListener("keydown", event => {
        if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey) return;
        turn();
    });
    place(50);
}
)";

} // namespace juggler
