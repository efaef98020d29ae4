// A picture that fades into its map, and a slider that goes back and forth between the two.

const WAIT_MS = 700; // the colour picture is seen first
const FADE_MS = 1600;

// Where the reader left the slider, or the end of the fading that has begun, by the address of the map. It outlives a
// run of the page, which may draw all of this anew.
const shares = new Map();

export default function ({ data, parentElement }) {
  const under = parentElement.querySelector(".under");
  const over = parentElement.querySelector(".over");
  const slider = parentElement.querySelector("input");
  const show = (share) => {
    over.style.opacity = share;
    slider.value = Math.round(100 * share);
    slider.setAttribute("aria-valuetext", `${slider.value} % ${data.end}`);
  };
  parentElement.querySelector(".begin").textContent = data.begin;
  parentElement.querySelector(".end").textContent = data.end;
  parentElement.querySelector(".said").textContent = data.said;
  slider.setAttribute("aria-label", data.slider);
  under.alt = data.alt;
  under.src = data.under;
  // A run of the page that changes nothing neither begins again nor ends what goes on.
  if (over.src === data.over) return;
  over.src = data.over;
  let frame = null;
  slider.oninput = () => {
    cancelAnimationFrame(frame);
    shares.set(data.over, slider.value / 100);
    show(slider.value / 100);
  };
  // Arrows move the slider here, and steps of the story elsewhere.
  slider.onkeydown = (event) => event.stopPropagation();
  const known = shares.get(data.over);
  if (known !== undefined || window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
    show(known ?? 1);
    return;
  }
  shares.set(data.over, 1);
  const begin = performance.now() + WAIT_MS;
  const fade = (now) => {
    const share = Math.min(Math.max((now - begin) / FADE_MS, 0), 1);
    show(share);
    if (share < 1) frame = requestAnimationFrame(fade);
  };
  frame = requestAnimationFrame(fade);
}
