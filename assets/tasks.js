// The jobs of the worker: a line each, with its last runs as bars and its buttons. All text goes in as text, never as markup.
const make = (tag, name, text) => {
  const node = document.createElement(tag)
  if (name) node.className = name
  if (text != null) node.textContent = text
  return node
}

const strip = (runs) => {
  const bars = make("div", "runs")
  for (const run of runs) {
    const bar = make("i", run.state)
    bar.style.height = `${run.height}%`
    bar.title = run.words
    bars.append(bar)
  }
  return bars
}

const button = (label, act, help) => {
  const node = make("button", "", label)
  node.type = "button"
  node.dataset.act = act
  node.title = help
  return node
}

const line = (row, words, send) => {
  const job = make("section", row.dot)
  job.dataset.key = row.key
  const head = make("div", "name")
  const dot = make("span", "dot")
  dot.title = row.state
  head.append(dot, make("b", "", row.name), make("small", "", row.words))
  const when = make("div", "when")
  when.append(make("span", "", row.next), make("small", "", row.plan))
  const last = make("div", "last")
  last.append(make("span", "", row.last), make("small", "", row.counts))
  const keys = make("div", "keys")
  const run = button(row.asked ? words.asked : words.run, "run", words.run_help)
  run.disabled = row.asked
  keys.append(run, row.paused ? button(words.resume, "resume", words.resume_help) : button(words.pause, "pause", words.pause_help))
  for (const key of keys.children) key.addEventListener("click", () => send({key: row.key, act: key.dataset.act}))
  job.append(head, when, strip(row.runs), last, keys)
  if (row.error) job.append(make("p", "error", row.error))
  return job
}

export function render({model}) {
  const all = make("div", "tasks")
  const send = (wish) => model.send_msg(wish)
  const draw = () => {
    const focused = all.getRootNode().activeElement
    const at = focused && [focused.closest("section")?.dataset.key, [...(focused.parentNode?.children ?? [])].indexOf(focused)]
    // what says the same stays as it is, so that a click is never lost to a refresh
    const before = new Map([...all.children].map((node) => [node.dataset.key, node]))
    const lines = model.rows.map((row) => {
      const text = JSON.stringify(row), old = before.get(row.key)
      if (old?.said === text) return old
      const fresh = line(row, model.words, send)
      fresh.said = text
      return fresh
    })
    all.replaceChildren(...lines)
    if (at?.[0]) lines.find((node) => node.dataset.key === at[0])?.querySelectorAll("button")[at[1]]?.focus()
  }
  model.on("rows", draw)
  draw()
  return all
}
