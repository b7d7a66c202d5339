// What burns now. The browser asks every few seconds while it is looked at; all text goes in as text.
const EVERY = 10000
const ICON = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4"/></svg>'

const make = (tag, name, text) => {
  const node = document.createElement(tag)
  if (name) node.className = name
  if (text != null) node.textContent = text
  return node
}

const entry = (one) => {
  const link = make("a")
  link.href = `alarm-reports?report=${encodeURIComponent(one.id)}`
  link.append(make("i", one.state), make("strong", "", one.name), make("small", "", one.words))
  return link
}

export function render({model}) {
  const box = make("div")
  const button = make("button")
  button.innerHTML = ICON
  const count = make("b")
  const list = make("div", "list")
  list.hidden = true
  button.append(count)
  box.append(button, list)
  let gone = false
  const draw = (found) => {
    count.textContent = found.length || ""
    count.className = found.some((one) => one.state === "critical") ? "critical" : ""
    button.title = found.length ? model.words.some.replace("{n}", found.length) : model.words.none
    button.setAttribute("aria-label", button.title)
    list.replaceChildren(...(found.length ? found.map(entry) : [make("p", "", model.words.empty)]))
  }
  const look = async () => {
    if (gone || document.hidden) return
    try {
      const answer = await fetch("burning.json")
      if (answer.status === 200 && !gone) draw(await answer.json().then((told) => told.burning))
    } catch { /* the page itself says that the server is gone */ }
  }
  const close = (event) => { if (!event.composedPath().includes(box)) list.hidden = true }
  const key = (event) => { if (event.key === "Escape") list.hidden = true }
  button.addEventListener("click", () => { list.hidden = !list.hidden; look() })
  document.addEventListener("click", close)
  document.addEventListener("keydown", key)
  document.addEventListener("visibilitychange", look)
  const timer = setInterval(look, EVERY)
  model.on("remove", () => {
    gone = true
    clearInterval(timer)
    document.removeEventListener("click", close)
    document.removeEventListener("keydown", key)
    document.removeEventListener("visibilitychange", look)
  })
  draw([])
  look()
  return box
}
