// Calls in progress: a row a call that is made once, patched while the call lasts, and taken out at its end.
// `rows` are all calls, `delta` what is new, different or gone since; how long a call lasts ticks here.
const held = new WeakMap()
const COLUMNS = [
  {key: "state", kind: "state"},
  {key: "caller", kind: "number"},
  {key: "destination", kind: "number"},
  {key: "country", kind: "spare"},
  {key: "account", kind: "spare"},
  {key: "switch", kind: "spare"},
  {key: "since", kind: "value spare", sorts: "since"},
  {key: "lasts", kind: "value", sorts: "since"},
  {key: "talks", kind: "value"},
]

const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (n) => String(n).padStart(2, "0")
  const hours = Math.floor(whole / 3600)
  return `${hours ? hours + ":" : ""}${hours ? two(Math.floor(whole / 60) % 60) : Math.floor(whole / 60)}:${two(whole % 60)}`
}

const make = (tag, name, text) => {
  const node = document.createElement(tag)
  if (name) node.className = name
  if (text != null) node.textContent = text
  return node
}

// Text is set only where it differs, and always as text.
const say = (cell, text) => { if (cell.textContent !== text) cell.textContent = text }

const line = () => {
  const row = make("tr")
  for (const column of COLUMNS) row.append(make("td", column.kind))
  return row
}

const fill = (row, call, words) => {
  const cells = row.children
  row.classList.toggle("talking", call.talking)
  say(cells[0], call.talking ? words.talking : words.ringing)
  COLUMNS.forEach((column, place) => {
    if (column.key in call && !column.sorts && place) say(cells[place], call[column.key])
  })
  say(cells[6], call.clock)
  cells[2].title = call.help
  cells[1].title = call.caller
}

const tick = (row, call, now) => {
  say(row.children[7], clock((now - call.since) / 1000))
  say(row.children[8], !call.talking ? "" : call.answered ? clock((now - call.answered) / 1000) : "–")
}

export function render({model}) {
  const state = held.get(model) ?? {calls: new Map(model.rows.map((call) => [call.id, call])), ahead: 0, newest: true}
  held.set(model, state)
  const lines = new Map()
  const table = make("table", "live")
  const body = make("tbody")
  const head = make("tr")
  for (const column of COLUMNS) {
    const cell = make("th", column.kind, model.words[column.key] ?? "")
    cell.title = model.words[`${column.key}_help`] ?? ""
    if (column.sorts) {
      cell.tabIndex = 0
      cell.setAttribute("role", "button")
      const turn = () => { state.newest = !state.newest; place() }
      cell.addEventListener("click", turn)
      cell.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); turn() } })
    }
    head.append(cell)
  }
  table.append(make("thead"), body)
  table.firstChild.append(head)

  const place = () => {
    const sign = state.newest ? -1 : 1
    const order = [...state.calls.values()].sort((a, b) => sign * (a.since - b.since) || (a.id < b.id ? -1 : 1))
    let next = body.firstChild
    for (const call of order) {
      const row = lines.get(call.id)
      if (row === next) next = next.nextSibling
      else body.insertBefore(row, next)
    }
    head.children[6].textContent = `${model.words.since} ${state.newest ? "↓" : "↑"}`
  }
  const put = (call) => {
    state.calls.set(call.id, call)
    if (!lines.has(call.id)) lines.set(call.id, line())
    fill(lines.get(call.id), call, model.words)
  }
  const drop = (id) => {
    state.calls.delete(id)
    lines.get(id)?.remove()
    lines.delete(id)
  }
  const now = () => Date.now() - state.ahead
  const ticked = () => { for (const [id, row] of lines) tick(row, state.calls.get(id), now()) }
  const timed = () => { if (model.now) state.ahead = Date.now() - model.now }
  const whole = () => {
    const wanted = new Map(model.rows.map((call) => [call.id, call]))
    for (const id of [...state.calls.keys()]) if (!wanted.has(id)) drop(id)
    for (const call of wanted.values()) put(call)
    place()
    ticked()
  }
  const changed = () => {
    for (const id of model.delta.drop ?? []) drop(id)
    for (const call of model.delta.put ?? []) put(call)
    place()
    ticked()
  }
  timed()
  for (const call of state.calls.values()) put(call)
  place()
  ticked()
  model.on("rows", whole)
  model.on("delta", changed)
  model.on("now", timed)
  const beat = setInterval(ticked, 1000)
  model.on("remove", () => clearInterval(beat))
  return table
}
