// A letter as it would be sent, in a frame that runs no script; as high as the letter.
export function render({ model }) {
  const frame = document.createElement("iframe");
  frame.title = model.name_of;
  frame.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
  const fit = () => {
    const page = frame.contentDocument;
    if (!page || !page.body) return;
    page.querySelectorAll("a[href]").forEach((link) => {
      link.target = "_blank";
      link.rel = "noopener";
    });
    frame.style.height = "0";
    frame.style.height = `${page.documentElement.scrollHeight + 20}px`;
  };
  const draw = () => {
    frame.srcdoc = model.page;
  };
  frame.addEventListener("load", fit);
  new ResizeObserver((seen) => {
    const width = seen[0].contentRect.width;
    if (width !== frame.fitted) {
      frame.fitted = width;
      fit();
    }
  }).observe(frame);
  model.on("page", draw);
  draw();
  return frame;
}
