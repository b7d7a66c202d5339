// A page that lost its server comes back by itself: it asks for /healthz until server and database answer, then loads anew.
(() => {
  const root = document.currentScript.src.replace(/assets\/wall\.js.*$/, "")
  let lost = false
  const healthy = async () => {
    try {
      const answer = await fetch(`${root}healthz`, {cache: "no-store"})
      return answer.ok
    } catch { return false }
  }
  const tell = () => {
    if (!document.body.dataset.lost) return
    const note = document.createElement("div")
    note.id = "lost"
    note.setAttribute("role", "status")
    note.textContent = document.body.dataset.lost
    note.style.cssText = "position:fixed;left:50%;bottom:24px;transform:translateX(-50%);z-index:99999;background:#24425f;color:#fff;" +
      "font:14px system-ui,sans-serif;padding:10px 18px;border-radius:8px;box-shadow:0 2px 10px #0006"
    document.body.append(note)
  }
  const gone = () => {
    if (lost) return
    lost = true
    const shown = setTimeout(tell, 1500)
    const timer = setInterval(async () => {
      if (!(await healthy())) return
      clearInterval(timer)
      clearTimeout(shown)
      location.reload()
    }, 1500)
  }
  const arm = () => {
    const page = window.Bokeh && Bokeh.documents && Bokeh.documents[0]
    if (!page) return setTimeout(arm, 200)
    window.__armed = true
    page.on_event("connection_lost", gone)
  }
  window.addEventListener("beforeunload", () => { lost = true })
  // Escape closes a form, which a click beside it does not: what was typed would be lost too easily.
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return
    const path = e.composedPath().filter((one) => one.getAttribute)
    // what is open within it, such as a list to choose from, is closed first
    if (path.some((one) => one.getAttribute("aria-expanded") === "true")) return
    const inner = path.find((one) => ["dialog", "listbox", "menu"].includes(one.getAttribute("role")))
    if (inner?.getAttribute("role") === "dialog") inner.querySelector("button[aria-label=close]")?.click()
  }, true)
  // A page kept by the browser for its back button has lost its session.
  window.addEventListener("pageshow", (e) => { if (e.persisted) location.reload() })
  arm()
})()
