// Pictures of a page that zoom together, and show the values of their maps at one place. pages/ui/maps/linked_pictures.py
// says which pictures these are. Streamlit draws the pictures; this changes only how they lie in their frames, so that
// alternative texts, downloads and the full screen stay as they are.

const MOST = 8; // times as large as the whole picture
const STEP = 1.25;
const DOUBLE_CLICK = 3;
const LABEL =
  "position:absolute;left:4px;bottom:4px;padding:1px 6px;border-radius:4px;pointer-events:none;" +
  "background:#1f272b;color:#ffffff;font:12px/1.5 sans-serif;white-space:nowrap";
const MARK =
  "position:absolute;width:10px;height:10px;margin:-5px 0 0 -5px;border-radius:50%;pointer-events:none;" +
  "border:2px solid #ffffff;box-shadow:0 0 0 1px #1f272b";

// What is seen, by the name of the group: scale, and the left and upper edge as shares of the picture. It outlives a
// run of the page, so that a map that sharpens stays enlarged.
const views = new Map();

// What listens, by the name of the group. Streamlit calls the function below after every run, without ending what an
// earlier call began: two listeners would enlarge and at once reduce again.
const listeners = new Map();

const clamp = (number, least, most) => Math.min(Math.max(number, least), most);

export default function ({ data }) {
  const seen = views.get(data.group) ?? { scale: 1, left: 0, top: 0 };
  views.set(data.group, seen);
  listeners.get(data.group)?.abort();
  const listening = new AbortController();
  listeners.set(data.group, listening);
  const fingers = new Map();
  let pinch = null;
  let dragged = null;

  const panels = () =>
    data.panels.flatMap((panel) => {
      const image = document.querySelector(`.st-key-${panel.key} img`);
      return image ? [{ ...panel, image, frame: image.parentElement }] : [];
    });

  const panelAt = (target) => {
    const box = target instanceof Element ? target.closest('[class*="st-key-linked-"]') : null;
    return box && panels().find(({ image }) => box.contains(image));
  };

  // Place under the pointer, as shares of the whole picture.
  const placeOf = ({ frame }, { clientX, clientY }) => {
    const box = frame.getBoundingClientRect();
    const across = clamp((clientX - box.left) / box.width, 0, 1);
    const down = clamp((clientY - box.top) / box.height, 0, 1);
    return { across, down, x: seen.left + across / seen.scale, y: seen.top + down / seen.scale };
  };

  const draw = () => {
    const all = panels();
    for (const { image, frame } of all) {
      frame.style.overflow = "hidden";
      frame.style.borderRadius = getComputedStyle(image).borderRadius;
      frame.style.position = "relative";
      frame.style.touchAction = seen.scale > 1 ? "none" : "pan-x pan-y";
      image.style.transformOrigin = "0 0";
      image.style.transform =
        seen.scale > 1 ? `scale(${seen.scale}) translate(${-100 * seen.left}%, ${-100 * seen.top}%)` : "";
      image.style.cursor = seen.scale > 1 ? "grab" : "zoom-in";
    }
    // One stop for the keyboard is enough, because all pictures follow.
    if (all.length) all[0].image.tabIndex = 0;
  };

  const zoom = (scale, place) => {
    seen.scale = clamp(scale, 1, MOST);
    seen.left = clamp(place.x - place.across / seen.scale, 0, 1 - 1 / seen.scale);
    seen.top = clamp(place.y - place.down / seen.scale, 0, 1 - 1 / seen.scale);
    unmark();
    draw();
  };

  const move = (across, down) => {
    seen.left = clamp(seen.left + across / seen.scale, 0, 1 - 1 / seen.scale);
    seen.top = clamp(seen.top + down / seen.scale, 0, 1 - 1 / seen.scale);
    unmark();
    draw();
  };

  const unmark = () => document.querySelectorAll("[data-linked-mark]").forEach((mark) => mark.remove());

  const mark = ({ x, y }) => {
    unmark();
    for (const panel of panels()) {
      const dot = add(panel.frame, MARK);
      dot.style.left = `${100 * (x - seen.left) * seen.scale}%`;
      dot.style.top = `${100 * (y - seen.top) * seen.scale}%`;
      const text = valueAt(panel, x, y);
      if (text) add(panel.frame, LABEL).textContent = text;
    }
  };

  const valueAt = ({ map }, x, y) => {
    if (!map) return null;
    const { columns, rows, regions } = data.pictures[map.picture];
    const cell =
      Math.min(Math.floor(y * rows), rows - 1) * columns + Math.min(Math.floor(x * columns), columns - 1);
    return map.texts[regions[cell]];
  };

  const add = (frame, style) => {
    const element = document.createElement("div");
    element.dataset.linkedMark = "";
    element.ariaHidden = "true";
    element.style.cssText = style;
    frame.append(element);
    return element;
  };

  const spread = () => {
    const [one, other] = [...fingers.values()];
    return {
      apart: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
      clientX: (one.clientX + other.clientX) / 2,
      clientY: (one.clientY + other.clientY) / 2,
    };
  };

  const on = (name, react, options = {}) =>
    document.addEventListener(
      name,
      (event) => {
        const panel = panelAt(event.target);
        react(event, panel);
      },
      { signal: listening.signal, ...options },
    );

  on(
    "wheel",
    (event, panel) => {
      // Without a key the wheel scrolls the page, until a picture is enlarged. A pinch on a touch pad comes with the key.
      if (!panel || !(event.ctrlKey || event.metaKey || seen.scale > 1)) return;
      event.preventDefault();
      zoom(seen.scale * Math.exp(clamp(-event.deltaY, -100, 100) / 200), placeOf(panel, event));
    },
    { passive: false },
  );
  on("dblclick", (event, panel) => {
    if (panel) zoom(seen.scale > 1 ? 1 : DOUBLE_CLICK, placeOf(panel, event));
  });
  on("pointerdown", (event, panel) => {
    if (!panel) return;
    fingers.set(event.pointerId, event);
    dragged = seen.scale > 1 ? event : null;
    if (fingers.size === 2) pinch = { scale: seen.scale, apart: spread().apart, place: placeOf(panel, spread()) };
  });
  on("pointermove", (event, panel) => {
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
    if (pinch && fingers.size === 2) {
      zoom((pinch.scale * spread().apart) / pinch.apart, pinch.place);
    } else if (dragged && fingers.size === 1 && panel) {
      const box = panel.frame.getBoundingClientRect();
      move((dragged.clientX - event.clientX) / box.width, (dragged.clientY - event.clientY) / box.height);
      dragged = event;
    } else if (panel) {
      mark(placeOf(panel, event));
    } else {
      unmark();
    }
  });
  for (const name of ["pointerup", "pointercancel"])
    on(name, (event) => {
      fingers.delete(event.pointerId);
      pinch = null;
      dragged = null;
    });
  on("dragstart", (event, panel) => {
    if (panel && seen.scale > 1) event.preventDefault();
  });
  on(
    "keydown",
    (event, panel) => {
      const centre = { across: 0.5, down: 0.5, x: seen.left + 0.5 / seen.scale, y: seen.top + 0.5 / seen.scale };
      const enlarged = seen.scale > 1;
      const reactions = {
        "+": () => zoom(seen.scale * STEP, centre),
        "=": () => zoom(seen.scale * STEP, centre),
        "-": () => zoom(seen.scale / STEP, centre),
        0: () => zoom(1, centre),
        ArrowLeft: enlarged && (() => move(-0.1, 0)),
        ArrowRight: enlarged && (() => move(0.1, 0)),
        ArrowUp: enlarged && (() => move(0, -0.1)),
        ArrowDown: enlarged && (() => move(0, 0.1)),
      };
      const react = panel && !event.ctrlKey && !event.metaKey && reactions[event.key];
      if (!react) return;
      // The page's own shortcuts for arrows are for when no picture is enlarged.
      event.preventDefault();
      event.stopPropagation();
      react();
    },
    { capture: true },
  );
  // Pictures come later too, when a folded part is opened or a sharper map replaces another.
  on("load", (event, panel) => panel && draw(), { capture: true });
  draw();
  return () => {
    listening.abort();
    unmark();
  };
}
