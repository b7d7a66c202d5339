// A file goes to the server in pieces, each after the one before has arrived: neither side holds all of it.
const PIECE = 1 << 20

const make = (tag, name, text) => {
  const node = document.createElement(tag)
  if (name) node.className = name
  if (text != null) node.textContent = text
  return node
}

export function render({model}) {
  const box = make("label", "target")
  const input = make("input")
  input.type = "file"
  input.setAttribute("aria-label", model.said.file)
  const title = make("b")
  const words = make("span")
  const bar = make("progress")
  bar.max = 1
  bar.setAttribute("aria-label", model.said.upload)
  box.append(input, title, words, bar)
  let file = null
  let turn = 0

  const draw = () => {
    title.textContent = model.title
    words.textContent = model.words
    bar.hidden = true
    input.disabled = model.resting
    box.classList.toggle("resting", model.resting)
  }
  const show = (position) => {
    title.textContent = file.name
    words.textContent = model.said.done.replace("{n}", Math.floor(100 * position / Math.max(1, file.size)))
    bar.hidden = false
    bar.value = position / Math.max(1, file.size)
  }
  const begin = (chosen) => {
    if (!chosen || model.resting) return
    file = chosen
    turn += 1
    show(0)
    model.send_msg({turn, name: file.name, size: file.size})
  }
  const piece = async (at) => {
    const mine = turn
    try {
      const data = await file.slice(at, at + PIECE).arrayBuffer()
      if (mine === turn) model.send_msg({turn, at, data})
    } catch {
      if (mine === turn) model.send_msg({turn, failed: true})
    }
  }
  model.on("msg:custom", (event) => {
    const told = event.data ?? event
    if (told.turn !== turn || !file) return
    if (told.at == null) return draw()
    show(told.at)
    piece(told.at)
  })
  for (const name of ["title", "words", "resting"]) model.on(name, draw)
  input.addEventListener("change", () => {
    begin(input.files[0])
    input.value = ""
  })
  box.addEventListener("dragover", (event) => {
    event.preventDefault()
    box.classList.add("over")
  })
  box.addEventListener("dragleave", () => box.classList.remove("over"))
  box.addEventListener("drop", (event) => {
    event.preventDefault()
    box.classList.remove("over")
    begin(event.dataTransfer.files[0])
  })
  draw()
  return box
}
