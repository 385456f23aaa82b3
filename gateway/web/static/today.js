// Keeps the parts of the first page as they are now; without this they are as they were when the page was loaded.

const EVERY_MS = 20000;
const AFTER_CHANGE_MS = 300;
const headers = { "X-By-Itself": "1" };
let waiting = null;

async function refresh() {
  waiting = null;
  if (document.hidden) return;
  const response = await fetch(location.href, { headers, cache: "no-store" }).catch(() => null);
  if (response?.status === 401) location.reload();
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = page.getElementById(part.id);
    // What somebody is about to press stays where it is.
    if (!now || part.innerHTML === now.innerHTML || part.contains(document.activeElement)) continue;
    part.className = now.className;
    part.innerHTML = now.innerHTML;
  }
}

function soon() {
  waiting ??= setTimeout(refresh, AFTER_CHANGE_MS);
}

const events = new EventSource("/live");
events.addEventListener("changed", soon);
events.addEventListener("signed-out", () => location.reload());
setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", soon);
addEventListener("pagehide", () => events.close());
