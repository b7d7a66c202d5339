// Keeps the address bar and the filter the same: a changed filter is a new entry of the history, back and forward tell the filter.
const OURS = new Set(["wall", "theme"])

export function render({model}) {
  const span = document.createElement("span")
  const kept = () => [...new URLSearchParams(location.search)].filter(([name]) => OURS.has(name))
  const asked = () => {
    const all = new URLSearchParams(location.search)
    for (const name of OURS) all.delete(name)
    return all.toString()
  }
  const same = (query) => new URLSearchParams(query).toString() === asked()
  const show = () => {
    if (same(model.query)) return
    const own = kept().map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    const search = [model.query, ...own].filter((part) => part).join("&")
    history.pushState({}, "", location.pathname + (search ? `?${search}` : ""))
  }
  const moved = () => model.send_msg({query: asked()})
  const remember = () => { document.cookie = `cdr-theme=${encodeURIComponent(model.theme)}; path=/; max-age=31536000; samesite=lax` }
  document.body.dataset.lost = model.lost
  model.on("query", show)
  model.on("goal", () => { if (model.goal) location.assign(model.goal) })
  model.on("theme", remember)
  window.addEventListener("popstate", moved)
  model.on("remove", () => window.removeEventListener("popstate", moved))
  return span
}
