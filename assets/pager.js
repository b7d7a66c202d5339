// Turns the pages of a table: to the first, back, on, to the last; where it stands, and the way to all of it as a file.
const TURNS = {
  first: "M12 4 6 10l6 6M4 4v12",
  previous: "M12 4 6 10l6 6",
  next: "M8 4l6 6-6 6",
  last: "M8 4l6 6-6 6M16 4v12",
}
const SVG = "http://www.w3.org/2000/svg"

const icon = (path) => {
  const node = document.createElementNS(SVG, "svg")
  node.setAttribute("viewBox", "0 0 20 20")
  const line = document.createElementNS(SVG, "path")
  line.setAttribute("d", path)
  node.append(line)
  return node
}

export function render({model}) {
  const box = document.createElement("div")
  box.className = "turns"
  const buttons = Object.entries(TURNS).map(([name, path]) => {
    const node = document.createElement("button")
    node.type = "button"
    node.name = name
    node.title = model.words[name]
    node.setAttribute("aria-label", model.words[name])
    node.append(icon(path))
    node.addEventListener("click", () => model.send_msg({turn: name}))
    return node
  })
  const where = document.createElement("span")
  const file = document.createElement("a")
  file.textContent = model.words.file
  file.download = ""
  box.append(...buttons, where, file)
  const draw = () => {
    for (const node of buttons) node.disabled = !model.ways.includes(node.name)
    where.textContent = model.where
    file.hidden = !model.file
    file.href = model.file
    file.title = model.hint
  }
  for (const name of ["ways", "where", "file", "hint"]) model.on(name, draw)
  draw()
  return box
}
