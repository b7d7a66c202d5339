// What is active in the filter, to be taken off one by one. All text goes in as text, never as markup.
export function render({model}) {
  const box = document.createElement("div")
  box.className = "chips"
  const button = (name, text, title, message) => {
    const node = document.createElement("button")
    node.type = "button"
    node.className = name
    node.title = title
    node.append(text)
    node.addEventListener("click", () => model.send_msg(message))
    return node
  }
  const draw = () => {
    const chips = model.items.map(([field, value, words]) => {
      const node = button("chip", words, model.words.off.replace("{words}", () => words), {field, value})
      const cross = document.createElement("span")
      cross.textContent = "×"
      cross.setAttribute("aria-hidden", "true")
      node.append(cross)
      return node
    })
    if (chips.length > 1) chips.push(button("clear", model.words.all, model.words.hint, {all: true}))
    const period = document.createElement("span")
    period.className = "period"
    period.textContent = model.period
    box.replaceChildren(period, ...chips)
  }
  model.on("items", draw)
  model.on("period", draw)
  draw()
  return box
}
