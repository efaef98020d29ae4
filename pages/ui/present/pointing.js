// A picture whose place is chosen by a click or a tap, or with arrows and Enter.

const STEP = 0.04;

export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const picture = parentElement.querySelector("img");
  const mark = parentElement.querySelector(".mark");
  picture.src = data.picture;
  picture.alt = data.alt;
  const place = { x: 0.5, y: 0.5 };
  const draw = () => {
    mark.style.left = `${100 * place.x}%`;
    mark.style.top = `${100 * place.y}%`;
  };
  const move = (x, y) => {
    place.x = Math.min(Math.max(x, 0), 1);
    place.y = Math.min(Math.max(y, 0), 1);
    draw();
  };
  draw();
  button.onclick = (event) => {
    // Enter clicks too, without a position: the mark's then counts.
    if (event.detail > 0) {
      const box = picture.getBoundingClientRect();
      move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    }
    setTriggerValue("place", { ...place });
  };
  button.onkeydown = (event) => {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (!by) return;
    // Arrows move the mark here, and steps of the story elsewhere.
    event.preventDefault();
    event.stopPropagation();
    move(place.x + by[0], place.y + by[1]);
  };
}
