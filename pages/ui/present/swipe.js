// A swipe over the page presses the button for the next or the previous step.

const LEAST_PX = 60;

// Streamlit calls the function below after every run, without ending what an earlier call began: two listeners would go
// two steps.
let listening = null;

export default function () {
  listening?.abort();
  const own = new AbortController();
  listening = own;
  let begin = null;
  const on = (name, react) => document.addEventListener(name, react, { signal: own.signal, passive: true });
  on("touchstart", (event) => {
    const moves = event.target.closest("input[type=range], [data-testid=stExpander]");
    begin = event.touches.length === 1 && !moves ? event.touches[0] : null;
  });
  on("touchend", (event) => {
    if (!begin) return;
    const across = event.changedTouches[0].clientX - begin.clientX;
    const down = event.changedTouches[0].clientY - begin.clientY;
    begin = null;
    // A slanted movement scrolls the page.
    if (Math.abs(across) < LEAST_PX || Math.abs(across) < 2 * Math.abs(down)) return;
    const name = across < 0 ? "Next" : "Previous";
    document.querySelector(`.st-key-present_${name} button:not(:disabled)`)?.click();
  });
  return () => own.abort();
}
