// Plays a call: the waveform beside the transcript, and every moment that a turn or a fact comes from.

const sound = document.getElementById("sound");
const wave = document.getElementById("wave");
const turns = [...document.querySelectorAll(".turns li[data-at]")];

for (const button of document.querySelectorAll("[data-seek]")) {
  button.addEventListener("click", () => {
    sound.currentTime = Number(button.dataset.seek);
    sound.play().catch(() => {}); // a browser may want to be clicked first; the player stands at the moment all the same
  });
}

sound.addEventListener("timeupdate", () => {
  for (const turn of turns) {
    const playing = Number(turn.dataset.at) <= sound.currentTime && sound.currentTime < Number(turn.dataset.until);
    turn.classList.toggle("playing", playing && !sound.paused);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, button, a, audio, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " ") sound.paused ? sound.play() : sound.pause();
  else if (event.key === "ArrowLeft") sound.currentTime -= 3;
  else if (event.key === "ArrowRight") sound.currentTime += 3;
  else return;
  event.preventDefault();
});

async function draw() {
  const response = await fetch(wave.dataset.outline, { headers: { "X-By-Itself": "1" } });
  if (!response.ok) return;
  const { seconds, peaks } = await response.json();
  const { default: WaveSurfer } = await import(wave.dataset.wavesurfer);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const options = { waveColor: colour("--wave"), progressColor: colour("--accent") };
  WaveSurfer.create({
    container: wave,
    media: sound,
    peaks,
    duration: seconds,
    height: 36,
    cursorColor: colour("--ink"),
    splitChannels: [options, options],
    normalize: true,
    cspNonce: wave.dataset.nonce,
  });
}

draw();
