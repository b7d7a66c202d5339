// The fraud rules: a line each, with its switch and its limits. What is being typed stays, whatever comes meanwhile. All text goes in as text, never as markup.
const make = (tag, name, text) => {
  const node = document.createElement(tag)
  if (name) node.className = name
  if (text != null) node.textContent = text
  return node
}

const field = (name, label, mode) => {
  const node = make("input", name)
  node.type = "text"
  node.inputMode = mode
  node.autocomplete = "off"
  node.spellcheck = false
  node.setAttribute("aria-label", label)
  return node
}

const button = (label, act) => {
  const node = make("button", "", label)
  node.type = "button"
  node.addEventListener("click", act)
  return node
}

const line = (row, words, send) => {
  const node = make("section")
  let held = row
  const active = make("input", "switch")
  active.type = "checkbox"
  active.setAttribute("role", "switch")
  active.setAttribute("aria-label", row.name)
  const name = make("label", "name")
  name.append(active, make("b", "", row.name), make("small", "", row.words))
  const limit = field("limit", words.of.replace("{name}", () => row.name), "decimal")
  limit.placeholder = row.shipped
  const own = field("own", words.accounts.replace("{name}", () => row.name), "text")
  own.placeholder = words.none
  const save = () => send({key: row.key, active: active.checked, limit: limit.value, own: own.value, version: held.version})
  const adopt = () => {
    active.checked = held.active
    limit.value = held.limit
    own.value = held.own
    mark()
  }
  const changed = () => active.checked !== held.active || limit.value !== held.limit || own.value !== held.own
  const keys = make("div", "keys")
  const said = make("p")
  const mark = () => {
    keys.classList.toggle("idle", !changed())
    node.classList.toggle("off", !active.checked)
  }
  let latest = row
  const back = () => { held = latest; said.textContent = ""; adopt() }
  keys.append(button(words.save, save), button(words.undo, back))
  const limits = make("div", "limits")
  limits.append(limit, make("span", "", row.unit))
  for (const input of [active, limit, own]) input.addEventListener("input", mark)
  for (const input of [limit, own]) input.addEventListener("keydown", (e) => { if (e.key === "Enter") save() })
  node.append(name, limits, own, keys, said)
  adopt()
  node.show = (now) => {
    const kept = now.saved !== latest.saved, heard = now.heard !== latest.heard
    latest = now
    if (kept || !changed()) { held = now; adopt() }
    if (heard) {
      said.textContent = now.said
      said.className = now.good ? "well" : "problem"
    }
  }
  return node
}

export function render({model}) {
  const all = make("div", "rules")
  const head = make("header")
  for (const label of [model.words.rule, model.words.limit, model.words.own, ""]) head.append(make("span", "", label))
  all.append(head)
  const lines = new Map()
  const draw = () => {
    for (const row of model.rows) {
      if (!lines.has(row.key)) {
        lines.set(row.key, line(row, model.words, (typed) => model.send_msg(typed)))
        all.append(lines.get(row.key))
      }
      lines.get(row.key).show(row)
    }
  }
  model.on("rows", draw)
  draw()
  return all
}
