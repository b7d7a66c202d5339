// A small table with bars whose rows can be chosen. All text goes in as text, never as markup.
const make = (tag, name, text) => {
  const node = document.createElement(tag)
  if (name) node.className = name
  if (text != null) node.textContent = text
  return node
}

const kinds = (column) => column.kind + (column.spare ? " spare" : "")

const head = (columns) => {
  const row = make("tr")
  for (const column of columns) {
    const cell = make("th", kinds(column), column.label)
    if (column.help) cell.title = column.help
    row.append(cell)
  }
  const part = make("thead")
  part.append(row)
  return part
}

const SVG = "http://www.w3.org/2000/svg"

const line = (values) => {
  const picture = document.createElementNS(SVG, "svg")
  picture.setAttribute("viewBox", "0 0 96 20")
  picture.setAttribute("aria-hidden", "true")
  const known = values.filter((value) => value != null)
  const low = Math.min(...known), reach = Math.max(...known) - low || 1
  let path = "", pen = "M"
  values.forEach((value, i) => {
    if (value == null) return (pen = "M")
    path += `${pen}${(2 + (92 * i) / Math.max(1, values.length - 1)).toFixed(1)} ${(18 - (16 * (value - low)) / reach).toFixed(1)}`
    pen = "L"
  })
  const drawn = document.createElementNS(SVG, "path")
  drawn.setAttribute("d", path)
  picture.append(drawn)
  return picture
}

const filled = (cell, column, value) => {
  if (column.kind === "name") {
    if (value.color) {
      const swatch = make("span", "swatch")
      swatch.style.background = value.color
      cell.append(swatch)
    }
    cell.append(make("span", "", value.text))
    if (value.help) cell.title = value.help
  } else if (column.kind === "bar") {
    const track = make("div", "track")
    const bar = make("div", "bar")
    bar.style.width = `${Math.max(0, Math.min(100, value))}%`
    track.append(bar)
    cell.append(track)
  } else if (column.kind === "line") {
    cell.append(line(value))
  } else {
    cell.append(value ?? "")
    if (column.kind === "text") cell.title = value ?? ""
  }
  return cell
}

export function render({model}) {
  const box = make("div", "scroll")
  const table = make("table", "rows")
  const nothing = make("p", "nothing")
  box.append(table, nothing)
  const draw = () => {
    const focused = table.getRootNode().activeElement?.dataset?.key
    const body = make("tbody")
    for (const row of model.rows) {
      const line = make("tr", model.selected.includes(row.key) ? "chosen" : model.selected.length && model.fades ? "other" : "")
      line.dataset.key = row.key
      for (const column of model.columns) {
        const cell = filled(make("td", kinds(column)), column, row[column.key])
        cell.dataset.column = column.key
        line.append(cell)
      }
      if (row.fixed) line.classList.add("fixed")
      else {
        line.tabIndex = 0
        line.setAttribute("role", "button")
        const choose = () => model.send_msg({key: row.key})
        line.addEventListener("click", choose)
        line.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); choose() } })
      }
      body.append(line)
    }
    const parts = model.headed ? [head(model.columns), body] : [body]
    table.replaceChildren(...parts)
    nothing.textContent = model.rows.length ? "" : model.nothing
    if (focused != null) [...body.children].find((line) => line.dataset.key === focused)?.focus()
  }
  model.on("rows", draw)
  model.on("selected", draw)
  draw()
  return box
}
