// Follows a call while it is held: what is said, what is known, what was asked for.

const turns = document.getElementById("turns");
const facts = document.getElementById("facts");
const acts = document.getElementById("acts");
const state = document.getElementById("state");
const events = new EventSource(turns.dataset.story);

function made(name, text, className) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function tell(text) {
  state.textContent = text ?? "";
  state.hidden = !text;
}

events.addEventListener("said", (event) => {
  const turn = JSON.parse(event.data);
  document.getElementById("waiting").hidden = true;
  const line = made("li", "", turn.speaker);
  line.append(made("span", turn.clock, "at"), made("span", turn.label, "speaker"), made("p", turn.text));
  const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 80;
  turns.append(line);
  if (atEnd) line.scrollIntoView({ block: "nearest" });
});

events.addEventListener("known", (event) => {
  facts.replaceChildren(
    ...JSON.parse(event.data).facts.map((fact) => {
      const line = made("div");
      line.append(made("dt", fact.label), made("dd", fact.value));
      return line;
    }),
  );
});

events.addEventListener("acted", (event) => acts.append(made("li", `✓ ${JSON.parse(event.data).label}`)));

events.addEventListener("ended", () => {
  events.close();
  tell(state.dataset.over);
  document.getElementById("record").hidden = false;
});

events.addEventListener("signed-out", () => location.reload());
events.addEventListener("open", () => tell(""));
events.addEventListener("error", () => {
  // A call that is over by the time that the connection is back has a page of another kind.
  if (events.readyState === EventSource.CLOSED) location.reload();
  else tell(state.dataset.lost);
});
addEventListener("pagehide", () => events.close());
